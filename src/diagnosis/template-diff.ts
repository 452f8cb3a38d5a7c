import type { Container, PodSpec, PodTemplate } from '../domain/kubernetes.ts'
import { leafChanges } from '../domain/leaf-changes.ts'
import { short } from '../domain/words.ts'

const restarted = 'kubectl.kubernetes.io/restartedAt'

/**
 * What differs between two pod templates, in words, the fields that most often break things first. Values of environment
 * variables are never said, only which ones changed.
 */
export const templateDiff = (before: PodTemplate, after: PodTemplate): readonly string[] => {
  const [old, now] = [containersOf(before.spec), containersOf(after.spec)]
  const names = [...new Set([...old.keys(), ...now.keys()])]
  const containers = names.flatMap((name) => containerDiff(name, old.get(name), now.get(name)))
  const podFields = fields.flatMap(([field, label]) => {
    const [a, b] = [before.spec?.[field], after.spec?.[field]]
    return same(a, b) ? [] : [`${label}: ${said(a)} → ${said(b)}`]
  })
  return [...containers, ...podFields, ...metadataDiff(before, after)]
}

const containersOf = (spec: PodSpec | undefined): ReadonlyMap<string, Container> =>
  new Map([...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((one) => [one.name, one]))

const fields: readonly (readonly [keyof PodSpec, string])[] = [
  ['serviceAccountName', 'service account'],
  ['imagePullSecrets', 'image pull secrets'],
  ['nodeSelector', 'node selector'],
  ['tolerations', 'tolerations'],
  ['affinity', 'affinity'],
  ['topologySpreadConstraints', 'topology spread'],
  ['volumes', 'volumes'],
  ['securityContext', 'pod security context'],
  ['priorityClassName', 'priority class'],
  ['runtimeClassName', 'runtime class'],
  ['dnsPolicy', 'DNS policy'],
  ['dnsConfig', 'DNS configuration'],
  ['hostNetwork', 'host network'],
  ['terminationGracePeriodSeconds', 'termination grace period'],
]

const containerDiff = (
  name: string,
  before: Container | undefined,
  after: Container | undefined,
): readonly string[] => {
  if (before === undefined) return [`container ${name} added (image ${after?.image ?? 'unknown'})`]
  if (after === undefined) return [`container ${name} removed`]
  const simple = containerFields.flatMap(([field, label]) => {
    const [a, b] = [before[field], after[field]]
    return same(a, b) ? [] : [`${label} of container ${name}: ${leafChanges(a, b)}`]
  })
  const env = envDiff(before, after)
  return [...simple, ...(env.length === 0 ? [] : [`environment of container ${name}: ${env.join(', ')}`])]
}

const containerFields: readonly (readonly [keyof Container, string])[] = [
  ['image', 'image'],
  ['command', 'command'],
  ['args', 'arguments'],
  ['resources', 'resources'],
  ['livenessProbe', 'liveness probe'],
  ['readinessProbe', 'readiness probe'],
  ['startupProbe', 'start-up probe'],
  ['ports', 'ports'],
  ['envFrom', 'environment sources'],
  ['volumeMounts', 'volume mounts'],
  ['securityContext', 'security context'],
  ['workingDir', 'working directory'],
  ['lifecycle', 'lifecycle hooks'],
  ['imagePullPolicy', 'image pull policy'],
]

const envDiff = (before: Container, after: Container): readonly string[] => {
  const [old, now] = [before, after].map(({ env = [] }) => new Map(env.map((one) => [one.name ?? '', one]))) as [
    Map<string, unknown>,
    Map<string, unknown>,
  ]
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  return names.flatMap((name) => {
    if (!old.has(name)) return [`${name} added`]
    if (!now.has(name)) return [`${name} removed`]
    return same(old.get(name), now.get(name)) ? [] : [`${name} changed`]
  })
}

const metadataDiff = (before: PodTemplate, after: PodTemplate): readonly string[] => {
  const [old, now] = [before.metadata?.annotations ?? {}, after.metadata?.annotations ?? {}]
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort().filter((key) => old[key] !== now[key])
  const labels = without(before.metadata?.labels)
  const changed = same(labels, without(after.metadata?.labels)) ? [] : ['pod labels changed']
  return [
    ...changed,
    ...keys.map((key) => (key === restarted ? 'restarted with kubectl rollout restart' : `annotation ${key} changed`)),
  ]
}

/** Labels without the hash that the Deployment controller adds. */
const without = (labels: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(labels).filter(([key]) => key !== 'pod-template-hash' && key !== 'rollouts-pod-template-hash'),
  )

const same = (a: unknown, b: unknown): boolean => stable(a) === stable(b)

const stable = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  ) ?? ''

const said = (value: unknown): string => {
  if (value === undefined) return 'none'
  return short(typeof value === 'string' ? value : stable(value), 120)
}
