import { seconds } from '../clock.ts'
import { copy, type Fields } from '../types.ts'
import { conditionOf } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { nextTime, parseSchedule } from './cron.ts'
import { controllerRef, type Hands, keyOf, ownedBy, ownerOf, splitKey } from './hands.ts'
import type { CronJob, Job } from './objects.ts'

const resource = 'cronjobs.batch'
const source = { component: 'cronjob-controller' }

/** Starts Jobs when their time has come. */
export function cronJobController(hands: Hands): Controller {
  return {
    name: 'cronjob',
    watches: {
      [resource]: (object) => [keyOf(object)],
      'jobs.batch': (job) => {
        const owner = ownerOf(job)
        return owner?.kind === 'CronJob' ? [`${job.metadata.namespace}/${owner.name}`] : []
      },
    },
    reconcile: (key) => {
      const cron = hands.get<CronJob>(resource, ...splitKey(key))
      return cron === undefined || cron.metadata.deletionTimestamp !== undefined ? undefined : sync(hands, cron)
    },
  }
}

const isDone = (job: Job): boolean =>
  ['Complete', 'Failed'].some((type) => conditionOf(job.status.conditions, type)?.status === 'True')

function sync(hands: Hands, cron: CronJob): number | undefined {
  const jobs = ownedBy(hands.list<Job>('jobs.batch', cron.metadata.namespace), cron)
  tidy(hands, cron, jobs)
  let active = jobs.filter((job) => !isDone(job) && job.metadata.deletionTimestamp === undefined)
  const schedule = parseSchedule(cron.spec.schedule)
  let last = cron.status.lastScheduleTime
  const now = hands.clock.now()
  let next: number | undefined
  if (schedule !== undefined && cron.spec.suspend !== true) {
    const due = latestDue(cron, schedule, now)
    next = nextTime(schedule, now, cron.spec.timeZone)
    if (due !== undefined && mayStart(hands, cron, due, active, now)) {
      if (cron.spec.concurrencyPolicy === 'Replace')
        for (const job of active) hands.remove('jobs.batch', job, { propagationPolicy: 'Background' })
      active = [...(cron.spec.concurrencyPolicy === 'Replace' ? [] : active), start(hands, cron, due)]
      last = seconds(due)
    }
  }
  const done = jobs
    .flatMap((job) => job.status.completionTime ?? [])
    .sort()
    .at(-1)
  const references = active.map((job) => ({
    kind: 'Job',
    namespace: job.metadata.namespace,
    name: job.metadata.name,
    uid: job.metadata.uid,
    apiVersion: 'batch/v1',
    resourceVersion: job.metadata.resourceVersion,
  }))
  hands.status(resource, cron, {
    ...(references.length === 0 ? {} : { active: keepKnown(cron, references) }),
    ...(last === undefined ? {} : { lastScheduleTime: last }),
    ...(done === undefined ? {} : { lastSuccessfulTime: done }),
  })
  return next === undefined ? undefined : next - now
}

/** A job's own changes do not change how its CronJob refers to it. */
function keepKnown(cron: CronJob, references: readonly Fields[]): Fields[] {
  const held = (cron.status.active ?? []) as Fields[]
  return references.map((reference) => held.find((entry) => entry['uid'] === reference['uid']) ?? reference)
}

function latestDue(
  cron: CronJob,
  schedule: NonNullable<ReturnType<typeof parseSchedule>>,
  now: number,
): number | undefined {
  let at = Date.parse(cron.status.lastScheduleTime ?? cron.metadata.creationTimestamp ?? '')
  const oldest =
    cron.spec.startingDeadlineSeconds === undefined
      ? now - 2 * 86_400_000
      : now - cron.spec.startingDeadlineSeconds * 1000
  at = Math.max(at, oldest)
  let latest: number | undefined
  for (
    let next = nextTime(schedule, at, cron.spec.timeZone);
    next !== undefined && next <= now;
    next = nextTime(schedule, next, cron.spec.timeZone)
  )
    latest = next
  return latest
}

function mayStart(hands: Hands, cron: CronJob, due: number, active: readonly Job[], now: number): boolean {
  const name = nameOf(cron, due)
  if (hands.get('jobs.batch', cron.metadata.namespace, name) !== undefined) return false
  const deadline = cron.spec.startingDeadlineSeconds
  if (deadline !== undefined && due + deadline * 1000 < now) return false
  if (cron.spec.concurrencyPolicy !== 'Forbid' || active.length === 0) return true
  hands.event(
    cron,
    {
      type: 'Normal',
      reason: 'JobAlreadyActive',
      message: 'Not starting job because prior execution is running and concurrency policy is Forbid',
    },
    source,
  )
  return false
}

const nameOf = (cron: CronJob, due: number): string => `${cron.metadata.name}-${Math.floor(due / 60_000)}`

function start(hands: Hands, cron: CronJob, due: number): Job {
  const template = cron.spec.jobTemplate
  const name = nameOf(cron, due)
  const job = hands.create('jobs.batch', cron.metadata.namespace, {
    metadata: {
      name,
      ...(template.metadata?.labels === undefined ? {} : { labels: { ...template.metadata.labels } }),
      annotations: {
        ...template.metadata?.annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': seconds(due),
      },
      ownerReferences: [controllerRef(cron)],
    },
    spec: copy(template.spec),
  }) as Job
  hands.event(cron, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created job ${name}` }, source)
  return job
}

function tidy(hands: Hands, cron: CronJob, jobs: readonly Job[]): void {
  const byAge = [...jobs].sort((a, b) => ((a.status.startTime ?? '') < (b.status.startTime ?? '') ? 1 : -1))
  const isFailed = (job: Job): boolean => conditionOf(job.status.conditions, 'Failed')?.status === 'True'
  const failed = byAge.filter(isFailed)
  const complete = byAge.filter((job) => isDone(job) && !isFailed(job))
  const surplus = [
    ...failed.slice(cron.spec.failedJobsHistoryLimit),
    ...complete.slice(cron.spec.successfulJobsHistoryLimit),
  ]
  const references = (cron.status.active ?? []) as { uid?: string; name?: string }[]
  for (const job of jobs) {
    if (!isDone(job) || !references.some((reference) => reference.uid === job.metadata.uid)) continue
    const status = isFailed(job) ? 'Failed' : 'Complete'
    hands.event(
      cron,
      {
        type: 'Normal',
        reason: 'SawCompletedJob',
        message: `Saw completed job: ${job.metadata.name}, condition: ${status}`,
      },
      source,
    )
  }
  for (const job of surplus) {
    hands.remove('jobs.batch', job, { propagationPolicy: 'Background' })
    hands.event(
      cron,
      { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${job.metadata.name}` },
      source,
    )
  }
}
