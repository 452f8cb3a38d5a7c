import type { FaultAlert } from '../cluster/faults/fault.ts'
import type { ObjectStore } from '../cluster/store/object-store.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../cluster/types.ts'

/** Reads the lines that a pod's containers logged in the last seconds, as a metrics pipeline over logs does. */
export type RecentLog = (namespace: string, pod: string, seconds: number) => Promise<string>

/**
 * Whether an alert's expression holds now: what the rule of that name asks of kube-state-metrics, the node's condition or
 * the requests that fail. Looks only at the cluster's state, never at which fault was injected.
 */
export const symptomHolds = async (
  store: ObjectStore,
  { alertname, labels }: FaultAlert,
  recentLog: RecentLog,
): Promise<boolean> => {
  const namespace = labels['namespace'] ?? 'default'
  switch (alertname) {
    case 'KubeNodeNotReady':
      return !nodeReady(store.get('nodes', undefined, labels['node'] ?? ''))
    case 'KubePersistentVolumeClaimPending': {
      const claim = store.get('persistentvolumeclaims', namespace, labels['persistentvolumeclaim'] ?? '')
      return claim !== undefined && fieldsAt(claim, 'status')['phase'] !== 'Bound'
    }
    case 'CoreDNSDown':
      return countOf(store.get('deployments.apps', 'kube-system', 'coredns'), 'availableReplicas') === 0
    case 'HighErrorRate':
      return failsRequests(store, namespace, labels['service'] ?? '', recentLog)
    default: {
      const deployment = store.get('deployments.apps', namespace, labels['deployment'] ?? '')
      return deployment !== undefined && deploymentSuffers(store, alertname, deployment)
    }
  }
}

const deploymentSuffers = (store: ObjectStore, alertname: string, deployment: KubeObject): boolean => {
  const pods = podsOf(store, deployment)
  const reasons = pods.flatMap(waitingReasons)
  switch (alertname) {
    case 'KubePodCrashLooping':
      return reasons.includes('CrashLoopBackOff') || (pods.some((pod) => restartsOf(pod) > 0) && !complete(deployment))
    case 'KubeContainerWaiting':
      return reasons.some((reason) => reason !== 'ContainerCreating' && reason !== 'PodInitializing')
    default:
      return !complete(deployment)
  }
}

const countOf = (object: KubeObject | undefined, field: string): number =>
  Number(fieldsAt(object, 'status')[field] ?? 0)

const complete = (deployment: KubeObject): boolean => {
  const wanted = Number(fieldsAt(deployment, 'spec')['replicas'] ?? 1)
  return countOf(deployment, 'updatedReplicas') >= wanted && countOf(deployment, 'availableReplicas') >= wanted
}

const nodeReady = (node: KubeObject | undefined): boolean =>
  conditions(node).some((each) => each['type'] === 'Ready' && each['status'] === 'True')

const conditions = (object: KubeObject | undefined): readonly Fields[] =>
  listAt(fieldsAt(object, 'status'), 'conditions').filter(isFields)

const podsOf = (store: ObjectStore, owner: KubeObject): readonly KubeObject[] => {
  const selector = fieldsAt(fieldsAt(fieldsAt(owner, 'spec'), 'selector'), 'matchLabels')
  return selected(store, owner.metadata.namespace, selector)
}

const selected = (store: ObjectStore, namespace: string | undefined, selector: Fields): readonly KubeObject[] =>
  store
    .list('pods', namespace)
    .filter((pod) => Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value))

/** Why the containers of a pod wait: CrashLoopBackOff, ImagePullBackOff, … */
export const waitingReasons = (pod: KubeObject): readonly string[] =>
  statusesOf(pod).flatMap((status) => {
    const reason = fieldsAt(fieldsAt(status, 'state'), 'waiting')['reason']
    return typeof reason === 'string' ? [reason] : []
  })

/** Restarts of all containers of a pod. */
export const restartsOf = (pod: KubeObject): number =>
  statusesOf(pod).reduce((sum, status) => sum + Number(status['restartCount'] ?? 0), 0)

const statusesOf = (pod: KubeObject): readonly Fields[] => {
  const status = fieldsAt(pod, 'status')
  return [...listAt(status, 'initContainerStatuses'), ...listAt(status, 'containerStatuses')].filter(isFields)
}

/** A share of a Service's requests fails, told by what its pods logged in the last seconds. */
const failsRequests = async (
  store: ObjectStore,
  namespace: string,
  name: string,
  recentLog: RecentLog,
): Promise<boolean> => {
  const selector = fieldsAt(fieldsAt(store.get('services', namespace, name), 'spec'), 'selector')
  const logs = await Promise.all(
    selected(store, namespace, selector).map((pod) => recentLog(namespace, pod.metadata.name, 10)),
  )
  return logs.some((log) => /\bfailed with 5\d\d\b/.test(log))
}
