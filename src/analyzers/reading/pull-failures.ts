import { type Event, type Pod, refOf } from '../../domain/kubernetes.ts'
import { containersOf, isAboutContainer, type PodContainer } from '../../domain/pod-containers.ts'
import { type PullProblem, pullProblem } from '../../domain/pull-message.ts'
import { timeOf } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'

/** A container that waits for an image that cannot be pulled now. */
export type PullFailure = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly image: string
  readonly problem: PullProblem
  /** The most telling text of status or events. */
  readonly message: string
  readonly from: 'status' | 'event'
  readonly at?: string
}

const reasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])

const failedPulls = (view: ClusterView, pod: Pod, unit: PodContainer, image: string): readonly Event[] =>
  view
    .eventsFor(refOf(pod))
    .filter(
      (event) =>
        isAboutContainer(event.regarding.fieldPath, unit.name) &&
        /^(?:Failed|InspectFailed|ErrImageNeverPull|ErrImagePull)$/.test(event.reason ?? '') &&
        (event.note?.includes(image) === true || /InvalidImageName|ErrImageNeverPull/.test(event.note ?? '')),
    )

const failureOf = (view: ClusterView, pod: Pod, unit: PodContainer): PullFailure | undefined => {
  const waiting = unit.status?.state?.waiting
  if (waiting?.reason === undefined || !reasons.has(waiting.reason)) return undefined
  const image = unit.container?.image ?? unit.status?.image ?? 'its image'
  const base = { pod, workload: view.workloadOf(pod), unit, image }
  const own = `${waiting.reason === 'ImagePullBackOff' ? '' : `${waiting.reason}: `}${waiting.message ?? ''}`
  const problem = pullProblem(own)
  if (problem !== 'unsaid') return { ...base, problem, message: waiting.message ?? waiting.reason, from: 'status' }
  const told = failedPulls(view, pod, unit, image)
    .map((event) => ({ event, problem: pullProblem(event.note ?? '') }))
    .filter((one) => one.problem !== 'unsaid')
    .sort((a, b) => (timeOf(a.event.lastSeen) ?? 0) - (timeOf(b.event.lastSeen) ?? 0))
    .at(-1)
  if (told === undefined) return { ...base, problem, message: waiting.message ?? waiting.reason, from: 'status' }
  return {
    ...base,
    problem: told.problem,
    message: told.event.note ?? '',
    from: 'event',
    ...(told.event.lastSeen === undefined ? {} : { at: told.event.lastSeen }),
  }
}

const cache = new WeakMap<ClusterView, readonly PullFailure[]>()

/** Every container that waits for its image after a failed pull, in pod order. Computed once per view. */
export const pullFailures = (view: ClusterView): readonly PullFailure[] => {
  const known = cache.get(view)
  if (known !== undefined) return known
  const found = view
    .all('Pod')
    .filter(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined &&
        pod.status?.phase !== 'Succeeded' &&
        pod.status?.phase !== 'Failed',
    )
    .flatMap((pod) => containersOf(pod).flatMap((unit) => failureOf(view, pod, unit) ?? []))
  cache.set(view, found)
  return found
}
