import { refOf } from '../domain/kubernetes.ts'
import { secondsSince } from '../domain/time.ts'
import type { Check, Said } from './check.ts'

/** A schedule that has run for a day and never with success; younger ones, and those that run right now, may still. */
export const check: Check = {
  id: 'cron-job-never-succeeded',
  looksFor: 'CronJobs that never succeeded',
  reads: ['CronJob'],
  look: (view) =>
    view.all('CronJob').flatMap((cron): readonly Said[] => {
      const { lastScheduleTime, lastSuccessfulTime, active = [] } = cron.status ?? {}
      if (lastScheduleTime === undefined || lastSuccessfulTime !== undefined || cron.spec?.suspend === true) return []
      const age = secondsSince(cron.metadata.creationTimestamp, view.now)
      if (age !== undefined && age < 86_400 && active.length > 0) return []
      const worked = view
        .all('Job')
        .some(
          ({ metadata, status }) =>
            metadata.namespace === cron.metadata.namespace &&
            (metadata.ownerReferences ?? []).some(({ name }) => name === cron.metadata.name) &&
            (status?.succeeded ?? 0) > 0,
        )
      if (worked || (age !== undefined && age < 3600)) return []
      return [
        {
          severity: 'warn',
          object: refOf(cron),
          summary: `ran last at ${lastScheduleTime} and has never succeeded`,
          fix: `look at its last job: kubectl logs -n ${cron.metadata.namespace} job/<name>; mend or delete it`,
        },
      ]
    }),
}
