import { conditionOf, conditionsAt, numberAt, textAt } from '../domain/at.ts'
import type { KindMap, KubeObject, Pod } from '../domain/kubernetes.ts'
import type { HealthMark } from '../domain/neighbourhood.ts'
import type { ObjectRef } from '../domain/object.ts'
import { containersOf, exitText } from '../domain/pod-containers.ts'
import { isFinished, isPodReady } from '../domain/pod-state.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** How an object is by its own status, in a few words. */
export type Health = { readonly mark: HealthMark; readonly state?: string }

/** The health of an object as its status says it, whatever its kind; unknown where it was not read. */
export const healthOf = (view: ClusterView, ref: ObjectRef): Health => {
  if (ref.kind === 'Team' || ref.kind === 'HelmChartRelease') return { mark: 'none' }
  const object = view.find(ref)
  if (object === undefined) return absent(view, ref)
  if (object.metadata.deletionTimestamp !== undefined && object.kind !== 'Pod')
    return { mark: 'unwell', state: 'being deleted' }
  switch (object.kind) {
    case 'Pod':
      return podHealth(object as Pod)
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'Rollout':
      return replicaHealth(object)
    case 'DaemonSet':
      return daemonHealth(object as KindMap['DaemonSet'])
    case 'Node':
      return nodeHealth(object as KindMap['Node'])
    case 'Service':
      return serviceHealth(view, object as KindMap['Service'])
    case 'PersistentVolumeClaim':
    case 'PersistentVolume':
    case 'Namespace':
      return phaseHealth(object)
    case 'Job':
      return jobHealth(object as KindMap['Job'])
    case 'HorizontalPodAutoscaler':
      return scalerHealth(object as KindMap['HorizontalPodAutoscaler'])
    case 'Application':
      return applicationHealth(object)
    default:
      return conditionHealth(object)
  }
}

const typedKinds = ['ConfigMap', 'Secret', 'Service', 'PersistentVolumeClaim', 'ServiceAccount', 'Deployment'] as const

const absent = (view: ClusterView, ref: ObjectRef): Health => {
  const kind = typedKinds.find((one) => one === ref.kind)
  return kind !== undefined && view.presence(kind, ref.namespace, ref.name) === 'absent'
    ? { mark: 'missing', state: 'does not exist' }
    : { mark: 'unknown', state: 'not read' }
}

const podHealth = (pod: Pod): Health => {
  if (pod.metadata.deletionTimestamp !== undefined) return { mark: 'none', state: 'terminating' }
  if (pod.status?.phase === 'Succeeded') return { mark: 'well', state: 'completed' }
  const failing = containersOf(pod).find(
    ({ status }) => status?.state?.waiting?.reason !== undefined || (status?.state?.terminated?.exitCode ?? 0) !== 0,
  )?.status
  const ended = failing?.state?.terminated
  const why = failing?.state?.waiting?.reason ?? (ended === undefined ? undefined : exitText(ended.exitCode))
  if (isFinished(pod)) return { mark: 'unwell', state: pod.status?.reason ?? why ?? 'failed' }
  if (isPodReady(pod)) {
    const restarts = containersOf(pod).reduce((sum, { status }) => sum + (status?.restartCount ?? 0), 0)
    return { mark: 'well', state: restarts === 0 ? 'ready' : `ready, ${restarts} restart${restarts === 1 ? '' : 's'}` }
  }
  const scheduled = conditionOf(pod.status?.conditions, 'PodScheduled')
  return {
    mark: 'unwell',
    state: why ?? (scheduled?.status === 'False' ? (scheduled.reason ?? 'unscheduled') : 'not ready'),
  }
}

const replicaHealth = ({ kind, spec, status }: KubeObject): Health => {
  const wanted = numberAt(spec, 'replicas') ?? 1
  const ready = numberAt(status, 'readyReplicas') ?? 0
  if (wanted === 0) return { mark: 'none', state: kind === 'ReplicaSet' ? 'old revision' : 'scaled to zero' }
  return { mark: ready >= wanted ? 'well' : 'unwell', state: `${ready} of ${wanted} ready` }
}

const daemonHealth = ({ status }: KindMap['DaemonSet']): Health => {
  const [ready, wanted] = [status?.numberReady ?? 0, status?.desiredNumberScheduled ?? 0]
  return { mark: ready >= wanted ? 'well' : 'unwell', state: `${ready} of ${wanted} ready` }
}

const nodeHealth = ({ spec, status }: KindMap['Node']): Health => {
  const ready = conditionOf(status?.conditions, 'Ready')
  if (ready?.status !== 'True') return { mark: 'unwell', state: ready?.reason ?? 'not ready' }
  const pressed = (status?.conditions ?? []).find(
    ({ type, status: set }) => /Pressure$/.test(type ?? '') && set === 'True',
  )
  if (pressed !== undefined) return { mark: 'unwell', state: pressed.type ?? 'under pressure' }
  return { mark: 'well', state: spec?.unschedulable === true ? 'ready, cordoned' : 'ready' }
}

const serviceHealth = (view: ClusterView, { metadata, spec }: KindMap['Service']): Health => {
  const selector = spec?.selector ?? {}
  if (Object.keys(selector).length === 0) return { mark: 'none', state: spec?.type ?? 'ClusterIP' }
  const pods = view
    .podsSelected(metadata.namespace ?? '', { matchLabels: selector })
    .filter((pod) => !isFinished(pod) && pod.metadata.deletionTimestamp === undefined)
  const ready = pods.filter(isPodReady).length
  return { mark: ready > 0 ? 'well' : 'unwell', state: `${ready} of ${pods.length} pods ready` }
}

const phaseHealth = ({ status }: KubeObject): Health => {
  const phase = textAt(status, 'phase')
  if (phase === undefined) return { mark: 'unknown' }
  return { mark: /^(?:Bound|Available|Active)$/.test(phase) ? 'well' : 'unwell', state: phase.toLowerCase() }
}

const jobHealth = ({ spec, status }: KindMap['Job']): Health => {
  const ended = (type: string) => conditionOf(status?.conditions, type)?.status === 'True'
  if (ended('Complete')) return { mark: 'well', state: 'completed' }
  if (ended('Failed')) return { mark: 'unwell', state: conditionOf(status?.conditions, 'Failed')?.reason ?? 'failed' }
  return { mark: 'none', state: spec?.suspend === true ? 'suspended' : 'running' }
}

const scalerHealth = ({ spec, status }: KindMap['HorizontalPodAutoscaler']): Health => {
  const stuck = ['AbleToScale', 'ScalingActive']
    .map((type) => conditionOf(status?.conditions, type))
    .find((one) => one?.status === 'False')
  const range = `${status?.currentReplicas ?? '?'} of ${spec?.minReplicas ?? 1} to ${spec?.maxReplicas ?? '?'}`
  return stuck === undefined ? { mark: 'well', state: range } : { mark: 'unwell', state: stuck.reason ?? range }
}

const applicationHealth = ({ status }: KubeObject): Health => {
  const [health, sync] = [textAt(status, 'health', 'status'), textAt(status, 'sync', 'status')]
  if (health === undefined) return { mark: 'unknown' }
  return { mark: health === 'Healthy' ? 'well' : 'unwell', state: [health, sync].filter(Boolean).join(', ') }
}

/** What custom kinds say by convention: one of these conditions. Kinds without any have nothing to be unwell about. */
const conditionHealth = (object: KubeObject): Health => {
  const conditions = conditionsAt(object)
  for (const type of ['Ready', 'Available', 'Healthy', 'Programmed', 'Accepted', 'Synced', 'Succeeded', 'Reconciled']) {
    const found = conditionOf(conditions, type)
    if (found === undefined) continue
    if (found.status === 'True') return { mark: 'well', state: type.toLowerCase() }
    if (found.status === 'False')
      return { mark: 'unwell', state: short(found.reason ?? `not ${type.toLowerCase()}`, 60) }
    return { mark: 'unknown', state: `${type} is ${found.status ?? 'not said'}` }
  }
  return { mark: 'none' }
}
