import { refOf } from '../domain/kubernetes.ts'
import { secondsSince } from '../domain/time.ts'
import type { Check, Said } from './check.ts'

const month = 30 * 86_400

/** CronJobs that are suspended and have not run for a month: forgotten. Jobs are left alone, queues suspend them by design. */
export const check: Check = {
  id: 'suspended-cron-job',
  looksFor: 'CronJobs that were suspended long ago',
  reads: ['CronJob'],
  look: (view) =>
    view.all('CronJob').flatMap((cron): readonly Said[] => {
      if (cron.spec?.suspend !== true) return []
      const last = cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp
      const age = secondsSince(last, view.now)
      if (age === undefined || age < month) return []
      return [
        {
          severity: 'info',
          object: refOf(cron),
          summary: `suspended, and not run for ${Math.floor(age / 86_400)} days`,
          fix: 'resume it, or delete it where it is written',
        },
      ]
    }),
}
