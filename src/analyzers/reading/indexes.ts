import type { Pod, ReplicaSet, Service } from '../../domain/kubernetes.ts'
import { podAddresses } from '../../domain/pod-state.ts'
import type { ClusterView } from '../../snapshot/view.ts'

type Indexes = {
  readonly serviceAt: ReadonlyMap<string, Service>
  readonly podAt: ReadonlyMap<string, Pod>
  readonly setsOf: ReadonlyMap<string, readonly ReplicaSet[]>
}

const cache = new WeakMap<ClusterView, Indexes>()

const build = (view: ClusterView): Indexes => {
  const serviceAt = new Map<string, Service>()
  for (const service of view.all('Service')) {
    const address = service.spec?.clusterIP
    if (address !== undefined && address !== 'None' && address !== '') serviceAt.set(address, service)
  }
  const podAt = new Map<string, Pod>()
  for (const pod of view.all('Pod')) {
    if (pod.spec?.hostNetwork === true || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue
    for (const address of podAddresses(pod)) podAt.set(address, pod)
  }
  const setsOf = new Map<string, ReplicaSet[]>()
  for (const set of view.all('ReplicaSet')) {
    for (const owner of set.metadata.ownerReferences ?? []) {
      const key = `${owner.kind ?? ''}/${set.metadata.namespace ?? ''}/${owner.name ?? ''}`
      const sets = setsOf.get(key)
      if (sets === undefined) setsOf.set(key, [set])
      else sets.push(set)
    }
  }
  return { serviceAt, podAt, setsOf }
}

/** Look-ups that several checks share, built once per view: by cluster IP, by pod IP, ReplicaSets by owner (`kind/namespace/name`). */
export const indexesOf = (view: ClusterView): Indexes => {
  const known = cache.get(view)
  if (known !== undefined) return known
  const made = build(view)
  cache.set(view, made)
  return made
}
