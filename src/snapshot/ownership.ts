import type { KubeObject, Pod } from '../domain/kubernetes.ts'
import { groupOf, type ObjectRef } from '../domain/object.ts'
import { compareObjects, type Index, nameKey } from './object-index.ts'
import { compareText, lazy } from './order.ts'
import { isRead, ownerOf, ownersOf, topOf, workloadFrom } from './owners.ts'
import type { Workload } from './view.ts'

/** Who owns what: chains of controllers, workloads, and the pods of each. */
export const createOwnership = (index: Index) => {
  const lookup = { byUid: (uid: string) => index.byUid.get(uid), byRef: index.find }
  const chains = new Map<KubeObject, readonly KubeObject[]>()
  const owners = (object: KubeObject): readonly KubeObject[] => {
    const known = chains.get(object)
    if (known !== undefined) return known
    const chain = object.kind === 'Pod' ? podOwners(object) : ownersOf(object, lookup)
    chains.set(object, chain)
    return chain
  }
  const above = new Map<KubeObject, readonly KubeObject[]>()
  /** The pods of one ReplicaSet share one chain, where all of it was read. */
  const podOwners = (pod: KubeObject): readonly KubeObject[] => {
    const first = ownerOf(pod, pod, lookup)
    if (first === undefined) return []
    // A pod that a pod owns may own itself: only the bounded walk may follow it.
    if (first.kind === 'Pod') return ownersOf(pod, lookup)
    const known = above.get(first)
    if (known !== undefined) return known
    const chain = [first, ...owners(first)]
    if (!chain.every(isRead) || chain.some((one) => one.kind === 'Pod')) return ownersOf(pod, lookup)
    above.set(first, chain)
    return chain
  }
  const workloads = new Map<string, Workload>()
  const tops = new Map<KubeObject, Workload>()
  const workloadOf = (object: KubeObject): Workload => {
    const top = topOf(object, owners(object))
    const known = tops.get(top)
    if (known !== undefined) return known
    const workload = workloadAt(top)
    tops.set(top, workload)
    return workload
  }
  const workloadAt = (top: KubeObject): Workload => {
    const key = nameKey(top.kind, top.metadata.namespace, top.metadata.name)
    const known = workloads.get(key)
    if (known !== undefined && groupOf(known.ref.apiVersion) === groupOf(top.apiVersion)) return known
    const workload = workloadFrom(top)
    workloads.set(key, workload)
    return workload
  }
  const once = lazy(() => {
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Rollout', 'Pod']) {
      for (const object of kind === 'Rollout' ? index.named(kind) : index.ofKind(kind)) workloadOf(object)
    }
    return [...workloads.values()].sort(
      (a, b) => compareObjects(a.object, b.object) || compareText(a.ref.kind, b.ref.kind),
    )
  })
  const pods = lazy(() => {
    const byOwner = new Map<string, Pod[]>()
    const lists = new Map<KubeObject, Pod[]>()
    for (const pod of index.ofKind('Pod') as readonly Pod[]) {
      for (const object of owners(pod)) {
        let list = lists.get(object)
        if (list === undefined) {
          const key = nameKey(object.kind, object.metadata.namespace, object.metadata.name)
          list = byOwner.get(key) ?? []
          byOwner.set(key, list)
          lists.set(object, list)
        }
        list.push(pod)
      }
    }
    return byOwner
  })
  const podsOf = (ref: ObjectRef): readonly Pod[] => {
    const owned = pods().get(nameKey(ref.kind, ref.namespace, ref.name)) ?? []
    const own = ref.kind === 'Pod' ? (index.get('Pod', ref.namespace, ref.name) as Pod | undefined) : undefined
    return own === undefined ? owned : [own, ...owned]
  }
  return {
    owners,
    workloadOf,
    workloads: once,
    podsOf,
  }
}

/** Whether a pod should have gone more than ten minutes ago: what it says no longer tells about its workload. */
export const longGone = (pod: Pod, now: string): boolean => {
  const deleted = pod.metadata.deletionTimestamp
  return deleted !== undefined && Date.parse(now) - Date.parse(deleted) > 600_000
}
