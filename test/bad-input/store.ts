import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { sealJob } from '../../src/adapters/redis/job-schema.ts'
import { loadSealKey, TamperedRecord } from '../../src/adapters/redis/seal.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { Job } from '../../src/domain/job.ts'
import { each, first } from './judge.ts'
import type { Group, Site } from './site.ts'

const withRedis = async <T>(site: Site, work: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = site.redis.connect('commands')
  if (redis.status !== 'ready') await new Promise((ready) => redis.once('ready', ready))
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Puts a job into the queue of effects as somebody with access to Redis would; it must fail, and do nothing. */
const putAside =
  (name: string, data: (site: Site) => unknown) =>
  async (site: Site): Promise<string | undefined> =>
    withRedis(site, async (redis) => {
      const queue = new Queue('effect', { connection: redis, prefix: '{doctor}' })
      const before = site.writes().length
      try {
        const job = await queue.add(name, data(site), { attempts: 1 })
        const end = Date.now() + 5_000
        while (Date.now() < end) {
          const state = await job.getState()
          if (state === 'failed') return site.writes().length === before ? undefined : 'something was written'
          if (state === 'completed') return 'it was worked'
          await new Promise((tick) => setTimeout(tick, 20))
        }
        return `it is ${await job.getState()}`
      } finally {
        await queue.close()
      }
    })

const sealed = (site: Site, job: unknown): { readonly job: string; readonly seal: string } =>
  sealJob(loadSealKey(site.dataDir), job as Job)

const order = { v: 1, kind: 'execute', plan: '0'.repeat(32) } as const

/** What becomes of a stored record after somebody changed it in Redis: it must be put aside, never read as absent. */
const quarantined =
  (change: (redis: Redis, place: string) => Promise<unknown>) =>
  async (site: Site): Promise<string | undefined> => {
    const { store } = site.app.doctor
    const id = `tried-${Math.random().toString(36).slice(2)}`
    await store.put('incident', id, { id } as unknown as Incident, 0)
    await withRedis(site, (redis) => change(redis, `{doctor}:record:incident:${id}`))
    try {
      const read = await store.get('incident', id)
      return read === undefined ? 'it reads as absent' : 'it is read'
    } catch (error) {
      if (!(error instanceof TamperedRecord)) return String(error)
      const again = await store.put('incident', id, {}, 0).then(
        () => 'its place is free again',
        () => undefined,
      )
      return again
    } finally {
      await store.remove('incident', id)
    }
  }

/** Group 69: what lies in Redis. */
export const storeGroups: readonly Group[] = [
  {
    number: 69,
    name: 'what lies in Redis',
    tries: [
      ...each<(site: Site) => unknown>(
        [
          ['a job that is not sealed', () => order],
          ['a job with another seal', (site) => ({ ...sealed(site, order), seal: '0'.repeat(64) })],
          [
            'a job with the seal of another kind',
            (site) => ({ job: JSON.stringify(order), seal: sealed(site, { ...order, kind: 'expire' }).seal }),
          ],
          [
            'a job whose text was changed',
            (site) => ({ ...sealed(site, order), job: JSON.stringify({ ...order, plan: '1'.repeat(32) }) }),
          ],
          ['a job of an older version', (site) => sealed(site, { ...order, v: 0 })],
          ['a job with a part missing', (site) => sealed(site, { v: 1, kind: 'execute' })],
          ['a job of an unknown kind', (site) => sealed(site, { v: 1, kind: 'delete-everything' })],
          ['a job with prototype keys', () => JSON.parse('{"__proto__":{"job":"x"},"job":"{}","seal":"x"}')],
          ['a job of 10 MB', () => ({ job: 'x'.repeat(10_000_000), seal: 'x' })],
          ['a job that is a list', () => []],
          ['a job that is nothing', () => null],
          ['a job whose text is cut', (site) => ({ ...sealed(site, order), job: '{"v":1,' })],
        ],
        (data, site) => putAside('execute', data)(site),
      ),
      ...each<(redis: Redis, place: string) => Promise<unknown>>(
        [
          ['a record with another text', (redis, place) => redis.hset(place, 'd', '{"id":"evil"}')],
          ['a record with another seal', (redis, place) => redis.hset(place, 's', '0'.repeat(64))],
          ['a record without its seal', (redis, place) => redis.hdel(place, 's')],
          ['a record with another version', (redis, place) => redis.hset(place, 'v', '7')],
          ['a record whose version is no number', (redis, place) => redis.hset(place, 'v', 'x')],
          ['a record whose text is cut', (redis, place) => redis.hset(place, 'd', '{"id"')],
          [
            'a text in the place of a record',
            async (redis, place) => {
              await redis.del(place)
              await redis.set(place, 'hello')
            },
          ],
          [
            'a list in the place of a record',
            async (redis, place) => {
              await redis.del(place)
              await redis.rpush(place, 'hello')
            },
          ],
        ],
        (change, site) => quarantined(change)(site),
      ),
      {
        what: 'a plan that is gone between card and press',
        run: async (site) => {
          const workload = site.workload()
          const card = await site.card(workload)
          await withRedis(site, (redis) => redis.del(`{doctor}:record:plan:${card.id}`))
          const reply = await site.slackPost(site.pressBody(card, 'U0ANA'))
          return first(
            reply.status === 200 ? undefined : `answered ${reply.status}`,
            site.writes(workload).length === 0 ? undefined : 'something was written',
          )
        },
      },
    ],
  },
]
