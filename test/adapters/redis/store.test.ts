import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { TamperedRecord } from '../../../src/adapters/redis/seal.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { type Store, StoreUnavailable } from '../../../src/ports.ts'
import { throwAwayRedis } from './redis.ts'

let server: RedisServer
let redis: Redis
let store: Store
let other: Store
const tampered: string[] = []
const key = randomBytes(32)
let next = 0
const fresh = () => `id-${next++}`

beforeAll(async () => {
  server = await throwAwayRedis()
  redis = server.connect('commands')
  const second = server.connect('commands')
  await Promise.all([redis, second].map((one) => new Promise((ready) => one.once('ready', ready))))
  store = redisStore(redis, key, (kind, id) => tampered.push(`${kind}/${id}`))
  other = redisStore(second, key)
})

afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

describe('compare and swap', () => {
  it('creates only what does not exist, and replaces only the version that was read', async () => {
    const id = fresh()
    expect(await store.get('thing', id)).toBeUndefined()
    expect(await store.put('thing', id, { a: 1 }, 1)).toBe(false)
    expect(await store.put('thing', id, { a: 1 }, 0)).toBe(true)
    expect(await store.put('thing', id, { a: 2 }, 0)).toBe(false)
    expect(await other.put('thing', id, { a: 2 }, 1)).toBe(true)
    expect(await store.put('thing', id, { a: 3 }, 1)).toBe(false)
    expect(await store.get('thing', id)).toEqual({ value: { a: 2 }, version: 2 })
  })

  it('lets exactly one of fifty racers through', async () => {
    const id = fresh()
    const wins = await Promise.all(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? store : other).put('race', id, { index }, 0)),
    )
    expect(wins.filter(Boolean)).toHaveLength(1)
  })

  it('gives back any JSON as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const id = fresh()
        await store.put('json', id, { value }, 0)
        expect((await store.get('json', id))?.value).toEqual(JSON.parse(JSON.stringify({ value })))
      }),
      { numRuns: 50 },
    )
  })

  it('forgets a record with a ttl, and its place in the list', async () => {
    await store.put('short', 'a', 1, 0, 0.05)
    await store.put('short', 'b', 2, 0)
    expect(await store.list('short')).toHaveLength(2)
    await sleep(80)
    expect(await store.get('short', 'a')).toBeUndefined()
    expect((await store.list<number>('short')).map((one) => one.value)).toEqual([2])
  })

  it('lists newest first, at most so many, and not what was removed', async () => {
    for (const id of ['one', 'two', 'three']) {
      await store.put('listed', id, id, 0)
      await sleep(3)
    }
    await store.remove('listed', 'two')
    expect((await store.list<string>('listed')).map((one) => one.value)).toEqual(['three', 'one'])
    expect((await store.list<string>('listed', 1)).map((one) => one.value)).toEqual(['three'])
  })
})

describe('seals', () => {
  const record = (id: string) => `{doctor}:record:sealed:${id}`
  const forgeries: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
    'changed text': (id) => redis.hset(record(id), 'd', '{"approved":true}'),
    'another version': (id) => redis.hset(record(id), 'v', '7'),
    'a seal of somebody else': (id) => redis.hset(record(id), 's', '0'.repeat(64)),
    'a missing seal': (id) => redis.hdel(record(id), 's'),
    'a truncated text': (id) => redis.hset(record(id), 'd', '{"appro'),
    'another redis type': async (id) => {
      await redis.del(record(id))
      return redis.set(record(id), 'x')
    },
    'the record of another id': async (id) => {
      await store.put('sealed', `${id}-twin`, { approved: true }, 0)
      return redis.copy(record(`${id}-twin`), record(id), 'REPLACE')
    },
  }
  for (const [name, forge] of Object.entries(forgeries))
    it(`puts aside ${name} and never reads it as absent`, async () => {
      const id = fresh()
      await store.put('sealed', id, { approved: false }, 0)
      await forge(id)
      await expect(store.get('sealed', id)).rejects.toThrow(TamperedRecord)
      await expect(store.get('sealed', id)).rejects.toThrow(TamperedRecord)
      await expect(store.put('sealed', id, { approved: true }, 0)).rejects.toThrow(TamperedRecord)
      expect(tampered).toContain(`sealed/${id}`)
      expect(await redis.keys(`{doctor}:aside:sealed:${id}:*`)).not.toHaveLength(0)
      await store.remove('sealed', id)
      expect(await store.get('sealed', id)).toBeUndefined()
    })

  it('leaves a forged record out of a list and keeps the others', async () => {
    await store.put('mixed', 'good', 1, 0)
    await store.put('mixed', 'bad', 2, 0)
    await redis.hset('{doctor}:record:mixed:bad', 'd', '3')
    expect((await store.list<number>('mixed')).map((one) => one.value)).toEqual([1])
  })
})

describe('once, count, lock, now', () => {
  it('says yes once for a key, over all replicas', async () => {
    const name = fresh()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).once(name, 5)))
    expect(answers.filter(Boolean)).toHaveLength(1)
  })

  it('says yes again after the ttl', async () => {
    const name = fresh()
    expect(await store.once(name, 0.04)).toBe(true)
    await sleep(60)
    expect(await store.once(name, 1)).toBe(true)
  })

  it('counts from one and starts anew after the ttl of the first use', async () => {
    const name = fresh()
    expect([await store.count(name, 0.06), await other.count(name, 60)]).toEqual([1, 2])
    await sleep(90)
    expect(await store.count(name, 1)).toBe(1)
  })

  it('lets one holder in, with a rising fencing token, and renews while the work runs', async () => {
    const name = fresh()
    const tokens: number[] = []
    const first = store.lock(name, 0.15, async (token) => {
      tokens.push(token)
      await sleep(400)
      return 'done'
    })
    await sleep(300)
    expect(await other.lock(name, 1, async () => 'stolen')).toBeUndefined()
    expect(await first).toBe('done')
    await other.lock(name, 1, async (token) => tokens.push(token))
    expect(tokens[1]).toBeGreaterThan(tokens[0]!)
  })

  it('lets go of a lock when the work throws', async () => {
    const name = fresh()
    await expect(store.lock(name, 5, () => Promise.reject(new Error('work')))).rejects.toThrow('work')
    expect(await store.lock(name, 5, async () => 'free')).toBe('free')
  })

  it('has one clock for all', async () => {
    expect(Math.abs((await store.now()) - Date.now())).toBeLessThan(2_000)
  })
})

describe('when the server is away', () => {
  it('fails within half a second, with StoreUnavailable', async () => {
    const own = await throwAwayRedis()
    const client = own.connect('commands')
    await new Promise((ready) => client.once('ready', ready))
    const lonely = redisStore(client, key)
    await lonely.ping()
    await own.stop()
    const before = Date.now()
    const calls = [
      lonely.get('a', 'b'),
      lonely.put('a', 'b', 1, 0),
      lonely.once('x', 1),
      lonely.now(),
      lonely.list('a'),
    ]
    for (const call of calls) await expect(call).rejects.toThrow(StoreUnavailable)
    expect(Date.now() - before).toBeLessThan(500)
    client.disconnect()
  })
})
