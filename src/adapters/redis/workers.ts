import { DelayedError, UnrecoverableError, Worker } from 'bullmq'
import type { Job, QueueName } from '../../domain/job.ts'
import type { RedisServer } from './connect.ts'
import { openJob } from './job-schema.ts'
import { jobRules, queuePrefix } from './jobs.ts'

/** One attempt at a job: `attempt` counts from 1, `last` is true where no other follows, `signal` ends it at its deadline. */
export type Attempted = { readonly attempt: number; readonly last: boolean; readonly signal: AbortSignal }

/** What workers call. `work` may throw: the job is tried again with growing pauses until its attempts are used up. */
export type WorkerHandlers = {
  work(job: Job, attempted: Attempted): Promise<void>
  /** The last attempt failed. */
  gaveUp(job: Job, error: Error): Promise<void>
  /** A job that could not be trusted or understood; it stays among the failed ones with this reason. */
  quarantined(queue: QueueName, id: string, reason: string): void
}

/** The working side of the queues. */
export type Workers = {
  /** The queues whose worker does not fetch although jobs wait (SAFETY F5). Empty when all is well. */
  silent(): readonly QueueName[]
  /** Stops fetching at once and waits up to `graceMs` for what runs; the rest is cancelled and taken up elsewhere. */
  close(graceMs: number): Promise<void>
}

/** How many jobs of a queue one process works at a time. */
const concurrency: Readonly<Record<QueueName, number>> = {
  // Few read a cluster at once; the others wait for their turn, or for that of a channel.
  work: 40,
  answer: 8,
  // These mostly wait for their channel's turn, and an urgent one must not wait behind them.
  announce: 200,
  // Most of an effect is watching its rollout, and an approval must not wait behind those of others.
  effect: 32,
  report: 1,
  model: 3,
}

/**
 * Time scales in ms; tests make them short. What a dead process had taken is taken up after `lock` and `stalled` at most: a
 * process that stands still for longer finds its work done twice, which every step allows.
 */
export type WorkerTimes = {
  readonly lock: number
  readonly stalled: number
  readonly watch: number
  readonly backoff: number
}
const defaultTimes: WorkerTimes = { lock: 8_000, stalled: 2_000, watch: 15_000, backoff: 1_000 }

/**
 * Starts one worker for each queue. A worker that stays silent while jobs wait is replaced, and `dead` is called when
 * that did not help either.
 */
export const startWorkers = (
  redis: RedisServer,
  key: Buffer,
  names: readonly QueueName[],
  handlers: WorkerHandlers,
  options: { readonly times?: Partial<WorkerTimes>; readonly dead?: (queue: QueueName) => void } = {},
): Workers => {
  const times = { ...defaultTimes, ...options.times }
  const running = names.map((name) => watchedWorker(redis, key, name, handlers, times, options.dead))
  return {
    silent: () => running.filter((worker) => worker.silent()).map((worker) => worker.name),
    close: async (graceMs) => {
      await Promise.all(running.map((worker) => worker.close(graceMs)))
    },
  }
}

const watchedWorker = (
  redis: RedisServer,
  key: Buffer,
  name: QueueName,
  handlers: WorkerHandlers,
  times: WorkerTimes,
  dead: (queue: QueueName) => void = () => undefined,
) => {
  const probe = redis.connect('commands')
  const busy = { active: 0, started: 0 }
  let current = makeWorker(redis, key, name, handlers, times, busy)
  let seen = -1
  let quiet = 0
  let stopping = false

  const look = async () => {
    const waiting = await probe.llen(`${queuePrefix}:${name}:wait`)
    if (stopping) return
    quiet = waiting > 0 && busy.active === 0 && busy.started === seen ? quiet + 1 : 0
    seen = busy.started
    if (quiet === 2) {
      const old = current
      current = makeWorker(redis, key, name, handlers, times, busy)
      old.close(true).catch(() => undefined)
    }
    if (quiet === 5) dead(name)
  }
  const timer = setInterval(() => void look().catch(() => undefined), times.watch)
  timer.unref()

  return {
    name,
    silent: () => quiet >= 2,
    close: async (graceMs: number) => {
      stopping = true
      clearInterval(timer)
      const closed = current.close()
      const idle = async () => {
        // With nothing running only a Redis that is away can hold the end up.
        do await after(Math.min(1_000, graceMs))
        while (busy.active > 0)
        return true
      }
      const late = await Promise.race([closed.then(() => false), after(graceMs).then(() => true), idle()])
      if (late) {
        current.cancelAllJobs('the process is stopping')
        await Promise.race([closed, after(Math.min(2_000, graceMs))])
      }
      probe.disconnect()
    },
  }
}

const makeWorker = (
  redis: RedisServer,
  key: Buffer,
  name: QueueName,
  handlers: WorkerHandlers,
  times: WorkerTimes,
  busy: { active: number; started: number },
): Worker => {
  const connection = redis.connect('worker')
  const worker = new Worker(
    name,
    async (raw, token, signal) => {
      busy.started += 1
      const job = openJob(key, raw.data)
      if (typeof job === 'string') {
        handlers.quarantined(name, String(raw.id), job)
        throw new UnrecoverableError(job)
      }
      const attempt = raw.attemptsMade + 1
      busy.active += 1
      try {
        await withDeadline(jobRules[job.kind].deadline, signal, (own) =>
          handlers.work(job, { attempt, last: attempt >= (raw.opts.attempts ?? 1), signal: own }),
        )
      } catch (error) {
        if (signal?.aborted !== true) throw error
        // Stopped by us, not failed: it goes back to the queue without losing an attempt.
        await raw.moveToDelayed(Date.now() + times.backoff, token)
        throw new DelayedError()
      } finally {
        busy.active -= 1
      }
    },
    {
      connection,
      prefix: queuePrefix,
      concurrency: concurrency[name],
      lockDuration: times.lock,
      // Renewed early, so that a process that is kept busy for seconds is not taken for dead.
      lockRenewTime: times.lock / 4,
      stalledInterval: times.stalled,
      maxStalledCount: 5,
      settings: { backoffStrategy: (attempts = 1) => backoff(attempts, times.backoff) },
    },
  )
  worker.on('error', () => undefined)
  worker.on('closed', () => connection.disconnect())
  worker.on('failed', (raw, error) => {
    const job = raw === undefined ? 'lost' : openJob(key, raw.data)
    if (raw === undefined || typeof job === 'string') return
    // A stalled job that ran out of recoveries fails without its attempts being used up.
    const stalledOut = error.message.includes('stalled more than')
    if (raw.attemptsMade >= (raw.opts.attempts ?? 1) || stalledOut) handlers.gaveUp(job, error).catch(() => undefined)
  })
  return worker
}

/** Doubles from `base` to a minute, with a quarter of jitter so that many do not return together. */
const backoff = (attempts: number, base: number): number =>
  Math.round(Math.min(60 * base, base * 2 ** (attempts - 1)) * (0.75 + Math.random() / 2))

const after = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

/** Gives `work` a signal that fires at the deadline, and stops waiting for it a little later even if it does not obey. */
const withDeadline = async (
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const deadline = AbortSignal.timeout(ms)
  const signal = outer === undefined ? deadline : AbortSignal.any([deadline, outer])
  let timer: NodeJS.Timeout | undefined
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${ms} ms`)), ms + 5_000)
    timer.unref()
  })
  try {
    await Promise.race([work(signal), overdue])
  } finally {
    clearTimeout(timer)
  }
}
