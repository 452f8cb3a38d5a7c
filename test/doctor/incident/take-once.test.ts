import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { type Doctor, systemClock } from '../../../src/doctor/doctor.ts'
import { onceByHappening, takeOnce } from '../../../src/doctor/incident/take-once.ts'
import type { Alert } from '../../../src/domain/alert.ts'
import { type Store, StoreUnavailable } from '../../../src/ports.ts'
import { source } from '../../../src/sources/pagerduty.ts'
import { throwAwayRedis } from '../../adapters/redis/redis.ts'

let server: RedisServer
let redis: Redis
let store: Store
beforeAll(async () => {
  server = await throwAwayRedis()
  redis = server.connect('commands')
  await new Promise((ready) => redis.once('ready', ready))
  store = redisStore(redis, randomBytes(32))
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

const alert = (deliveryId: string): Alert => ({
  source: 'pagerduty',
  deliveryId,
  fingerprint: 'f1',
  status: 'firing',
  title: 'checkout is down',
  severity: 'critical',
  startsAt: '2026-11-20T10:00:00Z',
  labels: {},
  annotations: {},
})
const doctorWith = (kept: Store): Doctor => ({ store: kept, clock: systemClock }) as unknown as Doctor
const take = async (): Promise<string> => 'i-1'

describe('taking a delivery once', () => {
  it('lets the retry through at once where the claim was kept and its answer was lost', async () => {
    let lost = 0
    const loses: Store = {
      ...store,
      put: async (kind, id, value, expected, ttl) => {
        const kept = await store.put(kind, id, value, expected, ttl)
        if (kind === 'delivery' && expected === 0 && lost++ === 0) throw new StoreUnavailable('the answer was lost')
        return kept
      },
    }
    const once = () => takeOnce(doctorWith(loses), source, alert('lost'), 'body', take)
    await expect(once()).rejects.toThrow(StoreUnavailable)
    expect(await once()).toBe('i-1')
    expect(await once()).toBe('i-1')
  })

  it('does not lift the claim of somebody else', async () => {
    await store.put('delivery', 'pagerduty:theirs', { body: 'body', by: 'another replica' }, 0, 30)
    expect(await takeOnce(doctorWith(store), source, alert('theirs'), 'body', take)).toEqual({ kind: 'busy' })
    const fails: Store = {
      ...store,
      get: async () => undefined,
      put: () => Promise.reject(new StoreUnavailable('away')),
    }
    await expect(takeOnce(doctorWith(fails), source, alert('theirs'), 'body', take)).rejects.toThrow('away')
    expect((await store.get('delivery', 'pagerduty:theirs'))?.value).toMatchObject({ by: 'another replica' })
  })

  it('refuses the same delivery with another body', async () => {
    expect(await takeOnce(doctorWith(store), source, alert('twice'), 'one', take)).toBe('i-1')
    expect(await takeOnce(doctorWith(store), source, alert('twice'), 'other', take)).toMatchObject({ kind: 'conflict' })
  })

  it('counts what a webhook told and what was found by asking once, also at the same moment', async () => {
    const doctor = doctorWith(store)
    let taken = 0
    const counting = async (): Promise<string> => {
      taken += 1
      await new Promise((resolve) => setTimeout(resolve, 60))
      return 'i-7'
    }
    const tell = (deliveryId: string) => {
      const happening = { ...alert(deliveryId), happening: 'run-7411-1' }
      return takeOnce(doctor, source, happening, deliveryId, onceByHappening(doctor, source, counting))
    }
    expect(await Promise.all([tell('hook'), tell('asked')])).toEqual(['i-7', 'i-7'])
    expect(await tell('asked-again')).toBe('i-7')
    expect(taken).toBe(1)
  })
})
