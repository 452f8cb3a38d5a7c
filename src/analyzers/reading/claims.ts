import type { PersistentVolumeClaim, Pod } from '../../domain/kubernetes.ts'
import type { BoundClaim } from '../../domain/scheduling.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** The names of the claims a pod mounts, those of its generic ephemeral volumes included. */
export const claimNames = (pod: Pod): readonly string[] =>
  (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim?.claimName !== undefined) return [volume.persistentVolumeClaim.claimName]
    return volume.ephemeral === undefined ? [] : [`${pod.metadata.name}-${volume.name ?? ''}`]
  })

/** The claims of a pod that the view holds. */
export const claimsOf = (view: ClusterView, pod: Pod): readonly PersistentVolumeClaim[] =>
  claimNames(pod).flatMap((name) => view.get('PersistentVolumeClaim', pod.metadata.namespace, name) ?? [])

/** The bound claims of a pod with their volumes, as far as the view holds both. */
export const boundClaimsOf = (view: ClusterView, pod: Pod): readonly BoundClaim[] =>
  claimsOf(view, pod).flatMap((claim) => {
    const name = claim.spec?.volumeName
    const volume = name === undefined ? undefined : view.get('PersistentVolume', undefined, name)
    return volume === undefined ? [] : [{ claim, volume }]
  })

/** The pods that mount a claim and have not ended, in name order. */
export const podsMounting = (view: ClusterView, claim: PersistentVolumeClaim): readonly Pod[] =>
  view
    .all('Pod')
    .filter(
      (pod) =>
        pod.metadata.namespace === claim.metadata.namespace &&
        pod.status?.phase !== 'Succeeded' &&
        pod.status?.phase !== 'Failed' &&
        claimNames(pod).includes(claim.metadata.name),
    )
