import { dueBefore, parseCron, zoneOffset } from '../domain/cron.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type CronJob, type Event, type Job, refOf } from '../domain/kubernetes.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { latest, secondsSince, timeOf, within } from '../domain/time.ts'
import { count } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const zoneOf = (cron: CronJob): string =>
  cron.spec?.timeZone ?? /^(?:CRON_)?TZ=(\S+)/.exec(cron.spec?.schedule ?? '')?.[1] ?? 'UTC'

const alertsAbout = (view: ClusterView, cron: CronJob) =>
  view.alerts.filter((alert) => {
    const labels = alert.labels as Readonly<Record<string, string>>
    const name = labels['cronjob'] ?? labels['cronjob_name'] ?? labels['job_name']
    const text = Object.values(alert.annotations as Readonly<Record<string, string>>).join(' ')
    const named = name === cron.metadata.name || text.includes(`${cron.metadata.namespace ?? ''}/${cron.metadata.name}`)
    return named && (labels['namespace'] === undefined || labels['namespace'] === cron.metadata.namespace)
  })

/** Since when it is suspended, as far as the managers of its fields tell. */
const suspendedAt = (cron: CronJob): { readonly at?: string; readonly by?: string } => {
  const fields = (cron.metadata.managedFields ?? []).filter((one) => one.subresource === undefined)
  const at = latest(fields.map((one) => one.time))
  const by = fields.find((one) => one.time === at)?.manager
  return { ...(at === undefined ? {} : { at }), ...(by === undefined ? {} : { by }) }
}

const meant = (cron: CronJob): boolean =>
  Object.entries({ ...cron.metadata.annotations, ...cron.metadata.labels }).some(
    ([key, value]) =>
      /suspend|pause|disabled|maintenance|hold/i.test(key) ||
      (!/last-applied/.test(key) && /suspended|paused|disabled on purpose|maintenance/i.test(value)),
  )

const suspended = (view: ClusterView, cron: CronJob): Finding => {
  const alerts = alertsAbout(view, cron)
  const { at, by } = suspendedAt(cron)
  const last = cron.status?.lastScheduleTime
  const schedule = parseCron(cron.spec?.schedule ?? '')
  const missed =
    schedule === undefined || last === undefined
      ? 0
      : dueBefore(schedule, timeOf(view.now) ?? 0, 50, zoneOf(cron)).filter((due) => due > (timeOf(last) ?? 0) + 60_000)
          .length
  // Wanted: somebody is alerted, or it ran until lately and nothing says that it should rest.
  const ranLately = last !== undefined && within(last, view.now, 14 * 86_400) && missed > 0
  const wanted =
    alerts.length > 0 || (ranLately && !meant(cron) && (at === undefined || within(at, view.now, 7 * 86_400)))
  const since = at ?? last
  return {
    code: 'cronjob-suspended',
    severity: wanted && !meant(cron) ? 'warning' : 'info',
    object: refOf(cron),
    summary: `CronJob ${cron.metadata.namespace ?? ''}/${cron.metadata.name} is suspended (spec.suspend: true)${last === undefined ? ' and has never run' : `; it last ran at ${last}`}${missed > 0 ? `, ${count(missed, 'run')} missed since` : ''}`,
    evidence: [
      observe('spec', refOf(cron), `spec.suspend: true, schedule ${cron.spec?.schedule ?? '?'}`, at),
      ...alerts
        .slice(0, 2)
        .map((alert) =>
          observe('alert', refOf(cron), Object.values(alert.annotations as Readonly<Record<string, string>>).join(' ')),
        ),
    ],
    confidence: alerts.length > 0 ? 0.9 : wanted ? 0.65 : 0.5,
    ...(since === undefined ? {} : { since }),
    ...(at === undefined
      ? {}
      : {
          change: {
            what: `CronJob ${cron.metadata.name} was last changed, most likely suspended`,
            at,
            ...(by === undefined ? {} : { by }),
            object: refOf(cron),
          },
        }),
    fix: [
      `If it should run: kubectl -n ${cron.metadata.namespace ?? 'default'} patch cronjob ${cron.metadata.name} -p '{"spec":{"suspend":false}}'`,
      `Run it once now: kubectl -n ${cron.metadata.namespace ?? 'default'} create job --from=cronjob/${cron.metadata.name} ${cron.metadata.name}-manual`,
    ],
    prevention: ['Note who suspended a CronJob and until when in an annotation, and alert on jobs that have not run.'],
    facts: { schedule: cron.spec?.schedule ?? '', ...(last === undefined ? {} : { lastSchedule: last }) },
  }
}

type Reason = { readonly why: string; readonly fix: string; readonly event?: Event; readonly confidence: number }

const newest = (view: ClusterView, cron: CronJob, reasons: readonly string[]): Event | undefined =>
  view.eventsFor(refOf(cron)).findLast((event) => reasons.includes(event.reason ?? ''))

const activeJob = (view: ClusterView, cron: CronJob): Job | undefined => {
  const names = (cron.status?.active ?? []).flatMap((one) => one.name ?? [])
  return view
    .all('Job')
    .find(
      (job) =>
        job.metadata.namespace === cron.metadata.namespace &&
        (names.includes(job.metadata.name) ||
          ((job.status?.active ?? 0) > 0 && view.workloadOf(job).ref.name === cron.metadata.name)),
    )
}

/** What is wrong with the schedule or its zone themselves. */
const badSchedule = (view: ClusterView, cron: CronJob): Reason | undefined => {
  const edit = kubectl(refOf(cron), 'edit')
  const schedule = cron.spec?.schedule ?? ''
  const zone = zoneOf(cron)
  const parsed = parseCron(schedule)
  const now = timeOf(view.now) ?? 0
  if (zoneOffset(zone, now) === undefined || newest(view, cron, ['UnknownTimeZone']) !== undefined)
    return {
      why: `its time zone ${zone} does not exist`,
      fix: `Set spec.timeZone to a name of the tz database (such as Europe/Berlin): ${edit}`,
      confidence: 0.95,
    }
  const unparseable = newest(view, cron, ['UnparseableCronJobSchedule', 'UnparseableSchedule', 'InvalidSchedule'])
  if (parsed === undefined || unparseable !== undefined)
    return {
      why: `its schedule "${schedule}" cannot be read`,
      fix: `Correct spec.schedule: ${edit}`,
      confidence: 0.95,
      ...(unparseable === undefined ? {} : { event: unparseable }),
    }
  if (parsed.every === undefined && dueBefore(parsed, now, 1, zone).length === 0)
    return {
      why: `its schedule "${schedule}" names a day that never comes`,
      fix: `Correct spec.schedule: ${edit}`,
      confidence: 0.95,
    }
  return undefined
}

/** Why a schedule that can be read does not start runs. */
const heldBack = (view: ClusterView, cron: CronJob): Reason | undefined => {
  const edit = kubectl(refOf(cron), 'edit')
  const tooMany = newest(view, cron, ['TooManyMissedTimes', 'FailedNeedsStart'])
  if (
    tooMany !== undefined &&
    !(
      cron.status?.lastScheduleTime !== undefined &&
      (timeOf(tooMany.lastSeen) ?? 0) < (timeOf(cron.status.lastScheduleTime) ?? 0)
    )
  )
    return {
      why: 'too many starts were missed (more than 100), so the controller starts no more',
      fix: `Set spec.startingDeadlineSeconds (for example 200), which bounds what it looks back at: ${edit}`,
      event: tooMany,
      confidence: 0.92,
    }
  const deadline = cron.spec?.startingDeadlineSeconds
  if (deadline !== undefined && deadline < 10)
    return {
      why: `startingDeadlineSeconds is ${deadline}, below the 10 s at which the controller looks, so starts can be missed`,
      fix: `Raise spec.startingDeadlineSeconds to 60 or more: ${edit}`,
      confidence: 0.85,
    }
  const job = activeJob(view, cron)
  const forbid = newest(view, cron, ['JobAlreadyActive'])
  if (cron.spec?.concurrencyPolicy === 'Forbid' && job !== undefined)
    return {
      why: `run ${job.metadata.name} is still active since ${job.status?.startTime ?? '?'} and concurrencyPolicy Forbid allows no second one`,
      fix: `See what the run waits for: ${kubectl(refOf(job), 'logs', '--all-pods --tail=50')}; bound runs with activeDeadlineSeconds: ${edit}`,
      confidence: 0.88,
      ...(forbid === undefined ? {} : { event: forbid }),
    }
  const create = newest(view, cron, ['FailedCreate'])
  if (create !== undefined && within(create.lastSeen, view.now, 86_400))
    return {
      why: `the controller could not create the Job: ${create.note ?? ''}`,
      fix: `Remove what the message names: ${kubectl(refOf(cron), 'describe')}`,
      event: create,
      confidence: 0.75,
    }
  const missed = newest(view, cron, ['MissSchedule'])
  return missed === undefined
    ? undefined
    : {
        why: 'the controller missed its start',
        fix: `Raise spec.startingDeadlineSeconds: ${edit}`,
        event: missed,
        confidence: 0.75,
      }
}

const notRunning = (view: ClusterView, cron: CronJob): Finding | undefined => {
  const parsed = parseCron(cron.spec?.schedule ?? '')
  const now = timeOf(view.now) ?? 0
  const from = timeOf(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp) ?? now
  const due = parsed === undefined ? [] : dueBefore(parsed, now - 90_000, 101, zoneOf(cron))
  const missed = due.filter((at) => at > from + 60_000)
  const reason = badSchedule(view, cron) ?? heldBack(view, cron)
  const certain = (reason?.confidence ?? 0) >= 0.95
  // A schedule that was just changed, or one start late by moments, is no fault.
  const changed = secondsSince(suspendedAt(cron).at, view.now)
  if (!certain && (missed.length < 2 || (changed !== undefined && changed < 600))) return undefined
  const told = reason ?? {
    why: 'nothing starts it',
    fix: 'Check the kube-controller-manager (cronjob controller) and its clock',
    confidence: 0.6,
  }
  const first = missed.at(-1)
  const job = activeJob(view, cron)
  return {
    code: 'cronjob-not-running',
    severity: 'warning',
    object: refOf(cron),
    summary: `CronJob ${cron.metadata.namespace ?? ''}/${cron.metadata.name} does not run: ${told.why}${missed.length > 0 ? ` (${missed.length > 100 ? 'more than 100 runs' : count(missed.length, 'run')} missed since ${cron.status?.lastScheduleTime ?? 'its creation'})` : ''}`,
    evidence: [
      ...(told.event === undefined ? [] : [observeEvent(refOf(cron), told.event)]),
      observe(
        'status',
        refOf(cron),
        `schedule "${cron.spec?.schedule ?? ''}" (${zoneOf(cron)}), lastScheduleTime ${cron.status?.lastScheduleTime ?? 'never'}, concurrencyPolicy ${cron.spec?.concurrencyPolicy ?? 'Allow'}, startingDeadlineSeconds ${cron.spec?.startingDeadlineSeconds ?? 'none'}`,
      ),
    ],
    confidence: told.confidence,
    ...(first === undefined ? {} : { since: new Date(first).toISOString().replace('.000Z', 'Z') }),
    ...(job === undefined
      ? {}
      : { affects: [refOf(job)], dependsOn: [refOf(job), ...view.podsOf(refOf(job)).map(refOf)] }),
    fix: [
      told.fix,
      `Run it once now: kubectl -n ${cron.metadata.namespace ?? 'default'} create job --from=cronjob/${cron.metadata.name} ${cron.metadata.name}-manual`,
    ],
    prevention: ['Alert when a CronJob has not succeeded for two of its periods.'],
    facts: { schedule: cron.spec?.schedule ?? '', missed: missed.length },
  }
}

/** CronJobs that are suspended although something wants them, or that schedule, zone, deadline or concurrency keep from running. */
export const analyzer: Analyzer = {
  id: 'cronjob',
  codes: ['cronjob-suspended', 'cronjob-not-running'],
  needs: ['cronjobs', 'jobs', 'events'],
  analyze: (view) =>
    view.all('CronJob').flatMap((cron) => {
      if (cron.metadata.deletionTimestamp !== undefined) return []
      return cron.spec?.suspend === true ? [suspended(view, cron)] : (notRunning(view, cron) ?? [])
    }),
}
