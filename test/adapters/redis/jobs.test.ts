import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { openJob, sealJob } from '../../../src/adapters/redis/job-schema.ts'
import { type JobQueues, openJobs, queuePrefix } from '../../../src/adapters/redis/jobs.ts'
import { startWorkers, type WorkerHandlers, type Workers } from '../../../src/adapters/redis/workers.ts'
import type { Job } from '../../../src/domain/job.ts'
import { StoreUnavailable } from '../../../src/ports.ts'
import { throwAwayRedis } from './redis.ts'

const key = randomBytes(32)
const times = { lock: 1_000, stalled: 300, watch: 100, backoff: 10 }
let server: RedisServer
let redis: Redis
let jobs: JobQueues

const connected = async (own: RedisServer) => {
  const client = own.connect('commands')
  await new Promise((ready) => client.once('ready', ready))
  return client
}

beforeAll(async () => {
  server = await throwAwayRedis()
  redis = await connected(server)
  jobs = await openJobs(redis, key)
})
afterAll(async () => {
  await jobs?.close()
  redis?.disconnect()
  await server?.stop()
})

const investigate = (incident: string): Job => ({ v: 1, kind: 'investigate', incident })
const until = async (what: () => boolean, ms = 15_000) => {
  const end = Date.now() + ms
  while (!what() && Date.now() < end) await sleep(5)
  expect(what()).toBe(true)
}

const working = async (handlers: Partial<WorkerHandlers>, body: (workers: Workers) => Promise<void>) => {
  const none = { work: async () => undefined, gaveUp: async () => undefined, quarantined: () => undefined }
  const workers = startWorkers(server, key, ['work', 'report'], { ...none, ...handlers }, { times })
  try {
    await body(workers)
  } finally {
    await workers.close(2_000)
  }
}

describe('queues', () => {
  it('hands each job to a worker once, as it was', async () => {
    const got: Job[] = []
    await working({ work: async (job) => void got.push(job) }, async () => {
      await Promise.all([1, 2, 3].map((n) => jobs.add(investigate(`i${n}`))))
      await until(() => got.length === 3)
      expect(got.map((job) => (job.kind === 'investigate' ? job.incident : '')).sort()).toEqual(['i1', 'i2', 'i3'])
    })
  })

  it('collapses equal keys to one waiting job, and to one more while one is being worked', async () => {
    const got: Job[] = []
    await Promise.all(Array.from({ length: 20 }, () => jobs.add(investigate('same'), { key: 'same' })))
    const slow = async (job: Job) => {
      got.push(job)
      if (got.length === 1) {
        await Promise.all(Array.from({ length: 20 }, () => jobs.add(investigate('same'), { key: 'same' })))
        await sleep(30)
      }
    }
    await working({ work: slow }, async () => {
      await until(() => got.length === 2)
      await sleep(100)
      expect(got).toHaveLength(2)
    })
  })

  it('tries again with pauses, tells which attempt is the last, and then says that it gave up', async () => {
    const attempts: string[] = []
    const gaveUp: string[] = []
    await working(
      {
        work: async (_, { attempt, last }) => {
          attempts.push(`${attempt}${last ? ' last' : ''}`)
          throw new Error('no')
        },
        gaveUp: async (job, error) => void gaveUp.push(`${job.kind} ${error.message}`),
      },
      async () => {
        await jobs.add(investigate('poison'))
        await until(() => gaveUp.length === 1)
        expect(attempts).toEqual(['1', '2', '3 last'])
        expect(gaveUp).toEqual(['investigate no'])
      },
    )
  })

  it('keeps working while one job in many is poison', async () => {
    let done = 0
    await working(
      {
        work: async (job) => {
          if (job.kind === 'investigate' && job.incident === 'p7') throw new Error('poison')
          done += 1
        },
      },
      async () => {
        await Promise.all(Array.from({ length: 60 }, (_, n) => jobs.add(investigate(`p${n}`))))
        await until(() => done === 59)
      },
    )
  })

  it('delays a job', async () => {
    const begin = Date.now()
    let at = 0
    const note = async (job: Job) => {
      if (job.kind === 'investigate' && job.incident === 'later') at = Date.now()
    }
    await working({ work: note }, async () => {
      await jobs.add(investigate('later'), { delay: 250 })
      await until(() => at > 0)
      expect(at - begin).toBeGreaterThanOrEqual(240)
    })
  })

  it('schedules the daily report once, however often it is asked to', async () => {
    await jobs.scheduleReport({ hour: 9, minute: 0, timezone: 'Europe/Berlin' })
    await jobs.scheduleReport({ hour: 8, minute: 30, timezone: 'Asia/Kolkata' })
    const queue = new Queue('report', { connection: redis, prefix: queuePrefix })
    const schedulers = await queue.getJobSchedulers()
    expect(schedulers).toHaveLength(1)
    expect(schedulers[0]).toMatchObject({ pattern: '30 8 * * *', tz: 'Asia/Kolkata' })
    expect((await jobs.depth()).report.delayed).toBe(1)
    await queue.removeJobScheduler('daily')
    await queue.close()
  })
})

describe('what cannot be trusted', () => {
  const bad: Readonly<Record<string, unknown>> = {
    'no seal': { v: 1, kind: 'execute', plan: 'x' },
    'a seal by somebody else': sealJob(randomBytes(32), { v: 1, kind: 'investigate', incident: 'x' }),
    'another version': sealJob(key, { v: 2, kind: 'investigate', incident: 'x' } as unknown as Job),
    'a missing field': sealJob(key, { v: 1, kind: 'investigate' } as unknown as Job),
    'an unknown kind': sealJob(key, { v: 1, kind: 'format-disk' } as unknown as Job),
    'text that is not JSON': { job: '{"v":1', seal: 'x' },
    'ten megabytes': { job: `"${'x'.repeat(10_000_000)}"`, seal: 'x' },
    'a prototype key': { job: '{"__proto__":{"v":1,"kind":"execute","plan":"x"}}', seal: 'x' },
    nothing: null,
  }
  for (const [name, data] of Object.entries(bad))
    it(`does not open ${name}`, () => {
      expect(openJob(key, data)).toBeTypeOf('string')
    })

  it('puts a forged job aside with the reason and works the next', async () => {
    const reasons: string[] = []
    const got: Job[] = []
    const queue = new Queue('work', { connection: redis, prefix: queuePrefix })
    await working(
      { work: async (job) => void got.push(job), quarantined: (_, __, why) => void reasons.push(why) },
      async () => {
        await queue.add('investigate', bad['a seal by somebody else'] as object, { attempts: 3 })
        await jobs.add(investigate('good'))
        await until(() => got.length === 1 && reasons.length === 1)
        expect(reasons).toEqual(['its seal does not match'])
        const failed = async () => (await queue.getFailed()).map((job) => job.failedReason)
        await expect.poll(failed).toContain('its seal does not match')
      },
    )
    await queue.close()
  })
})

describe('faults', () => {
  it('fails fast when Redis is away', async () => {
    const own = await throwAwayRedis()
    const client = await connected(own)
    const lonely = await openJobs(client, key)
    await own.stop()
    await sleep(20)
    const begin = Date.now()
    await expect(lonely.add(investigate('x'))).rejects.toThrow(StoreUnavailable)
    expect(Date.now() - begin).toBeLessThan(500)
    await lonely.close()
    client.disconnect()
  })

  it('takes up again what a worker left behind when it was cut off', async () => {
    const got: string[] = []
    const first = startWorkers(
      server,
      key,
      ['work'],
      {
        work: (_, { signal }) =>
          new Promise((_done, fail) => {
            got.push('first')
            signal.addEventListener('abort', () => fail(signal.reason))
          }),
        gaveUp: async () => undefined,
        quarantined: () => undefined,
      },
      { times },
    )
    await jobs.add(investigate('left'))
    await until(() => got.length === 1)
    await first.close(50)
    const note = async (job: Job) => {
      if (job.kind === 'investigate' && job.incident === 'left') got.push('second')
    }
    await working({ work: note }, async () => {
      await until(() => got.includes('second'))
      expect(got).toEqual(['first', 'second'])
    })
  })
})
