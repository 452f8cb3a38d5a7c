import type { KubeObject, Pod } from '../domain/kubernetes.ts'
import { groupOf, type ObjectRef } from '../domain/object.ts'
import { compareObjects, type Index, nameKey } from './object-index.ts'
import { compareText, lazy } from './order.ts'
import { ownersOf, topOf, workloadFrom } from './owners.ts'
import type { Workload } from './view.ts'

/** Who owns what: chains of controllers, workloads, and the pods of each. */
export const createOwnership = (index: Index) => {
  const lookup = { byUid: (uid: string) => index.byUid.get(uid), byRef: index.find }
  const chains = new Map<KubeObject, readonly KubeObject[]>()
  const owners = (object: KubeObject): readonly KubeObject[] => {
    const known = chains.get(object)
    if (known !== undefined) return known
    const chain = ownersOf(object, lookup)
    chains.set(object, chain)
    return chain
  }
  const workloads = new Map<string, Workload>()
  const workloadOf = (object: KubeObject): Workload => {
    const top = topOf(object, owners(object))
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
    for (const pod of index.ofKind('Pod') as readonly Pod[]) {
      for (const object of [pod, ...owners(pod)]) {
        const key = nameKey(object.kind, object.metadata.namespace, object.metadata.name)
        const all = byOwner.get(key)
        if (all === undefined) byOwner.set(key, [pod])
        else all.push(pod)
      }
    }
    return byOwner
  })
  return {
    owners,
    workloadOf,
    workloads: once,
    podsOf: (ref: ObjectRef): readonly Pod[] => pods().get(nameKey(ref.kind, ref.namespace, ref.name)) ?? [],
  }
}

/** Whether a pod should have gone more than ten minutes ago: what it says no longer tells about its workload. */
export const longGone = (pod: Pod, now: string): boolean => {
  const deleted = pod.metadata.deletionTimestamp
  return deleted !== undefined && Date.parse(now) - Date.parse(deleted) > 600_000
}
