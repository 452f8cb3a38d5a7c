import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import {
  type DaemonSet,
  type Deployment,
  type Job,
  type KubeObject,
  refOf,
  type StatefulSet,
} from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { isLive } from '../domain/pod-state.ts'
import { lasted, latest } from '../domain/time.ts'
import { count } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isReady } from './reading/workload-health.ts'

const patience = 600

/** How many pods an owner wants, how many its controller has made, and since when that may be so. */
type Shortage = { readonly owner: KubeObject; readonly wanted: number; readonly made: number; readonly since?: string }

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

const findingOf = (view: ClusterView, { owner, wanted, made: told, since }: Shortage): Finding | undefined => {
  const own = refOf(owner)
  const pods = view.podsOf(own).filter(isLive)
  const made = Math.max(told, pods.length)
  if (made >= wanted || owner.metadata.deletionTimestamp !== undefined || !lasted(since, view.now, patience))
    return undefined
  // Pods that are there and not ready have a trouble of their own, and hold back those that come after them.
  if (pods.some((pod) => !isReady(pod))) return undefined
  const object = owner.kind === 'Job' ? view.workloadOf(owner).ref : own
  return {
    code: 'rollout-stuck',
    severity: made === 0 ? 'critical' : 'warning',
    object,
    summary: `${object.kind} ${object.name}: only ${made} of ${count(wanted, 'wanted pod')} ${made === 1 ? 'was' : 'were'} made, and nothing that was read says why`,
    evidence: [observe('status', own, `${wanted} wanted, ${made} made`, since)],
    confidence: 0.5,
    symptom: true,
    affects: [own],
    dependsOn: [own],
    ...(since === undefined ? {} : { since }),
    fix: [
      `${kubectl(own, 'describe')} (events older than an hour are gone: quota, admission or a missing account may refuse the pods)`,
    ],
  }
}

/** Owners whose pods are not made at all: an effect of what refuses them, or of a controller that does not react. */
export const analyzer: Analyzer = {
  id: 'pods-missing',
  codes: ['rollout-stuck'],
  needs: ['deployments', 'statefulsets', 'daemonsets'],
  analyze: (view) =>
    [
      ...view.all('Deployment').map(ofDeployment),
      ...view.all('StatefulSet').map(ofStatefulSet),
      ...view.all('DaemonSet').map(ofDaemonSet),
      ...view.all('Job').map(ofJob),
    ].flatMap((one) => findingOf(view, one) ?? []),
}
