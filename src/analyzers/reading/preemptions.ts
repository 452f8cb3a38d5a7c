import { conditionOf } from '../../domain/at.ts'
import { type Event, type Pod, refOf } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { within } from '../../domain/time.ts'
import { short } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** A pod that lost its place to one of higher priority, and who said so. */
export type Preemption = {
  readonly pod: string
  readonly text: string
  readonly at?: string
  readonly about: ObjectRef
}

const byEvent = (event: Event): Preemption => ({
  pod: event.regarding.name ?? '',
  text: short(event.note ?? 'Preempted'),
  about: {
    apiVersion: 'v1',
    kind: 'Pod',
    ...(event.regarding.namespace === undefined ? {} : { namespace: event.regarding.namespace }),
    name: event.regarding.name ?? '',
  },
  ...(event.lastSeen === undefined ? {} : { at: event.lastSeen }),
})

const byStatus = (pod: Pod): Preemption | undefined => {
  const target = conditionOf(pod.status?.conditions, 'DisruptionTarget')
  const told = target?.status === 'True' && target.reason === 'PreemptionByScheduler'
  const kubelet = pod.status?.reason === 'Preempting' || pod.status?.reason === 'Preempted'
  if (!told && !kubelet) return undefined
  const at = target?.lastTransitionTime
  return {
    pod: pod.metadata.name,
    text: short((told ? target?.message : pod.status?.message) ?? 'preempted by a pod of higher priority'),
    about: refOf(pod),
    ...(at === undefined ? {} : { at }),
  }
}

/** Preemptions of the last six hours, by event and by what is left of the pods. */
export const recentPreemptions = (view: ClusterView): readonly Preemption[] =>
  [...view.eventsByReason('Preempted').map(byEvent), ...view.all('Pod').flatMap((pod) => byStatus(pod) ?? [])].filter(
    (one) => within(one.at, view.now, 6 * 3600),
  )

/** Whether the pod belonged to a workload, by its name: the pod itself is mostly gone. */
export const wasPartOf = (workload: ObjectRef, preemption: Preemption): boolean =>
  workload.namespace === preemption.about.namespace &&
  (workload.name === preemption.pod || preemption.pod.startsWith(`${workload.name}-`))
