import { conditionOf } from '../../domain/at.ts'
import { type Event, type Pod, type Probe, refOf } from '../../domain/kubernetes.ts'
import { containersOf, isAboutContainer, type PodContainer } from '../../domain/pod-containers.ts'
import { probeAllowance } from '../../domain/probe.ts'
import { lasted, secondsSince, within } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { containerFailures } from './container-failures.ts'

/** A probe that keeps a container from being used, or that the kubelet kills it for. */
export type ProbeTrouble = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly which: 'liveness' | 'readiness' | 'startup'
  readonly probe: Probe | undefined
  /** The newest Unhealthy event, where there is one still. */
  readonly event?: Event
  readonly restarts: number
}

const unhealthy = (view: ClusterView, pod: Pod, unit: PodContainer, which: string): Event | undefined =>
  view
    .eventsFor(refOf(pod))
    .findLast(
      (event) =>
        event.reason === 'Unhealthy' &&
        isAboutContainer(event.regarding.fieldPath, unit.name) &&
        (event.note ?? '').toLowerCase().startsWith(which),
    )

const notReady = (view: ClusterView, pod: Pod, unit: PodContainer): ProbeTrouble | undefined => {
  const { status, container } = unit
  const startedAt = status?.state?.running?.startedAt
  if (status?.state?.running === undefined || status.ready !== false || unit.role === 'init') return undefined
  const base = { pod, workload: view.workloadOf(pod), unit, restarts: status.restartCount ?? 0 }
  if (status.started === false && container?.startupProbe !== undefined) {
    const event = unhealthy(view, pod, unit, 'startup')
    const overdue = lasted(startedAt, view.now, probeAllowance(container.startupProbe) + 30)
    if (!overdue && (event === undefined || (status.restartCount ?? 0) === 0)) return undefined
    return { ...base, which: 'startup', probe: container.startupProbe, ...(event === undefined ? {} : { event }) }
  }
  if (container?.readinessProbe === undefined) return undefined
  const grace = Math.max(120, probeAllowance(container.readinessProbe) + 60)
  if (!lasted(startedAt, view.now, grace)) return undefined
  const unreadyFor = secondsSince(conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime, view.now)
  if (unreadyFor !== undefined && unreadyFor < 60) return undefined
  const event = unhealthy(view, pod, unit, 'readiness')
  return { ...base, which: 'readiness', probe: container.readinessProbe, ...(event === undefined ? {} : { event }) }
}

// Kills that are frequent, but after which the container happens to be ready at this moment.
const killedLately = (view: ClusterView, pod: Pod, unit: PodContainer): ProbeTrouble | undefined => {
  const restarts = unit.status?.restartCount ?? 0
  if (restarts < 2 || unit.status?.state?.running === undefined) return undefined
  for (const which of ['liveness', 'startup'] as const) {
    const probe = which === 'liveness' ? unit.container?.livenessProbe : unit.container?.startupProbe
    const kill = view
      .eventsFor(refOf(pod))
      .findLast(
        (event) =>
          event.reason === 'Killing' &&
          isAboutContainer(event.regarding.fieldPath, unit.name) &&
          new RegExp(`failed ${which} probe`, 'i').test(event.note ?? ''),
      )
    if (probe === undefined || kill === undefined || (kill.count ?? 1) < 2 || !within(kill.lastSeen, view.now, 900))
      continue
    const event = unhealthy(view, pod, unit, which) ?? kill
    return { pod, workload: view.workloadOf(pod), unit, which, probe, event, restarts }
  }
  return undefined
}

const live = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && pod.status?.phase === 'Running'

/** Every probe that fails now: kills first, then containers that run and are not ready although they had the time. */
export const probeTroubles = (view: ClusterView): readonly ProbeTrouble[] => {
  const failures = containerFailures(view)
  const key = (pod: Pod, name: string): string => `${pod.metadata.namespace ?? ''}/${pod.metadata.name}/${name}`
  const failing = new Set(failures.map((one) => key(one.pod, one.unit.name)))
  const killed = failures.flatMap((one): ProbeTrouble[] => {
    if (one.cause !== 'liveness' && one.cause !== 'startup') return []
    const probe = one.cause === 'liveness' ? one.unit.container?.livenessProbe : one.unit.container?.startupProbe
    return [
      {
        pod: one.pod,
        workload: one.workload,
        unit: one.unit,
        which: one.cause,
        probe,
        restarts: one.restarts,
        ...(one.probeEvent === undefined ? {} : { event: one.probeEvent }),
      },
    ]
  })
  const others = view
    .all('Pod')
    .filter(live)
    .flatMap((pod) =>
      containersOf(pod).flatMap((unit) =>
        failing.has(key(pod, unit.name)) ? [] : (killedLately(view, pod, unit) ?? notReady(view, pod, unit) ?? []),
      ),
    )
  return [...killed, ...others]
}
