import { Queue } from 'bullmq'
import { openJobs } from '../../src/adapters/redis/jobs.ts'
import { agreedNow } from '../../src/doctor/now.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { each, first, words } from './judge.ts'
import type { Group, Site } from './site.ts'

/** Nothing may be decided by a clock that is far from the store's. */
const undecided =
  (shift: number) =>
  async (site: Site): Promise<string | undefined> => {
    const { clock, store } = site.app.doctor
    const now = await agreedNow({ clock: { ...clock, now: () => Date.now() + shift }, store })
    return isRefusal(now) ? words(now.reason) : 'it decides'
  }

/** When the next daily report comes, by the scheduler that production uses. */
const nextReport = async (
  site: Site,
  at: { readonly hour: number; readonly minute: number; readonly timezone: string },
): Promise<readonly number[]> => {
  const redis = site.redis.connect('commands')
  if (redis.status !== 'ready') await new Promise((ready) => redis.once('ready', ready))
  const jobs = await openJobs(redis, Buffer.alloc(32, 1))
  const queue = new Queue('report', { connection: redis, prefix: '{doctor}' })
  try {
    await jobs.scheduleReport(at)
    return (await queue.getJobSchedulers()).map(({ next }) => Number(next))
  } finally {
    await queue.close()
    await jobs.close()
    redis.disconnect()
  }
}

const localTime = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)

const hour = 3_600_000

/** Group 70: clocks, zones and calendars. */
export const timeGroups: readonly Group[] = [
  {
    number: 70,
    name: 'clocks, zones and calendars',
    tries: [
      ...each(
        [
          ['a clock of 1970', -Date.now()],
          ['a clock of 2099', Date.parse('2099-01-01T00:00:00Z') - Date.now()],
          ['an hour back', -hour],
          ['an hour ahead', hour],
          ['three minutes ahead', 180_000],
        ] as const,
        (shift, site) => undecided(shift)(site),
      ),
      {
        what: 'a minute apart is still good',
        run: async (site) => ((await undecided(60_000)(site)) === 'it decides' ? undefined : 'it does not decide'),
      },
      ...each(
        [
          ['Kolkata', { hour: 9, minute: 0, timezone: 'Asia/Kolkata' }],
          ['Chatham', { hour: 9, minute: 15, timezone: 'Pacific/Chatham' }],
          ['half past two where clocks change', { hour: 2, minute: 30, timezone: 'Europe/Berlin' }],
          ['half past two in New York', { hour: 2, minute: 30, timezone: 'America/New_York' }],
          ['midnight', { hour: 0, minute: 0, timezone: 'UTC' }],
          ['a minute before midnight', { hour: 23, minute: 59, timezone: 'Pacific/Kiritimati' }],
        ] as const,
        async (at, site) => {
          const next = await nextReport(site, at)
          const wanted = `${String(at.hour).padStart(2, '0')}:${String(at.minute).padStart(2, '0')}`
          return first(
            next.length === 1 ? undefined : `${next.length} are scheduled`,
            (next[0] ?? 0) - Date.now() <= 25 * hour && (next[0] ?? 0) > Date.now() - 60_000
              ? undefined
              : 'not within a day',
            localTime(next[0] ?? 0, at.timezone) === wanted ? undefined : `at ${localTime(next[0] ?? 0, at.timezone)}`,
          )
        },
      ),
      {
        what: 'the app’s own time again, still once',
        run: async (site) => {
          const next = await nextReport(site, site.app.doctor.config.report)
          return next.length === 1 ? undefined : `${next.length} are scheduled`
        },
      },
    ],
  },
]
