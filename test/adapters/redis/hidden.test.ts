import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { hidden, shown } from '../../../src/adapters/redis/hidden.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { throwAwayRedis } from './redis.ts'

const key = randomBytes(32)
const path = '/api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v3'
const plan = { change: { steps: [{ request: { path, body: 'what nobody may read' } }] } }
const plain = { change: { request: { path: '/api/v1/namespaces/shop/configmaps/secrets' } } }

describe('a stored record with a request to a Secret', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await throwAwayRedis()
  })
  afterAll(() => server?.stop())

  it('lies in Redis so that who reads Redis does not read it', async () => {
    const redis = server.connect('commands')
    await new Promise((ready) => redis.once('ready', ready))
    const store = redisStore(redis, key)
    expect(await store.put('plan', 'a', plan, 0)).toBe(true)
    expect(JSON.stringify(await redis.hgetall('{doctor}:record:plan:a'))).not.toContain('nobody')
    expect(await store.get('plan', 'a')).toEqual({ value: plan, version: 1 })
    expect(await store.list('plan')).toEqual([{ value: plan, version: 1 }])
    redis.disconnect()
  })

  it('is hidden anew each time, and shown only with the key, unchanged', () => {
    const text = JSON.stringify(plan)
    expect(hidden(key, text)).not.toBe(hidden(key, text))
    expect(shown(key, hidden(key, text))).toBe(text)
    expect(() => shown(randomBytes(32), hidden(key, text))).toThrow()
    const cut = Buffer.from(hidden(key, text).slice(7), 'base64')
    cut[40] = (cut[40] ?? 0) ^ 1
    expect(() => shown(key, `hidden:${cut.toString('base64')}`)).toThrow()
  })

  it('is the only kind that is hidden', () => {
    expect(hidden(key, JSON.stringify(plain))).toBe(JSON.stringify(plain))
    expect(shown(key, JSON.stringify(plain))).toBe(JSON.stringify(plain))
  })
})
