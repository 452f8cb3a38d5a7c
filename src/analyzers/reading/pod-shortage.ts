import { conditionOf } from '../../domain/at.ts'
import {
  type DaemonSet,
  type Deployment,
  type Job,
  type KubeObject,
  type ReplicaSet,
  refOf,
  type StatefulSet,
} from '../../domain/kubernetes.ts'
import { isLive } from '../../domain/pod-state.ts'
import { lasted, latest } from '../../domain/time.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { isReady } from './workload-health.ts'

/** How many pods an owner wants, how many its controller has made, and since when that may be so. */
export type Shortage = {
  readonly owner: KubeObject
  readonly wanted: number
  readonly made: number
  readonly since?: string
}

/** When somebody last changed what is wanted; its creation, where nothing else is told. */
const askedAt = (owner: KubeObject): string | undefined =>
  latest([
    owner.metadata.creationTimestamp,
    ...(owner.metadata.managedFields ?? []).flatMap((one) => (one.subresource === 'status' ? [] : (one.time ?? []))),
  ])

const shortage = (owner: KubeObject, wanted: number, made: number, since = askedAt(owner)): Shortage => ({
  owner,
  wanted,
  made,
  ...(since === undefined ? {} : { since }),
})

const ofDeployment = (owner: Deployment): Shortage =>
  shortage(
    owner,
    owner.spec?.paused === true ? 0 : (owner.spec?.replicas ?? 1),
    owner.status?.replicas ?? 0,
    latest([askedAt(owner), conditionOf(owner.status?.conditions, 'Progressing')?.lastTransitionTime]),
  )

const ofReplicaSet = (owner: ReplicaSet): Shortage =>
  shortage(owner, owner.spec?.replicas ?? 1, owner.status?.replicas ?? 0)

const ofStatefulSet = (owner: StatefulSet): Shortage =>
  shortage(owner, owner.spec?.replicas ?? 1, owner.status?.replicas ?? 0)

const ofDaemonSet = (owner: DaemonSet): Shortage =>
  shortage(owner, owner.status?.desiredNumberScheduled ?? 0, owner.status?.currentNumberScheduled ?? 0)

/** A Job that has begun and for which no pod was ever made. */
const ofJob = (owner: Job): Shortage => {
  const { active = 0, succeeded = 0, failed = 0, conditions = [], startTime } = owner.status ?? {}
  const begun = startTime !== undefined && owner.spec?.suspend !== true && conditions.length === 0
  return shortage(owner, begun ? 1 : 0, active + succeeded + failed, startTime)
}

const holds = (view: ClusterView, { owner, wanted, made, since }: Shortage, patience: number): Shortage | undefined => {
  const pods = view.podsOf(refOf(owner)).filter(isLive)
  const known = Math.max(made, pods.length)
  if (known >= wanted || owner.metadata.deletionTimestamp !== undefined || !lasted(since, view.now, patience))
    return undefined
  // Pods that are there and not ready have a trouble of their own, and hold back those that come after them.
  return pods.some((pod) => !isReady(pod))
    ? undefined
    : { owner, wanted, made: known, ...(since === undefined ? {} : { since }) }
}

/** Owners that lack pods which nobody made for so many seconds, while those that are there are ready. */
export const podShortages = (view: ClusterView, patience: number): readonly Shortage[] =>
  [
    ...view.all('Deployment').map(ofDeployment),
    ...view.all('StatefulSet').map(ofStatefulSet),
    ...view.all('DaemonSet').map(ofDaemonSet),
    ...view.all('Job').map(ofJob),
  ].flatMap((one) => holds(view, one, patience) ?? [])

/** ReplicaSets that lack pods: also that of a new revision, while the pods of the old one keep the Deployment's number up. */
export const replicaSetShortages = (view: ClusterView, patience: number): readonly Shortage[] =>
  view
    .all('ReplicaSet')
    .map(ofReplicaSet)
    .flatMap((one) => holds(view, one, patience) ?? [])
