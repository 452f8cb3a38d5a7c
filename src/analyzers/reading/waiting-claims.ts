import { type Event, type PersistentVolumeClaim, refOf, type StorageClass } from '../../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../../domain/object.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { podsMounting } from './claims.ts'

const defaultKeys = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class']

/** Whether claims without a class get this one. */
export const isDefaultClass = (one: StorageClass): boolean =>
  defaultKeys.some((key) => one.metadata.annotations?.[key] === 'true')

/** The class a claim asks for: '' where it asks for none on purpose, undefined where it leaves it to the default. */
export const className = (claim: PersistentVolumeClaim): string | undefined =>
  claim.spec?.storageClassName ?? claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class']

/** The class object of a claim, where the view holds it. */
export const classOf = (view: ClusterView, claim: PersistentVolumeClaim): StorageClass | undefined => {
  const name = className(claim)
  return name === undefined || name === '' ? undefined : view.get('StorageClass', undefined, name)
}

/** Claims that are not bound yet and not being deleted. */
export const pendingClaims = (view: ClusterView): readonly PersistentVolumeClaim[] =>
  view
    .all('PersistentVolumeClaim')
    .filter((claim) => claim.status?.phase === 'Pending' && claim.metadata.deletionTimestamp === undefined)

/** The newest event of a reason about a claim. */
export const claimEvent = (
  view: ClusterView,
  claim: PersistentVolumeClaim,
  ...reasons: readonly string[]
): Event | undefined => view.eventsFor(refOf(claim)).findLast((event) => reasons.includes(event.reason ?? ''))

/**
 * Whether the claim waits for its first consumer: its class binds late and no pod that needs it is waiting for volumes.
 * That is how it should be.
 */
export const waitsForConsumer = (view: ClusterView, claim: PersistentVolumeClaim): boolean => {
  if (podsMounting(view, claim).length > 0) return false
  const late = classOf(view, claim)?.volumeBindingMode === 'WaitForFirstConsumer'
  return late || claimEvent(view, claim, 'WaitForFirstConsumer') !== undefined
}

/** The pods that wait for a claim, and their workloads. */
export const hurtBy = (view: ClusterView, claim: PersistentVolumeClaim): readonly ObjectRef[] => {
  const refs = podsMounting(view, claim).flatMap((pod) => [refOf(pod), view.workloadOf(pod).ref])
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()]
}
