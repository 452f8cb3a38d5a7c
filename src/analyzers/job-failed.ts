import { conditionOf } from '../domain/at.ts'
import { dueBefore, parseCron } from '../domain/cron.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type CronJob, type Job, type Pod, refOf } from '../domain/kubernetes.ts'
import { quote } from '../domain/log-lines.ts'
import { observe } from '../domain/observe.ts'
import { timeOf } from '../domain/time.ts'
import { count } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { named } from './reading/by-workload.ts'
import { type ContainerFailure, containerFailures } from './reading/container-failures.ts'
import { couldNotRead } from './reading/could-not-read.ts'
import { endText, evidenceOf, quotes } from './reading/failure-text.ts'

const startOf = (job: Job): number => timeOf(job.status?.startTime ?? job.metadata.creationTimestamp) ?? 0

const isComplete = (job: Job): boolean => conditionOf(job.status?.conditions, 'Complete')?.status === 'True'

// A CronJob is judged by its newest run that ended: what failed before a success is history.
const isHistory = (view: ClusterView, job: Job, workload: Workload): boolean => {
  if (workload.ref.kind !== 'CronJob') return false
  const succeeded = timeOf((workload.object as CronJob).status?.lastSuccessfulTime)
  if (succeeded !== undefined && succeeded > startOf(job)) return true
  return view
    .all('Job')
    .some(
      (other) =>
        other !== job &&
        view.workloadOf(other).ref.name === workload.ref.name &&
        other.metadata.namespace === job.metadata.namespace &&
        startOf(other) > startOf(job) &&
        (isComplete(other) || conditionOf(other.status?.conditions, 'Failed')?.status === 'True'),
    )
}

const podsOf = (view: ClusterView, job: Job): readonly Pod[] =>
  view
    .all('Pod')
    .filter(
      (pod) =>
        pod.metadata.namespace === job.metadata.namespace &&
        (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'Job' && owner.name === job.metadata.name),
    )

const failuresOf = (view: ClusterView, job: Job): readonly ContainerFailure[] =>
  containerFailures(view).filter(
    (one) =>
      (one.pod.metadata.ownerReferences ?? []).some(
        (owner) => owner.kind === 'Job' && owner.name === job.metadata.name,
      ) && one.pod.metadata.namespace === job.metadata.namespace,
  )

const because = (job: Job, reason: string | undefined): string => {
  const tries = count(job.status?.failed ?? 0, 'failed pod')
  switch (reason) {
    case 'DeadlineExceeded':
      return `it ran longer than its activeDeadlineSeconds (${job.spec?.activeDeadlineSeconds ?? '?'} s)`
    case 'BackoffLimitExceeded':
      return `it reached its backoff limit (${tries}, backoffLimit ${job.spec?.backoffLimit ?? 6})`
    case 'PodFailurePolicy':
      return `its pod failure policy ends it (${tries})`
    case 'FailedIndexes':
    case 'MaxFailedIndexesExceeded':
      return `too many of its indexes failed (${tries})`
    default:
      return `${reason ?? 'it failed'} (${tries})`
  }
}

const findingOf = (view: ClusterView, job: Job): Finding | undefined => {
  const failed = conditionOf(job.status?.conditions, 'Failed') ?? conditionOf(job.status?.conditions, 'FailureTarget')
  const workload = view.workloadOf(job)
  if (
    failed?.status !== 'True' ||
    job.metadata.deletionTimestamp !== undefined ||
    isComplete(job) ||
    isHistory(view, job, workload)
  )
    return undefined
  const deadline = failed.reason === 'DeadlineExceeded'
  const failures = failuresOf(view, job)
  const [first] = failures
  // A pod's own failure explains a job that ran out of tries; a deadline is only explained where the pod kept failing.
  const explained = first !== undefined
  const line = first === undefined ? undefined : quotes(first, 1)[0]
  const pods = podsOf(view, job)
  const since = failed.lastTransitionTime
  const told = first === undefined ? [] : evidenceOf({ workload, all: failures, first })
  return {
    code: deadline ? 'job-deadline-exceeded' : 'job-failed',
    severity: 'warning',
    object: workload.ref,
    summary: `${named(workload)}${workload.ref.name === job.metadata.name ? '' : ` (run ${job.metadata.name})`} failed: ${because(job, failed.reason)}${first === undefined ? '' : `; its pod ended with ${endText(first)}`}${line === undefined ? '' : `: ${quote(line)}`}`,
    evidence: [
      observe('status', refOf(job), `${failed.type}: ${failed.reason ?? ''}: ${failed.message ?? ''}`, since),
      ...told,
    ],
    confidence: explained ? 0.7 : 0.95,
    affects: [refOf(job), ...pods.map(refOf)],
    ...(since === undefined ? {} : { since }),
    ...(explained ? { symptom: true } : {}),
    dependsOn: pods.map(refOf),
    fix: [
      `Keep the evidence first: ${kubectl(refOf(job), 'logs', '--all-pods --prefix')}`,
      deadline
        ? `Raise activeDeadlineSeconds if the work needs longer (the field is immutable on a Job: recreate it), or find why it is slow`
        : 'Correct what the log tells, then run it again (a finished Job does not restart): recreate the Job from its manifest',
    ],
    prevention: ['Alert on failed Jobs (KubeJobFailed), and set ttlSecondsAfterFinished long enough to read the log.'],
    facts: {
      job: job.metadata.name,
      ...(failed.reason === undefined ? {} : { reason: failed.reason }),
      failed: job.status?.failed ?? 0,
    },
  }
}

const atOnce = 2 * 60_000

/** A CronJob whose last runs ended without success and were cleaned away: only the times in its status still tell. */
const vanished = (view: ClusterView, cron: CronJob): Finding | undefined => {
  const { lastScheduleTime, lastSuccessfulTime, active = [] } = cron.status ?? {}
  const [scheduled, succeeded] = [timeOf(lastScheduleTime), timeOf(lastSuccessfulTime)]
  const schedule = parseCron(cron.spec?.schedule ?? '')
  if (scheduled === undefined || succeeded === undefined || schedule === undefined) return undefined
  if (cron.spec?.suspend === true || active.length > 0 || succeeded >= scheduled || couldNotRead(view, 'jobs'))
    return undefined
  // One run may be going on, or have been lost; that the one before did not succeed either is a fault.
  const before = dueBefore(schedule, scheduled - atOnce, 1, cron.spec?.timeZone)[0]
  const own = view
    .all('Job')
    .some(
      (job) =>
        job.metadata.namespace === cron.metadata.namespace && view.workloadOf(job).ref.name === cron.metadata.name,
    )
  if (before === undefined || succeeded >= before || own) return undefined
  const object = refOf(cron)
  return {
    code: 'job-failed',
    severity: 'warning',
    object,
    summary: `CronJob ${object.namespace ?? ''}/${object.name} runs (last at ${lastScheduleTime}) but has not succeeded since ${lastSuccessfulTime}; its Jobs are gone, and with them what they said`,
    evidence: [
      observe(
        'status',
        object,
        `lastScheduleTime ${lastScheduleTime}, lastSuccessfulTime ${lastSuccessfulTime}, no active Job, none kept`,
      ),
      observe('spec', object, `schedule ${cron.spec?.schedule}`),
    ],
    confidence: 0.75,
    affects: [object],
    ...(lastSuccessfulTime === undefined ? {} : { since: lastSuccessfulTime }),
    fix: [
      `Keep failed runs, to see why: kubectl -n ${object.namespace ?? 'default'} patch cronjob ${object.name} -p '{"spec":{"failedJobsHistoryLimit":3}}'`,
      `Run it once now and watch: kubectl -n ${object.namespace ?? 'default'} create job --from=cronjob/${object.name} ${object.name}-manual`,
    ],
    prevention: ['Alert on the time since lastSuccessfulTime, and keep failed Jobs long enough to read their logs.'],
  }
}

/** Jobs that gave up: back-off limit, deadline, failure policy. An effect where the log of a pod tells why it failed. */
export const analyzer: Analyzer = {
  id: 'job-failed',
  codes: ['job-failed', 'job-deadline-exceeded'],
  needs: ['jobs', 'pods'],
  analyze: (view) => [
    ...view.all('Job').flatMap((job) => findingOf(view, job) ?? []),
    ...view.all('CronJob').flatMap((cron) => vanished(view, cron) ?? []),
  ],
}
