import type { SimulatedCluster } from '../cluster/start.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../cluster/types.ts'
import { restartsOf, waitingReasons } from '../monitoring/symptoms.ts'
import type { PanelCluster, PanelNode, PanelPod, PanelWorkload } from '../slack/panel.ts'

/** A cluster as the side panel draws it, from the live store. */
export const panelCluster = ({ name, store }: SimulatedCluster): PanelCluster => {
  const pods = store.list('pods').map((pod) => ({ node: fieldsAt(pod, 'spec')['nodeName'], shown: panelPod(pod) }))
  return {
    name,
    nodes: store.list('nodes').map((node) =>
      panelNode(
        node,
        pods.filter((pod) => pod.node === node.metadata.name).map((pod) => pod.shown),
      ),
    ),
    pending: pods.filter((pod) => pod.node === undefined).map((pod) => pod.shown),
    workloads: kinds.flatMap(([kind, resource]) => store.list(resource).map((each) => panelWorkload(kind, each))),
  }
}

const kinds = [
  ['Deployment', 'deployments.apps'],
  ['StatefulSet', 'statefulsets.apps'],
  ['DaemonSet', 'daemonsets.apps'],
] as const

const panelNode = (node: KubeObject, pods: readonly PanelPod[]): PanelNode => {
  const conditions = listAt(fieldsAt(node, 'status'), 'conditions').filter(isFields)
  const ready = conditions.some((each) => each['type'] === 'Ready' && each['status'] === 'True')
  const cordoned = fieldsAt(node, 'spec')['unschedulable'] === true
  const state = ready ? 'Ready' : 'NotReady'
  return {
    name: node.metadata.name,
    ready,
    ...(cordoned ? { note: `${state}, cordoned` } : {}),
    pods: [...pods].sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1)),
  }
}

const panelPod = (pod: KubeObject): PanelPod => {
  const status = fieldsAt(pod, 'status')
  const phase = String(status['phase'] ?? 'Unknown')
  const containers = listAt(status, 'containerStatuses').filter(isFields)
  const ready = containers.filter((each) => each['ready'] === true).length
  const wanted = listAt(fieldsAt(pod, 'spec'), 'containers').length
  const podReady = listAt(status, 'conditions')
    .filter(isFields)
    .some((each) => each['type'] === 'Ready' && each['status'] === 'True')
  const reason = reasonOf(pod, containers)
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? '',
    phase,
    ready: `${ready}/${wanted}`,
    restarts: restartsOf(pod),
    healthy: phase === 'Succeeded' || (phase === 'Running' && podReady),
    ...(reason === undefined ? {} : { reason }),
  }
}

const reasonOf = (pod: KubeObject, containers: readonly Fields[]): string | undefined => {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating'
  const waiting = waitingReasons(pod)[0]
  if (waiting !== undefined) return waiting
  const ended = containers
    .map((each) => fieldsAt(fieldsAt(each, 'state'), 'terminated')['reason'])
    .find((reason) => typeof reason === 'string' && reason !== 'Completed')
  return typeof ended === 'string' ? ended : undefined
}

const panelWorkload = (kind: string, object: KubeObject): PanelWorkload => {
  const [spec, status] = [fieldsAt(object, 'spec'), fieldsAt(object, 'status')]
  const daemons = kind === 'DaemonSet'
  const revision = object.metadata.annotations?.['deployment.kubernetes.io/revision']
  const containers = listAt(fieldsAt(fieldsAt(spec, 'template'), 'spec'), 'containers').filter(isFields)
  return {
    kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
    ready: Number(status[daemons ? 'numberReady' : 'readyReplicas'] ?? 0),
    desired: Number(daemons ? (status['desiredNumberScheduled'] ?? 0) : (spec['replicas'] ?? 1)),
    ...(revision === undefined ? {} : { revision }),
    ...(containers[0]?.['image'] === undefined ? {} : { image: String(containers[0]['image']) }),
    gitOwned: object.metadata.annotations?.['argocd.argoproj.io/tracking-id'] !== undefined,
  }
}
