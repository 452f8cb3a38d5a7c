import type { ContainerStatus, PersistentVolumeClaim, Pod } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { refKey } from '../../domain/object.ts'
import { isFinished, isPodReady } from '../../domain/pod-state.ts'
import { within } from '../../domain/time.ts'
import type { ClusterView } from '../../snapshot/view.ts'

const mostPods = 20
const mostPodsOfWorkload = 2
const recent = 1800

const statusesOf = (pod: Pod): readonly ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
]

const endedBadly = (view: ClusterView, { state, lastState }: ContainerStatus): boolean => {
  if (state?.waiting?.reason === 'CrashLoopBackOff') return true
  const ended = state?.terminated ?? lastState?.terminated
  return ended !== undefined && ended.exitCode !== 0 && within(ended.finishedAt, view.now, recent)
}

const probesFail = (view: ClusterView, pod: Pod): boolean =>
  view.eventsFor(refOf(pod)).some((event) => event.reason === 'Unhealthy' && within(event.lastSeen, view.now, recent))

/** 0: nothing to measure. Higher: sooner. */
const trouble = (view: ClusterView, pod: Pod, focus: string | undefined): number => {
  const { name } = pod.metadata
  const asked = focus !== undefined && (name === focus || name.startsWith(`${focus}-`)) ? 4 : 0
  if (pod.status?.phase === 'Succeeded') return 0
  if (statusesOf(pod).some((status) => endedBadly(view, status))) return asked + 3
  if (isFinished(pod)) return asked
  if (pod.spec?.nodeName !== undefined && !isPodReady(pod)) return asked + 2
  return asked + (probesFail(view, pod) ? 1 : 0)
}

/** The pods that metrics could say more about: at most 20, two of a workload, the worst first. `focus` is a name that was asked about. */
export const failingPods = (view: ClusterView, focus?: string): readonly Pod[] => {
  const perWorkload = new Map<string, number>()
  return view
    .all('Pod')
    .map((pod) => ({ pod, urgency: trouble(view, pod, focus) }))
    .filter(({ urgency }) => urgency > 0)
    .sort((a, b) => b.urgency - a.urgency)
    .filter(({ pod }) => {
      const key = refKey(view.workloadOf(pod).ref)
      const known = perWorkload.get(key) ?? 0
      perWorkload.set(key, known + 1)
      return known < mostPodsOfWorkload
    })
    .slice(0, mostPods)
    .map(({ pod }) => pod)
}

/** The claims that these pods mount and that the view holds. */
export const claimsMounted = (view: ClusterView, pods: readonly Pod[]): readonly PersistentVolumeClaim[] => {
  const claims = pods.flatMap((pod) =>
    (pod.spec?.volumes ?? []).flatMap(({ name = '', persistentVolumeClaim, ephemeral }) => {
      const generic = ephemeral === undefined ? undefined : `${pod.metadata.name}-${name}`
      const claim = persistentVolumeClaim?.claimName ?? generic
      return claim === undefined ? [] : (view.get('PersistentVolumeClaim', pod.metadata.namespace, claim) ?? [])
    }),
  )
  return [...new Set(claims)]
}
