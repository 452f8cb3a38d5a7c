import { at, listAt, textAt } from '../domain/at.ts'
import type { Unreadable } from '../domain/coverage.ts'
import { type KubeObject, type Pod, refOf } from '../domain/kubernetes.ts'
import { lookup } from '../domain/lookup.ts'
import { groupOf, refText } from '../domain/object.ts'
import { isRecord } from './schema/shape.ts'

const most = 20

/** Kinds to which the API server or their controller gives these parts as soon as they are there, by group and kind. */
const parts: Readonly<Record<string, readonly ('spec' | 'status')[]>> = {
  '/Pod': ['spec', 'status'],
  '/Node': ['spec', 'status'],
  '/Namespace': ['spec', 'status'],
  '/Service': ['spec'],
  'apps/Deployment': ['spec', 'status'],
  'apps/ReplicaSet': ['spec', 'status'],
  'apps/StatefulSet': ['spec', 'status'],
  'apps/DaemonSet': ['spec', 'status'],
  'batch/Job': ['spec', 'status'],
  'autoscaling/HorizontalPodAutoscaler': ['status'],
  'networking.k8s.io/Ingress': ['spec'],
  'gateway.networking.k8s.io/HTTPRoute': ['spec'],
  'gateway.networking.k8s.io/Gateway': ['spec'],
  'cert-manager.io/Certificate': ['status'],
  'argoproj.io/Application': ['status'],
  'helm.toolkit.fluxcd.io/HelmRelease': ['status'],
  'kustomize.toolkit.fluxcd.io/Kustomization': ['status'],
  'source.toolkit.fluxcd.io/GitRepository': ['status'],
}

/** Groups whose conditions are those of Kubernetes: a type, and a status of True, False or Unknown. */
const conditioned =
  /^(?:|apps|batch|autoscaling|policy|apiregistration\.k8s\.io|gateway\.networking\.k8s\.io|cert-manager\.io|.*\.fluxcd\.io)$/

const statuses = new Set(['True', 'False', 'Unknown'])

const podFault = (pod: Pod): string | undefined => {
  const { phase, containerStatuses = [] } = pod.status ?? {}
  if (phase === undefined) return 'has no status.phase'
  if (phase !== 'Running') return undefined
  const told = new Set(containerStatuses.map(({ name }) => name))
  const untold = (pod.spec?.containers ?? []).find(({ name }) => !told.has(name))
  if ((pod.spec?.containers ?? []).length === 0) return 'has no containers'
  if (untold !== undefined) return `has no status of container ${untold.name}`
  const stateless = containerStatuses.find(({ state }) => !(state?.running ?? state?.waiting ?? state?.terminated))
  return stateless === undefined ? undefined : `has no state of container ${stateless.name}`
}

const conditionFault = (object: KubeObject): string | undefined => {
  if (!conditioned.test(groupOf(object.apiVersion))) return undefined
  const bad = listAt(object, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === undefined || !statuses.has(textAt(one, 'status') ?? ''),
  )
  return bad === undefined ? undefined : `has a condition ${textAt(bad, 'type') ?? ''} without type or status`
}

const faultOf = (object: KubeObject): string | undefined => {
  const lacking = lookup(parts, `${groupOf(object.apiVersion)}/${object.kind}`)?.find(
    (part) => !isRecord(at(object, part)),
  )
  if (lacking !== undefined) return `has no ${lacking}`
  if (object.kind === 'Node' && !listAt(object, 'status', 'conditions').some((one) => textAt(one, 'type') === 'Ready'))
    return 'has no condition Ready'
  return object.kind === 'Pod' ? (podFault(object as Pod) ?? conditionFault(object)) : conditionFault(object)
}

/**
 * Objects that lack what no API server leaves out: they were cut, edited or are manifests that never ran, so what is wrong
 * with them may be just what is missing. Each is a source of its own, since others of its kind were read well.
 */
export const damagedObjects = (objects: readonly KubeObject[]): readonly Unreadable[] => {
  const found: Unreadable[] = []
  for (const object of objects) {
    const fault = faultOf(object)
    if (fault === undefined) continue
    const source = refText(refOf(object))
    found.push({ source, reason: 'malformed', message: `${source} ${fault}` })
    if (found.length >= most) break
  }
  return found
}
