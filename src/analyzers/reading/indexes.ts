import type { Pod, ReplicaSet, Service } from '../../domain/kubernetes.ts'
import { podAddresses } from '../../domain/pod-state.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { oncePerView } from './once-per-view.ts'

type Indexes = {
  readonly serviceAt: ReadonlyMap<string, Service>
  readonly podAt: ReadonlyMap<string, Pod>
  readonly setsOf: ReadonlyMap<string, readonly ReplicaSet[]>
}

const servicesByAddress = oncePerView((view): ReadonlyMap<string, Service> => {
  const serviceAt = new Map<string, Service>()
  for (const service of view.all('Service')) {
    const address = service.spec?.clusterIP
    if (address !== undefined && address !== 'None' && address !== '') serviceAt.set(address, service)
  }
  return serviceAt
})

const podsByAddress = oncePerView((view): ReadonlyMap<string, Pod> => {
  const podAt = new Map<string, Pod>()
  for (const pod of view.all('Pod')) {
    if (pod.spec?.hostNetwork === true || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue
    for (const address of podAddresses(pod)) podAt.set(address, pod)
  }
  return podAt
})

const setsByOwner = oncePerView((view): ReadonlyMap<string, readonly ReplicaSet[]> => {
  const setsOf = new Map<string, ReplicaSet[]>()
  for (const set of view.all('ReplicaSet')) {
    for (const owner of set.metadata.ownerReferences ?? []) {
      const key = `${owner.kind ?? ''}/${set.metadata.namespace ?? ''}/${owner.name ?? ''}`
      const sets = setsOf.get(key)
      if (sets === undefined) setsOf.set(key, [set])
      else sets.push(set)
    }
  }
  return setsOf
})

/** Look-ups that several checks share, each built once per view: by cluster IP, by pod IP, ReplicaSets by owner (`kind/namespace/name`). */
export const indexesOf = (view: ClusterView): Indexes => ({
  get serviceAt() {
    return servicesByAddress(view)
  },
  get podAt() {
    return podsByAddress(view)
  },
  get setsOf() {
    return setsByOwner(view)
  },
})
