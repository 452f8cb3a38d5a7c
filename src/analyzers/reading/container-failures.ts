import { conditionOf } from '../../domain/at.ts'
import { type Event, type Job, type Pod, type Probe, refOf, type StateTerminated } from '../../domain/kubernetes.ts'
import { isTrouble, type LogDigest, readLog } from '../../domain/log-lines.ts'
import { decidingSign, type LogSign } from '../../domain/log-sign.ts'
import { containersOf, isAboutContainer, type PodContainer } from '../../domain/pod-containers.ts'
import { probeAllowance, probeFailure } from '../../domain/probe.ts'
import { secondsSince, timeOf } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { couldNotRead } from './could-not-read.ts'
import { endedLog, endOf } from './logs.ts'
import { atMemoryLimit } from './memory-use.ts'

/** What ended the run, most certain first: start errors and OOM by status, probes by event, then what the log says. */
export type FailureCause =
  | 'start'
  | 'oom'
  | 'liveness'
  | 'startup'
  | 'hook'
  | 'command'
  | 'unexplained'
  | LogSign['kind']

/** A container whose process keeps ending, or ended and stays down, told with its decisive log. */
export type ContainerFailure = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly cause: FailureCause
  readonly exit?: StateTerminated
  readonly restarts: number
  /** True while it is down or in back-off; false between back-offs. */
  readonly down: boolean
  readonly log?: LogDigest
  readonly sign?: LogSign
  /** The probe event that preceded the kill. */
  readonly probeEvent?: Event
}

const startReasons = new Set(['StartError', 'ContainerCannotRun', 'RunContainerError'])

/** Whether a container that runs again still ends again and again, and not only once or long ago. */
const recurs = (pod: Pod, unit: PodContainer, now: string): boolean => {
  const status = unit.status
  const ended = status?.lastState?.terminated
  const age = secondsSince(ended?.finishedAt, now)
  const restarts = status?.restartCount ?? 0
  if (ended === undefined || age === undefined || restarts < 1 || age < 0) return false
  if (status?.ready === false) return age <= 1800 && (restarts >= 2 || age <= 600)
  if (restarts < 3) return false
  // Up for much longer than the run before it, and than any back-off: what ended the short runs is over.
  const [ran, runs] = [
    secondsSince(ended.startedAt, ended.finishedAt ?? now),
    secondsSince(status?.state?.running?.startedAt, now),
  ]
  if (ran !== undefined && runs !== undefined && runs > Math.max(600, 5 * ran)) return false
  const life = secondsSince(pod.status?.startTime ?? pod.metadata.creationTimestamp, now) ?? 0
  const period = life / restarts
  return age <= 86_400 && (age <= 600 || (age <= 2 * period && life > 3600))
}

type Ending = { readonly exit?: StateTerminated; readonly down: boolean }

const endingOf = (pod: Pod, unit: PodContainer, now: string): Ending | undefined => {
  const { state, lastState } = unit.status ?? {}
  const last = lastState?.terminated
  if (state?.waiting?.reason === 'CrashLoopBackOff')
    return { down: true, ...(last === undefined ? {} : { exit: last }) }
  const ended = state?.terminated
  if (ended !== undefined) {
    if (unit.role === 'sidecar' && pod.status?.phase === 'Failed') return undefined
    const policy = unit.role === 'sidecar' ? 'Always' : (pod.spec?.restartPolicy ?? 'Always')
    const loops = (unit.status?.restartCount ?? 0) >= 2 && policy === 'Always' && unit.role !== 'init'
    return (ended.exitCode ?? 0) !== 0 || loops ? { exit: ended, down: true } : undefined
  }
  if (state?.running === undefined || last === undefined || !recurs(pod, unit, now)) return undefined
  return { exit: last, down: false }
}

// A run of a Job that was retried and went well, or whose CronJob has succeeded since, needs nobody.
const isOver = (view: ClusterView, pod: Pod): boolean => {
  const job = view.owners(pod).find((owner): owner is Job => owner.kind === 'Job')
  if (job === undefined) return false
  const conditions = job.status?.conditions
  if (
    conditionOf(conditions, 'Complete')?.status === 'True' ||
    conditionOf(conditions, 'SuccessCriteriaMet')?.status === 'True'
  )
    return true
  const cron = view.workloadOf(pod).object
  if (cron.kind !== 'CronJob') return false
  const succeeded = timeOf((cron as { status?: { lastSuccessfulTime?: string } }).status?.lastSuccessfulTime)
  const started = timeOf(job.status?.startTime ?? job.metadata.creationTimestamp)
  return succeeded !== undefined && started !== undefined && succeeded > started
}

/** Pods whose end is somebody else's story: deleted, evicted, or already replaced. */
const isAside = (pod: Pod): boolean => {
  if (pod.metadata.deletionTimestamp !== undefined || pod.status?.phase === 'Succeeded') return true
  if (pod.status?.phase !== 'Failed') return false
  return (
    pod.status.reason !== undefined || (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'ReplicaSet')
  )
}

const probeKill = (
  view: ClusterView,
  pod: Pod,
  unit: PodContainer,
  exit: StateTerminated | undefined,
): { cause: 'liveness' | 'startup'; event?: Event } | undefined => {
  if (unit.container?.livenessProbe === undefined && unit.container?.startupProbe === undefined) return undefined
  const events = view.eventsFor(refOf(pod)).filter((event) => isAboutContainer(event.regarding.fieldPath, unit.name))
  const near = (event: Event): boolean => {
    const [seen, ended] = [timeOf(event.lastSeen), timeOf(exit?.finishedAt)]
    return seen === undefined || ended === undefined || Math.abs(seen - ended) < 15 * 60_000
  }
  for (const cause of ['startup', 'liveness'] as const) {
    const killed = events.findLast(
      (event) => event.reason === 'Killing' && new RegExp(`failed ${cause} probe`, 'i').test(event.note ?? ''),
    )
    const unhealthy = events.findLast(
      (event) => event.reason === 'Unhealthy' && new RegExp(`^${cause} probe`, 'i').test(event.note ?? ''),
    )
    const signalled = exit?.exitCode === 137 || exit?.exitCode === 143 || exit?.exitCode === 130
    if (killed !== undefined && near(killed)) return { cause, event: unhealthy ?? killed }
    if (unhealthy !== undefined && signalled && near(unhealthy)) return { cause, event: unhealthy }
  }
  return undefined
}

const told = /SIGTERM|signal: terminated|shutting down|graceful(?:ly)? (?:shutdown|stop)|received (?:signal|term)/i

/**
 * A process that was asked to end, again and again, in a pod that nobody deletes, was ended by the kubelet for its liveness
 * probe. For pods whose events are gone: they are kept for an hour.
 */
const killedUnseen = (
  view: ClusterView,
  pod: Pod,
  unit: PodContainer,
  exit: StateTerminated | undefined,
  log: LogDigest | undefined,
): { cause: 'liveness' | 'startup'; event?: Event } | undefined => {
  const asked = exit?.exitCode === 137 || exit?.exitCode === 143
  const { livenessProbe, startupProbe } = unit.container ?? {}
  if (!asked || exit?.reason !== 'Error' || (livenessProbe ?? startupProbe) === undefined) return undefined
  if ((unit.status?.restartCount ?? 0) < 3 || atMemoryLimit(view, pod, unit)) return undefined
  const seen = view.eventsFor(refOf(pod)).some((event) => event.reason === 'Unhealthy' || event.reason === 'Killing')
  const end = (log?.entries ?? []).slice(-5)
  // Nothing that crashes by its own error ends with SIGTERM; and its last words would tell of one.
  const said = end.some((entry) => told.test(entry.text)) || (end.length > 0 && !end.some(isTrouble))
  if (seen || !said) return undefined
  if (startupProbe !== undefined && ranOutOfStart(pod, startupProbe, exit)) return { cause: 'startup' }
  return livenessProbe === undefined ? undefined : { cause: 'liveness' }
}

/** Whether a run ended just when a start-up probe that never succeeded has used up its threshold, and the time to end after it. */
const ranOutOfStart = (pod: Pod, probe: Probe, exit: StateTerminated | undefined): boolean => {
  const ran = secondsSince(exit?.startedAt, exit?.finishedAt ?? '')
  const allowed = probeAllowance(probe)
  const grace = pod.spec?.terminationGracePeriodSeconds ?? 30
  return ran !== undefined && ran >= allowed - 10 && ran <= allowed + (probe.periodSeconds ?? 10) + grace + 10
}

// The kubelet kills a container whose postStart hook failed.
const hookFailed = (view: ClusterView, pod: Pod, unit: PodContainer): boolean =>
  unit.container?.lifecycle?.postStart !== undefined &&
  view
    .eventsFor(refOf(pod))
    .some(
      (event) =>
        event.reason === 'FailedPostStartHook' &&
        isAboutContainer(event.regarding.fieldPath, unit.name) &&
        (secondsSince(event.lastSeen, view.now) ?? 0) < 3600,
    )

/** Images that hold a shell or an interpreter and nothing that keeps running by itself. */
const bare =
  /(?:^|\/)(?:alpine|busybox|ubuntu|debian|centos|fedora|rockylinux|almalinux|amazonlinux|bash|node|python|openjdk|golang|ruby)(?::|@|$)/

const hasNothingToRun = ({ container, role }: PodContainer, exit: StateTerminated | undefined): boolean =>
  role === 'main' &&
  exit?.exitCode === 0 &&
  container?.command === undefined &&
  container?.args === undefined &&
  bare.test(container?.image ?? '')

const digestFor = (view: ClusterView, pod: Pod, unit: PodContainer, ending: Ending): LogDigest | undefined => {
  const log = endedLog(view, pod, unit.name, !ending.down)
  if (log !== undefined) return endOf(log)
  const message = ending.exit?.message
  return message === undefined || startReasons.has(ending.exit?.reason ?? '') ? undefined : readLog(message)
}

const failureOf = (view: ClusterView, pod: Pod, unit: PodContainer): ContainerFailure | undefined => {
  const ending = endingOf(pod, unit, view.now)
  if (ending === undefined) return undefined
  const { exit, down } = ending
  const log = digestFor(view, pod, unit, ending)
  const killed = probeKill(view, pod, unit, exit) ?? killedUnseen(view, pod, unit, exit, log)
  const sign = log === undefined ? undefined : decidingSign(log)
  const cause = (): FailureCause => {
    if (exit?.reason !== undefined && startReasons.has(exit.reason)) return 'start'
    if (exit?.reason === 'OOMKilled') return 'oom'
    if (killed !== undefined) return killed.cause
    if (hookFailed(view, pod, unit)) return 'hook'
    if (exit?.exitCode === 137 && sign === undefined && atMemoryLimit(view, pod, unit)) return 'oom'
    if (sign !== undefined) return sign.kind
    if (hasNothingToRun(unit, exit) && log === undefined) return 'command'
    return exit?.exitCode === 127 || exit?.exitCode === 126 ? 'command' : 'unexplained'
  }
  return {
    pod,
    workload: view.workloadOf(pod),
    unit,
    cause: cause(),
    ...(exit === undefined ? {} : { exit }),
    restarts: unit.status?.restartCount ?? 0,
    down,
    ...(log === undefined ? {} : { log }),
    ...(sign === undefined ? {} : { sign }),
    ...(killed?.event === undefined ? {} : { probeEvent: killed.event }),
  }
}

/** Killed for a probe in which the process itself said that it is not well: what its log tells is the reason. */
export const isUnwellBySelf = ({ cause, probeEvent }: ContainerFailure): boolean => {
  if (cause !== 'liveness' && cause !== 'startup') return false
  const told = probeFailure(probeEvent?.note ?? '')
  return told.kind === 'exec' || told.kind === 'grpc' || told.kind === 'timeout' || (told.status ?? 0) >= 500
}

/** A run that failed is news only where its Job, or the CronJob's next run, did not make it good: who cannot see them cannot tell. */
const isOfUnreadJob = (view: ClusterView, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' &&
  (pod.metadata.ownerReferences ?? []).some(({ kind }) => kind === 'Job') &&
  couldNotRead(view, 'jobs', 'cronjobs')

const cache = new WeakMap<ClusterView, readonly ContainerFailure[]>()

/**
 * Every container whose process fails now, in pod order, each with one cause. Single restarts that were survived, finished
 * Jobs, evicted and replaced pods are left out. Computed once per view.
 */
export const containerFailures = (view: ClusterView): readonly ContainerFailure[] => {
  const known = cache.get(view)
  if (known !== undefined) return known
  const found = view.all('Pod').flatMap((pod) => {
    if (isAside(pod) || isOfUnreadJob(view, pod)) return []
    const failures = containersOf(pod).flatMap((unit) => failureOf(view, pod, unit) ?? [])
    return failures.length === 0 || isOver(view, pod) ? [] : failures
  })
  cache.set(view, found)
  return found
}
