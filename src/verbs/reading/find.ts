import type { Read } from '../../domain/coverage.ts'
import type { KubeObject, LabelSelector, Pod } from '../../domain/kubernetes.ts'
import type { ClusterReader, ResourceType } from '../../ports.ts'
import type { Named } from './place.ts'

const apps = (kind: string, resource: string): ResourceType => ({
  group: 'apps',
  version: 'v1',
  kind,
  resource,
  namespaced: true,
})

/** Core resource types, for verbs that need no discovery. */
export const types = {
  pods: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespaced: true },
  events: { group: '', version: 'v1', kind: 'Event', resource: 'events', namespaced: true },
  nodes: { group: '', version: 'v1', kind: 'Node', resource: 'nodes', namespaced: false },
  podMetrics: { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics', resource: 'pods', namespaced: true },
  nodeMetrics: {
    group: 'metrics.k8s.io',
    version: 'v1beta1',
    kind: 'NodeMetrics',
    resource: 'nodes',
    namespaced: false,
  },
} as const satisfies Record<string, ResourceType>

const workloads: readonly (readonly [words: readonly string[], type: ResourceType])[] = [
  [['deployment', 'deployments', 'deploy'], apps('Deployment', 'deployments')],
  [['statefulset', 'statefulsets', 'sts'], apps('StatefulSet', 'statefulsets')],
  [['daemonset', 'daemonsets', 'ds'], apps('DaemonSet', 'daemonsets')],
  [['replicaset', 'replicasets', 'rs'], apps('ReplicaSet', 'replicasets')],
  [['job', 'jobs'], { group: 'batch', version: 'v1', kind: 'Job', resource: 'jobs', namespaced: true }],
]

/** The workload type that a word names; undefined for other words. */
export const workloadType = (word: string): ResourceType | undefined =>
  workloads.find(([words]) => words.includes(word.toLowerCase()))?.[1]

/** All items of a list as JSON; a body that is not a list of them is malformed, never empty. */
export const items = async <T extends KubeObject>(
  reader: ClusterReader,
  type: ResourceType,
  options: {
    readonly namespace?: string
    readonly labelSelector?: string
    readonly fieldSelector?: string
    readonly signal: AbortSignal
  },
): Promise<Read<readonly T[]>> => {
  const read = await reader.list(type, { ...options, accept: 'application/json' })
  if (read.kind !== 'ok') return read
  try {
    const value = JSON.parse(Buffer.from(read.value.body).toString('utf8')) as { kind?: unknown; items?: unknown }
    const whole =
      value.kind === `${type.kind}List` &&
      Array.isArray(value.items) &&
      value.items.every((item) => typeof item?.metadata?.name === 'string')
    if (whole)
      return {
        kind: 'ok',
        value: (value.items as T[]).map((item) => ({
          ...item,
          kind: type.kind,
          apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
        })),
      }
  } catch {
    // falls through to the same answer as another shape
  }
  return { kind: 'unreadable', reason: 'malformed', message: `the answer is not a list of ${type.resource}` }
}

/** The object a person named: with its kind, or without one the first workload or pod of the name. */
export const findObject = async (
  reader: ClusterReader,
  named: Named & { readonly namespace: string },
  signal: AbortSignal,
): Promise<Read<KubeObject>> => {
  const typed = named.kind === undefined ? undefined : workloadType(named.kind)
  const candidates =
    typed !== undefined
      ? [typed]
      : named.kind === undefined || ['pod', 'pods', 'po'].includes(named.kind.toLowerCase())
        ? [...(named.kind === undefined ? workloads.map(([, type]) => type) : []), types.pods]
        : []
  for (const type of candidates) {
    const read = await reader.get(
      {
        apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
        kind: type.kind,
        namespace: named.namespace,
        name: named.name,
      },
      signal,
    )
    if (read.kind !== 'absent') return read
  }
  return { kind: 'absent' }
}

/** The pods of what a person named: a pod by its name, or all pods that a workload selects. */
export const findPods = async (
  reader: ClusterReader,
  named: Named & { readonly namespace: string },
  signal: AbortSignal,
): Promise<Read<readonly Pod[]>> => {
  const object = await findObject(reader, named, signal)
  if (object.kind !== 'ok') return object
  if (object.value.kind === 'Pod') return { kind: 'ok', value: [object.value as Pod] }
  const selector = (object.value.spec as { selector?: LabelSelector } | undefined)?.selector
  const labelSelector = selectorText(selector)
  if (labelSelector === '') return { kind: 'ok', value: [] }
  return items<Pod>(reader, types.pods, { namespace: named.namespace, labelSelector, signal })
}

const selectorText = (selector: LabelSelector | undefined): string => {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === 'Exists') return `${key}`
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${(values ?? []).join(',')})`
  })
  return [...labels, ...expressions].join(',')
}
