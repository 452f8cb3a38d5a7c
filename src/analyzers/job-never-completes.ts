import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Job, type Pod, refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { containersOf, type PodContainer } from '../domain/pod-containers.ts'
import { lasted, secondsSince, timeOf } from '../domain/time.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { named } from './reading/by-workload.ts'

const proxies =
  /istio-proxy|linkerd-proxy|envoy|cloud-?sql-proxy|vault-agent|consul|dapr|fluent|filebeat|datadog|otel|sidecar|proxy|agent/i

type Held = {
  readonly job: Job
  readonly pod: Pod
  readonly workload: Workload
  readonly done: readonly PodContainer[]
  readonly running: readonly PodContainer[]
  readonly since?: string
}

const jobOf = (view: ClusterView, pod: Pod): Job | undefined =>
  view.owners(pod).find((owner): owner is Job => owner.kind === 'Job')

// The work is done, but a container that never ends keeps the pod, and so the Job, alive.
const held = (view: ClusterView, pod: Pod): Held | undefined => {
  const job = jobOf(view, pod)
  if (job === undefined || pod.metadata.deletionTimestamp !== undefined || pod.status?.phase !== 'Running')
    return undefined
  const main = containersOf(pod).filter((unit) => unit.role === 'main')
  const done = main.filter((unit) => unit.status?.state?.terminated?.exitCode === 0)
  const running = main.filter((unit) => unit.status?.state?.running !== undefined)
  if (done.length === 0 || running.length === 0 || done.length + running.length < main.length) return undefined
  const since = done
    .map((unit) => unit.status?.state?.terminated?.finishedAt)
    .sort()
    .at(-1)
  // Two workers of one pod may end minutes apart; a known proxy that outlives the work is soon plain.
  const patience = running.every((unit) => proxies.test(`${unit.name} ${unit.container?.image ?? ''}`)) ? 300 : 3600
  if (!lasted(since, view.now, patience)) return undefined
  return { job, pod, workload: view.workloadOf(pod), done, running, ...(since === undefined ? {} : { since }) }
}

const heldFinding = (one: Held): Finding => {
  const { job, workload } = one
  const names = one.running.map((unit) => unit.name).join(', ')
  const done = one.done.map((unit) => unit.name).join(', ')
  return {
    code: 'job-never-completes',
    severity: 'warning',
    object: workload.ref,
    summary: `${named(workload)}: container ${done} has finished its work (exit 0), but ${names} keeps running, so Job ${job.metadata.name} never completes`,
    evidence: [
      observe(
        'status',
        refOf(one.pod),
        `container ${done}: terminated with exit code 0; container ${names}: still running`,
        one.since,
      ),
    ],
    confidence: 0.92,
    affects: [refOf(job), refOf(one.pod)],
    ...(one.since === undefined ? {} : { since: one.since }),
    fix: [
      `Make ${names} a native sidecar (an init container with restartPolicy: Always, Kubernetes 1.29 and later), which ends with the work: ${kubectl(workload.ref, 'edit')}`,
      'Or let the main container stop it at its end (for Istio: POST to localhost:15020/quitquitquit), or keep it out of Jobs (sidecar.istio.io/inject: "false")',
    ],
    prevention: ['Set activeDeadlineSeconds on Jobs, and inject sidecars into Jobs only as native sidecars.'],
    facts: { container: one.running[0]?.name ?? '', job: job.metadata.name },
  }
}

const durationOf = (job: Job): number | undefined => {
  const [start, end] = [timeOf(job.status?.startTime), timeOf(job.status?.completionTime)]
  return start === undefined || end === undefined ? undefined : (end - start) / 1000
}

// A run that lasts far longer than any that completed before it.
const overlong = (view: ClusterView, job: Job): Finding | undefined => {
  const workload = view.workloadOf(job)
  const active = job.status?.active ?? 0
  if (
    workload.ref.kind !== 'CronJob' ||
    active === 0 ||
    job.spec?.suspend === true ||
    conditionOf(job.status?.conditions, 'Complete')?.status === 'True'
  )
    return undefined
  const age = secondsSince(job.status?.startTime, view.now)
  const before = view
    .all('Job')
    .filter(
      (other) =>
        other !== job &&
        other.metadata.namespace === job.metadata.namespace &&
        view.workloadOf(other).ref.name === workload.ref.name,
    )
    .flatMap((other) => durationOf(other) ?? [])
  const longest = Math.max(0, ...before)
  if (age === undefined || before.length < 2 || age < Math.max(1800, longest * 5)) return undefined
  const pods = view.podsOf(refOf(job))
  if (pods.length > 0 && !pods.some((pod) => pod.status?.phase === 'Running')) return undefined
  const hours = (seconds: number): string =>
    seconds >= 7200 ? `${Math.round(seconds / 3600)} h` : `${Math.max(1, Math.round(seconds / 60))} min`
  return {
    code: 'job-never-completes',
    severity: 'warning',
    object: workload.ref,
    summary: `${named(workload)}: run ${job.metadata.name} has been running for ${hours(age)}; the longest of ${before.length} runs before took ${hours(longest)}`,
    evidence: [
      observe('status', refOf(job), `active ${active} since ${job.status?.startTime ?? '?'}`, job.status?.startTime),
    ],
    confidence: 0.75,
    affects: [refOf(job), ...pods.map(refOf)],
    ...(job.status?.startTime === undefined ? {} : { since: job.status.startTime }),
    fix: [
      `See what it waits for: ${kubectl(refOf(job), 'logs', '--all-pods --tail=50')}`,
      `Give runs a bound: activeDeadlineSeconds in the jobTemplate of ${kubectl(workload.ref, 'edit')}`,
    ],
    prevention: ['Set activeDeadlineSeconds on Jobs.'],
    facts: { job: job.metadata.name },
  }
}

/** Jobs whose work is done or overdue and that go on: sidecars that never end, runs far longer than those before. */
export const analyzer: Analyzer = {
  id: 'job-never-completes',
  codes: ['job-never-completes'],
  needs: ['jobs', 'pods'],
  analyze: (view) => {
    const stuck = view.all('Pod').flatMap((pod) => held(view, pod) ?? [])
    const seen = new Set(stuck.map((one) => `${one.job.metadata.namespace}/${one.job.metadata.name}`))
    const byWorkloadName = new Map(
      stuck.map((one) => [`${one.workload.ref.kind}/${one.workload.ref.namespace}/${one.workload.ref.name}`, one]),
    )
    return [
      ...[...byWorkloadName.values()].map(heldFinding),
      ...view
        .all('Job')
        .flatMap((job) =>
          seen.has(`${job.metadata.namespace}/${job.metadata.name}`) ? [] : (overlong(view, job) ?? []),
        ),
    ]
  },
}
