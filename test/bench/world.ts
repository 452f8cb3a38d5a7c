import { fill } from '../../src/demo/cluster/fill.ts'
import type { ObjectStore } from '../../src/demo/cluster/store/object-store.ts'
import type { Fields, KubeObject } from '../../src/demo/cluster/types.ts'

/**
 * A big cluster with something wrong in it: of each hundred Deployments one cannot pull, one finds no node, one meets its
 * quota. With `manyFaults` its events tell of all else as well that a diagnosis reads further kinds for.
 */
export const fillWorld = (store: ObjectStore, pods: number, manyFaults = false): void => {
  fill(store, { pods, podsPerNode: 10, events: 4 })
  const sets = store.list('replicasets.apps')
  const podsOf = new Map<string, KubeObject[]>()
  for (const pod of store.list('pods')) {
    const owner = pod.metadata.ownerReferences?.[0]?.name ?? ''
    const key = `${pod.metadata.namespace}/${owner}`
    podsOf.set(key, [...(podsOf.get(key) ?? []), pod])
  }
  sets.forEach((set, index) => {
    const mine = podsOf.get(`${set.metadata.namespace}/${set.metadata.name}`) ?? []
    const fault = faults[index % 100]
    if (fault === undefined) return
    short(store, set, fault === quota ? 0 : mine.length)
    for (const pod of mine) fault(store, pod)
  })
  if (!manyFaults) return
  const [one] = store.list('pods')
  const [owner] = sets
  if (one === undefined || owner === undefined) return
  for (const [reason, message] of poddish) warn(store, one, reason, message)
  for (const [index, message] of refusals.entries()) warn(store, owner, `FailedCreate${index}`, message)
}

const poddish = [
  ['FailedAttachVolume', 'Multi-Attach error for volume "pvc-1": Volume is already used by pod(s) other-0'],
  ['FailedMount', 'MountVolume.SetUp failed for volume "data": persistentvolume "pvc-1" not found'],
  ['Preempted', 'Preempted by pod kube-system/important on node node-1'],
] as const

const refusals = [
  'Error creating: pods "a-" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
  'Error creating: pods "a-" is forbidden: error looking up service account team-0/runner: serviceaccount "runner" not found',
  'Error creating: pods "a-" is forbidden: no PriorityClass with name urgent was found',
  'Error creating: admission webhook "rules.acme.dev" denied the request: no owner label',
]

/** The objects that `fillWorld` made or changed, by the resource that stores them. */
export const filledResources = [
  'namespaces',
  'nodes',
  'deployments.apps',
  'replicasets.apps',
  'services',
  'pods',
  'events',
] as const

type Fault = (store: ObjectStore, pod: KubeObject) => void

const statusOf = (object: KubeObject): Fields => (object as unknown as { status: Fields }).status

const put = (store: ObjectStore, resource: string, object: KubeObject, changed: Fields): void => {
  store.load(resource, { ...(object as unknown as Fields), ...changed })
}

const unready = (status: Fields, scheduled: boolean): readonly Fields[] =>
  (status['conditions'] as readonly Fields[]).flatMap((condition) => {
    const type = condition['type']
    if (type === 'PodScheduled' && !scheduled)
      return [{ ...condition, status: 'False', reason: 'Unschedulable', message: noNode }]
    if (!scheduled) return []
    return type === 'Ready' || type === 'ContainersReady'
      ? [{ ...condition, status: 'False', reason: 'ContainersNotReady' }]
      : [condition]
  })

const noNode = '0/500 nodes are available: 500 Insufficient memory. preemption: 0/500 nodes are available.'

const warn = (store: ObjectStore, about: KubeObject, reason: string, message: string): void => {
  const { name, namespace, uid, creationTimestamp } = about.metadata
  const { kind, apiVersion } = about
  store.load('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${reason.toLowerCase()}`, namespace, uid: `${uid}-${reason}`, creationTimestamp },
    involvedObject: { kind, namespace, name, uid, apiVersion },
    reason,
    message,
    source: { component: 'bench' },
    firstTimestamp: creationTimestamp,
    lastTimestamp: creationTimestamp,
    count: 3,
    type: 'Warning',
    eventTime: null,
    reportingComponent: 'bench',
    reportingInstance: '',
  })
}

const imagePull: Fault = (store, pod) => {
  const status = statusOf(pod)
  const [container] = status['containerStatuses'] as readonly Fields[]
  const image = String(container?.['image'])
  const message = `Back-off pulling image "${image}": ErrImagePull: ${image}: not found`
  put(store, 'pods', pod, {
    status: {
      ...status,
      phase: 'Pending',
      conditions: unready(status, true),
      containerStatuses: [
        { ...container, ready: false, started: false, state: { waiting: { reason: 'ImagePullBackOff', message } } },
      ],
    },
  })
  warn(store, pod, 'Failed', `Failed to pull image "${image}": not found`)
}

const unschedulable: Fault = (store, pod) => {
  const { spec } = pod as unknown as { spec: Fields }
  const { nodeName: _, ...rest } = spec
  const [container] = rest['containers'] as readonly Fields[]
  const huge = { ...container, resources: { requests: { cpu: '1', memory: '900Gi' } } }
  put(store, 'pods', pod, {
    spec: { ...rest, containers: [huge] },
    status: { phase: 'Pending', conditions: unready(statusOf(pod), false), qosClass: 'Burstable' },
  })
  warn(store, pod, 'FailedScheduling', noNode)
}

/** The pod was never made: its ReplicaSet is told by the quota. */
const quota: Fault = (store, pod) => {
  const owner = pod.metadata.ownerReferences?.[0]?.name ?? ''
  const set = store.get('replicasets.apps', pod.metadata.namespace, owner)
  store.delete('pods', pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0 })
  if (set === undefined) return
  const message = `Error creating: pods "${pod.metadata.name}" is forbidden: exceeded quota: compute, requested: requests.cpu=50m, used: requests.cpu=10, limited: requests.cpu=10`
  warn(store, set, 'FailedCreate', message)
}

const faults: Readonly<Record<number, Fault>> = { 7: imagePull, 31: unschedulable, 59: quota }

/** The counts of a ReplicaSet whose pods are not ready, and of its Deployment. */
const short = (store: ObjectStore, set: KubeObject, replicas: number): void => {
  const none = { replicas, readyReplicas: 0, availableReplicas: 0 }
  put(store, 'replicasets.apps', set, { status: { ...statusOf(set), ...none } })
  const name = set.metadata.ownerReferences?.[0]?.name ?? ''
  const owner = store.get('deployments.apps', set.metadata.namespace, name)
  if (owner === undefined) return
  const status = statusOf(owner)
  const conditions = (status['conditions'] as readonly Fields[]).map((condition) =>
    condition['type'] === 'Available'
      ? { ...condition, status: 'False', reason: 'MinimumReplicasUnavailable' }
      : condition,
  )
  const wanted = Number(status['replicas'])
  put(store, 'deployments.apps', owner, { status: { ...status, ...none, unavailableReplicas: wanted, conditions } })
}
