import { conditionOf } from '../../domain/at.ts'
import type { Event, Pod } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { refKey } from '../../domain/object.ts'
import { earliest, timeOf, within } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { couldNotRead } from './could-not-read.ts'

/** The pods of one workload that wait for a node, and what the scheduler last said about them. */
export type Unscheduled = {
  readonly workload: Workload
  readonly pods: readonly Pod[]
  /** The pod that the message is about, else the first. */
  readonly example: Pod
  readonly message?: string
  readonly messageAt?: string
  readonly since?: string
}

/** A pod that the scheduler should place and has not: pending, on no node, not gated, not being deleted. */
export const isUnscheduled = (pod: Pod): boolean =>
  pod.spec?.nodeName === undefined &&
  (pod.status?.phase === undefined || pod.status.phase === 'Pending') &&
  pod.metadata.deletionTimestamp === undefined &&
  (pod.spec?.schedulingGates ?? []).length === 0 &&
  conditionOf(pod.status?.conditions, 'PodScheduled')?.status !== 'True'

/** The newest event of one of these reasons about an object. */
export const newestEvent = (view: ClusterView, pod: Pod, reasons: readonly string[]): Event | undefined =>
  view.eventsFor(refOf(pod)).findLast((event) => event.reason !== undefined && reasons.includes(event.reason))

const said = (view: ClusterView, pod: Pod): { readonly text?: string; readonly at?: string } => {
  const condition = conditionOf(pod.status?.conditions, 'PodScheduled')
  const event = newestEvent(view, pod, ['FailedScheduling'])
  const text = condition?.message ?? event?.note
  const at = event?.lastSeen ?? condition?.lastTransitionTime
  return { ...(text === undefined ? {} : { text }), ...(at === undefined ? {} : { at }) }
}

/** Whether an autoscaler has just ordered a node for the pod and has not given up on it, or room is being made by preemption. */
export const nodeOnItsWay = (view: ClusterView, pod: Pod): boolean => {
  if (pod.status?.nominatedNodeName !== undefined && within(pod.metadata.creationTimestamp, view.now, 180)) return true
  // Whether a node was ordered stands in events only.
  if (couldNotRead(view, 'events') && within(pod.metadata.creationTimestamp, view.now, 600)) return true
  const ordered = newestEvent(view, pod, ['TriggeredScaleUp', 'Nominated'])
  if (ordered === undefined || !within(ordered.lastSeen, view.now, 600)) return false
  const refused = newestEvent(view, pod, ['NotTriggerScaleUp', 'FailedToScaleUp', 'FailedScaleUp'])
  return (timeOf(refused?.lastSeen) ?? 0) <= (timeOf(ordered.lastSeen) ?? 0)
}

const groupOf = (view: ClusterView, workload: Workload, pods: readonly Pod[]): Unscheduled | undefined => {
  const [first] = pods
  if (first === undefined) return undefined
  const messages = pods.map((pod) => ({ pod, ...said(view, pod) }))
  const best = messages.find((one) => one.text?.includes('nodes are available')) ?? messages.find((one) => one.text)
  const since = earliest(
    pods.map((pod) => {
      const condition = conditionOf(pod.status?.conditions, 'PodScheduled')
      return condition?.lastTransitionTime ?? pod.metadata.creationTimestamp
    }),
  )
  return {
    workload,
    pods,
    example: best?.pod ?? first,
    ...(best?.text === undefined ? {} : { message: best.text }),
    ...(best?.at === undefined ? {} : { messageAt: best.at }),
    ...(since === undefined ? {} : { since }),
  }
}

/**
 * The pods that wait for a node, by workload. Those for which an autoscaler's node is on its way are left out.
 */
export const unscheduledPods = (view: ClusterView): readonly Unscheduled[] => {
  const groups = new Map<string, { readonly workload: Workload; readonly pods: Pod[] }>()
  for (const pod of view.all('Pod')) {
    if (!isUnscheduled(pod) || nodeOnItsWay(view, pod)) continue
    const workload = view.workloadOf(pod)
    const key = refKey(workload.ref)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { workload, pods: [pod] })
    else group.pods.push(pod)
  }
  return [...groups.values()].flatMap(({ workload, pods }) => groupOf(view, workload, pods) ?? [])
}
