import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { type Job, type QueueName, queueOf } from '../../domain/job.ts'
import { type Jobs, StoreUnavailable } from '../../ports.ts'
import { sealJob } from './job-schema.ts'

/** How a kind of job is worked: attempts, and the deadline of one attempt in ms. */
export type JobRule = { readonly attempts: number; readonly deadline: number }

/** Steps are re-entrant, so each may be tried again; announcing waits out a long outage of the chat (about 40 minutes). */
export const jobRules: Readonly<Record<Job['kind'], JobRule>> = {
  investigate: { attempts: 3, deadline: 300_000 },
  answer: { attempts: 2, deadline: 60_000 },
  announce: { attempts: 45, deadline: 60_000 },
  page: { attempts: 10, deadline: 60_000 },
  relay: { attempts: 20, deadline: 60_000 },
  settle: { attempts: 10, deadline: 30_000 },
  // Other places are told for about twenty minutes, then they have missed it.
  elsewhere: { attempts: 24, deadline: 30_000 },
  mail: { attempts: 45, deadline: 60_000 },
  // The model itself is given three minutes; a second try is for a process that died, not for a model that failed.
  consult: { attempts: 2, deadline: 270_000 },
  report: { attempts: 3, deadline: 180_000 },
  plan: { attempts: 3, deadline: 60_000 },
  execute: { attempts: 6, deadline: 900_000 },
  expire: { attempts: 10, deadline: 60_000 },
  // A Git host that is away for half an hour must not end what follows a pull request for days.
  follow: { attempts: 45, deadline: 120_000 },
  issue: { attempts: 45, deadline: 60_000 },
  // Each next look comes by itself; what a look of the last minute missed the next one sees.
  rollouts: { attempts: 2, deadline: 60_000 },
  deployed: { attempts: 20, deadline: 60_000 },
}

/** All queues, by who works them. */
export const queueNames: readonly QueueName[] = ['work', 'answer', 'announce', 'effect', 'report', 'model']

/** Everything of ours in Redis is in one slot of a cluster. */
export const queuePrefix = '{doctor}'

/** How many jobs a queue holds. */
export type Depth = {
  readonly waiting: number
  readonly active: number
  readonly delayed: number
  readonly failed: number
}

/** The producing side of the queues: the Jobs port, the daily report's schedule, and what the queues hold. */
export type JobQueues = Jobs & {
  /** Schedules the daily report; a second call with another time moves it. */
  scheduleReport(at: { readonly hour: number; readonly minute: number; readonly timezone: string }): Promise<void>
  depth(): Promise<Readonly<Record<QueueName, Depth>>>
  close(): Promise<void>
}

/**
 * Producers on `redis`, a connection that fails at once when Redis is away: `add` then throws StoreUnavailable within
 * milliseconds (SAFETY P16). Equal `key`s collapse to one waiting job; one that is already being worked is followed by
 * one more, so no news is lost. `delay` is in ms.
 */
export const openJobs = async (redis: Redis, key: Buffer): Promise<JobQueues> => {
  const queues = new Map(
    queueNames.map((name) => {
      const queue = new Queue(name, { connection: redis, prefix: queuePrefix })
      queue.on('error', () => undefined)
      return [name, queue] as const
    }),
  )
  await Promise.all([...queues.values()].map((queue) => queue.waitUntilReady())).catch(unavailable)
  const queueFor = (name: QueueName): Queue => queues.get(name) as Queue

  return {
    add: async (job, options = {}) => {
      const { key: collapse, delay, attempts = jobRules[job.kind].attempts } = options
      await queueFor(queueOf(job))
        .add(job.kind, sealJob(key, job), {
          attempts,
          backoff: { type: 'custom' },
          removeOnComplete: { count: 200, age: 3_600 },
          removeOnFail: { count: 1_000, age: 7 * 86_400 },
          ...(delay === undefined ? {} : { delay }),
          ...(collapse === undefined ? {} : { deduplication: { id: collapse, keepLastIfActive: true } }),
        })
        .catch(unavailable)
    },
    scheduleReport: async ({ hour, minute, timezone }) => {
      const data = sealJob(key, { v: 1, kind: 'report' })
      const opts = { attempts: jobRules.report.attempts, backoff: { type: 'custom' }, removeOnComplete: true } as const
      await queueFor('report')
        .upsertJobScheduler(
          'daily',
          { pattern: `${minute} ${hour} * * *`, tz: timezone },
          { name: 'report', data, opts },
        )
        .catch(unavailable)
    },
    depth: async () => {
      const rows = await Promise.all(queueNames.map(async (name) => [name, await depthOf(queueFor(name))] as const))
      return Object.fromEntries(rows) as Record<QueueName, Depth>
    },
    close: async () => {
      const closed = Promise.all([...queues.values()].map((queue) => queue.close().catch(() => undefined)))
      // A Redis that is away must not hold up the end of the process.
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1_000).unref())])
    },
  }
}

const depthOf = async (queue: Queue): Promise<Depth> => {
  const counts = await queue.getJobCounts('wait', 'active', 'delayed', 'failed').catch(unavailable)
  const { wait: waiting = 0, active = 0, delayed = 0, failed = 0 } = counts
  return { waiting, active, delayed, failed }
}

const unavailable = (error: unknown): never => {
  const message = error instanceof Error ? error.message : String(error)
  throw new StoreUnavailable(`the queue is not there: ${message}`, { cause: error })
}
