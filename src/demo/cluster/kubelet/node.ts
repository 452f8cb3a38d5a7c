import { withCondition } from '../controllers/conditions.ts'
import type { Controller } from '../controllers/control-loops.ts'
import { keyOf } from '../controllers/hands.ts'
import { type Condition, isReady, type Node, type Pod, type Taint } from '../controllers/objects.ts'
import { tolerates } from '../controllers/placement.ts'
import type { KubeObject } from '../types.ts'
import type { Kubelet } from './runtime.ts'

const heartbeat = 10_000
const statusEvery = 300_000
const graceTime = 50_000
const leases = 'leases.coordination.k8s.io'
const lifecycle = { component: 'node-controller' }

const healthy: readonly Condition[] = [
  {
    type: 'MemoryPressure',
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  {
    type: 'DiskPressure',
    status: 'False',
    reason: 'KubeletHasNoDiskPressure',
    message: 'kubelet has no disk pressure',
  },
  {
    type: 'PIDPressure',
    status: 'False',
    reason: 'KubeletHasSufficientPID',
    message: 'kubelet has sufficient PID available',
  },
  { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
]

/** Heartbeats of the nodes that are on, and the node life cycle controller that notices the others. */
export function nodeController(kubelet: Kubelet): Controller {
  const { hands } = kubelet
  const unreachableSince = new Map<string, number>()
  return {
    name: 'node',
    watches: { nodes: (node, change) => (change?.type === 'MODIFIED' ? [] : [keyOf(node)]) },
    reconcile: (name) => {
      const node = hands.get<Node>('nodes', undefined, name)
      if (node === undefined) return undefined
      if (kubelet.offline.has(name)) return watchSilence(kubelet, node, unreachableSince)
      unreachableSince.delete(name)
      beat(kubelet, node)
      return hands.pace(heartbeat)
    },
  }
}

type Lease = KubeObject & { spec: { renewTime?: string } }

function beat(kubelet: Kubelet, node: Node): void {
  const { hands } = kubelet
  const { name } = node.metadata
  const lease = hands.get<Lease>(leases, 'kube-node-lease', name)
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: hands.clock.microStamp() }
  if (lease === undefined) hands.create(leases, 'kube-node-lease', { metadata: { name }, spec }, 'kubelet')
  else hands.storage.put(leases, { ...lease, spec } as Lease)
  const ready = node.status.conditions?.find((condition) => condition.type === 'Ready')
  const stale = hands.clock.now() - Date.parse(ready?.lastHeartbeatTime ?? '1970-01-01T00:00:00Z') >= statusEvery
  if (ready?.status === 'True') setTaints(kubelet, node, [])
  if (ready?.status === 'True' && !stale) return
  let conditions = node.status.conditions ?? []
  for (const condition of healthy) {
    const pressure = conditions.find(
      (entry) => entry.type === condition.type && entry.type !== 'Ready' && entry.status === 'True',
    )
    conditions = withCondition(conditions, pressure ?? condition, hands.clock.stamp())
  }
  conditions = conditions.map((condition) => ({ ...condition, lastHeartbeatTime: hands.clock.stamp() }))
  hands.status('nodes', node, { ...node.status, conditions }, 'kubelet')
  if (ready !== undefined && ready.status !== 'True')
    hands.event(
      node,
      { type: 'Normal', reason: 'NodeReady', message: `Node ${name} status is now: NodeReady` },
      { component: 'kubelet', host: name },
    )
  setTaints(kubelet, node, [])
  wakePods(kubelet, name)
}

/** Pods of a node that is back are looked at again. */
function wakePods(kubelet: Kubelet, name: string): void {
  const { hands } = kubelet
  for (const pod of hands.list<Pod>('pods')) if (pod.spec.nodeName === name) hands.storage.put('pods', pod)
}

function watchSilence(kubelet: Kubelet, node: Node, since: Map<string, number>): number {
  const { hands } = kubelet
  const { name } = node.metadata
  const now = hands.clock.now()
  const lease = hands.get<Lease>(leases, 'kube-node-lease', name)
  const silent = now - Date.parse(lease?.spec.renewTime ?? node.metadata.creationTimestamp ?? '')
  const grace = hands.pace(graceTime)
  if (silent < grace) return grace - silent + 1
  const start = since.get(name) ?? now
  if (!since.has(name)) {
    since.set(name, now)
    markUnknown(kubelet, node)
  }
  evictTolerated(kubelet, node, now - start)
  return hands.pace(5_000)
}

function markUnknown(kubelet: Kubelet, node: Node): void {
  const { hands } = kubelet
  const { name } = node.metadata
  let conditions = node.status.conditions ?? []
  for (const { type } of healthy)
    conditions = withCondition(
      conditions,
      {
        ...conditions.find((entry) => entry.type === type),
        type,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      },
      hands.clock.stamp(),
    )
  hands.status('nodes', node, { ...node.status, conditions })
  hands.event(
    node,
    { type: 'Normal', reason: 'NodeNotReady', message: `Node ${name} status is now: NodeNotReady` },
    lifecycle,
  )
  setTaints(kubelet, node, [
    { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', timeAdded: hands.clock.stamp() },
    { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: hands.clock.stamp() },
  ])
  for (const pod of hands.list<Pod>('pods')) {
    if (pod.spec.nodeName !== name || !isReady(pod)) continue
    const unready = withCondition(
      pod.status.conditions,
      { ...pod.status.conditions?.find((entry) => entry.type === 'Ready'), type: 'Ready', status: 'False' },
      hands.clock.stamp(),
    )
    hands.status('pods', pod, { ...pod.status, conditions: unready })
    hands.event(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' }, lifecycle)
  }
}

function setTaints(kubelet: Kubelet, node: Node, taints: readonly Taint[]): void {
  const { hands } = kubelet
  const live = hands.get<Node>('nodes', undefined, node.metadata.name)
  if (live === undefined) return
  const automatic = ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready']
  const kept = (live.spec.taints ?? []).filter((taint) => !automatic.includes(taint.key))
  const wanted = [...kept, ...taints]
  if (wanted.length === (live.spec.taints ?? []).length && taints.length === 0) return
  hands.update('nodes', live, (object) => {
    const { taints: _old, ...spec } = (object as unknown as Node).spec
    Object.assign(object, { spec: wanted.length === 0 ? spec : { ...spec, taints: wanted } })
  })
}

/** Deletes the pods whose tolerance of an unreachable node has run out; they stay, terminating, until the node is back. */
function evictTolerated(kubelet: Kubelet, node: Node, silent: number): void {
  const { hands } = kubelet
  const taint: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }
  for (const pod of hands.list<Pod>('pods')) {
    if (pod.spec.nodeName !== node.metadata.name || pod.metadata.deletionTimestamp !== undefined) continue
    const toleration = pod.spec.tolerations?.find((entry) => tolerates(entry, taint))
    if (toleration !== undefined && toleration.tolerationSeconds === undefined) continue
    if (silent < hands.pace((toleration?.tolerationSeconds ?? 0) * 1000)) continue
    hands.event(
      pod,
      {
        type: 'Normal',
        reason: 'TaintManagerEviction',
        message: `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
      },
      { component: 'taint-eviction-controller' },
    )
    hands.remove('pods', pod)
  }
}
