import { type Pod, refOf } from '../../domain/kubernetes.ts'
import { containersOf, isAboutContainer, type PodContainer } from '../../domain/pod-containers.ts'
import { type StartProblem, startProblem } from '../../domain/start-message.ts'
import { latest } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'

/** A container that the kubelet or the runtime cannot start, with what was said about it. */
export type StartFailure = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly reason: string
  readonly message: string
  readonly problem: StartProblem
  readonly at?: string
  /** `status` where an API field says it, `event` where only an event does. */
  readonly from: 'status' | 'event'
}

const waitingReasons = new Set([
  'CreateContainerError',
  'CreateContainerConfigError',
  'RunContainerError',
  'StartError',
  'ContainerCannotRun',
  'PostStartHookError',
  'PreStartHookError',
  'PreCreateHookError',
])
const exitReasons = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError'])

type Told = {
  readonly reason: string
  readonly message: string
  readonly at?: string
  readonly from: StartFailure['from']
}

const fromEvents = (view: ClusterView, pod: Pod, unit: PodContainer, reason: string): Told | undefined => {
  const event = view
    .eventsFor(refOf(pod))
    .findLast(
      (one) =>
        one.reason === 'Failed' &&
        isAboutContainer(one.regarding.fieldPath, unit.name) &&
        one.note !== undefined &&
        !/pull|ErrImage|ImagePullBackOff|InvalidImageName/i.test(one.note) &&
        one.note.length > 25,
    )
  if (event?.note === undefined) return undefined
  return { reason, message: event.note, from: 'event', ...(event.lastSeen === undefined ? {} : { at: event.lastSeen }) }
}

const told = (view: ClusterView, pod: Pod, unit: PodContainer): Told | undefined => {
  const { state, lastState } = unit.status ?? {}
  if (state?.running !== undefined) return undefined
  const waiting = state?.waiting
  if (waiting?.reason !== undefined && waitingReasons.has(waiting.reason)) {
    const exit = lastState?.terminated
    const own =
      (waiting.message ?? '').length > 12
        ? waiting.message
        : exitReasons.has(exit?.reason ?? '')
          ? exit?.message
          : undefined
    if (own !== undefined) return { reason: waiting.reason, message: own, from: 'status' }
    return (
      fromEvents(view, pod, unit, waiting.reason) ?? {
        reason: waiting.reason,
        message: waiting.message ?? '',
        from: 'status',
      }
    )
  }
  const exit = state?.terminated ?? (waiting?.reason === 'CrashLoopBackOff' ? lastState?.terminated : undefined)
  if (exit?.reason === undefined || !exitReasons.has(exit.reason)) return undefined
  if (exit.message === undefined)
    return fromEvents(view, pod, unit, exit.reason) ?? { reason: exit.reason, message: '', from: 'status' }
  return {
    reason: exit.reason,
    message: exit.message,
    from: 'status',
    ...(exit.finishedAt === undefined ? {} : { at: exit.finishedAt }),
  }
}

const cache = new WeakMap<ClusterView, readonly StartFailure[]>()

/** Every container that cannot be started now, in pod order. Computed once per view. */
export const startFailures = (view: ClusterView): readonly StartFailure[] => {
  const known = cache.get(view)
  if (known !== undefined) return known
  const found = view.all('Pod').flatMap((pod) => {
    if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === 'Succeeded') return []
    return containersOf(pod).flatMap((unit) => {
      const said = told(view, pod, unit)
      if (said === undefined) return []
      const at = latest([
        said.at,
        ...view
          .eventsFor(refOf(pod))
          .filter((event) => event.reason === 'Failed')
          .map((event) => event.lastSeen),
      ])
      return [
        {
          pod,
          workload: view.workloadOf(pod),
          unit,
          ...said,
          problem: startProblem(said.message),
          ...(at === undefined ? {} : { at }),
        },
      ]
    })
  })
  cache.set(view, found)
  return found
}
