import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { changesOn } from '../../../src/doctor/audit/audited-changes.ts'
import { hearOfWrites } from '../../../src/doctor/audit/hear-of-writes.ts'
import { type Doctor, systemClock } from '../../../src/doctor/doctor.ts'
import type { Alert } from '../../../src/domain/alert.ts'
import type { AuditedWrite } from '../../../src/domain/audited-change.ts'
import type { TimelineEvent } from '../../../src/domain/timeline.ts'
import { throwAwayRedis } from '../../adapters/redis/redis.ts'

let server: RedisServer
let redis: Redis
let doctor: Doctor
const noted: Omit<TimelineEvent, 'at'>[] = []
const raised: Alert[] = []
const writer = 'system:serviceaccount:cluster-doctor:doctor-writer'
const writerAccount = { namespace: 'cluster-doctor', name: 'doctor-writer' }

beforeAll(async () => {
  server = await throwAwayRedis()
  redis = server.connect('commands')
  await new Promise((ready) => redis.once('ready', ready))
})
beforeEach(async () => {
  await redis.flushall()
  noted.length = 0
  raised.length = 0
  doctor = {
    store: redisStore(redis, randomBytes(32)),
    clock: systemClock,
    config: { kube: { writerAccount } },
    log: { error: () => undefined },
    audit: { append: async (event: TimelineEvent) => void noted.push(event) },
  } as unknown as Doctor
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})

const path = '/apis/apps/v1/namespaces/shop/deployments/web'
const write = (id: string, more: Partial<AuditedWrite> = {}): AuditedWrite => ({
  id,
  at: new Date().toISOString(),
  user: 'ana@acme.dev',
  verb: 'patch',
  method: 'PATCH',
  path,
  object: { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' },
  ...more,
})
const hear = (...writes: AuditedWrite[]) =>
  hearOfWrites(doctor, async (_, alerts) => {
    raised.push(...alerts)
    return { kind: 'accepted', ids: ['i-alarm'] }
  })('prod', writes)
/** A plan of ours whose intent is on the record, as the executor keeps it. */
const armed = (
  id: string,
  life: object = {},
  change: object = { kind: 'cluster-write', request: { method: 'PATCH', path } },
) =>
  doctor.store.put(
    'plan',
    id,
    {
      plan: { id, cluster: 'prod', createdAt: new Date(Date.now() - 1_200_000).toISOString(), change },
      life: { armedAt: new Date().toISOString(), ...life },
      intentSeq: 7,
    },
    0,
  )

describe('who changed what', () => {
  it('is kept in the order of time, once, without those who keep a cluster going', async () => {
    const early = write('a1', { at: new Date(Date.now() - 60_000).toISOString() })
    await hear(write('a2'), early)
    await hear(
      write('a2'),
      write('n1', { user: 'system:node:worker-1' }),
      write('n2', { user: 'system:serviceaccount:kube-system:deployment-controller' }),
      write('n3', { object: { group: '', resource: 'events', namespace: 'shop', name: 'x' } }),
      write('n4', {
        object: { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web', subresource: 'status' },
      }),
      write('old', { at: new Date(Date.now() - 90_000_000).toISOString() }),
    )
    const kept = await changesOn(doctor, 'prod')
    expect(kept.map(({ id }) => id)).toEqual(['a1', 'a2'])
    expect(kept[0]).not.toHaveProperty('path')
    expect(await changesOn(doctor, 'staging')).toEqual([])
  })

  it('is bounded', async () => {
    await hear(...Array.from({ length: 700 }, (_, n) => write(`b${n}`)))
    expect(await changesOn(doctor, 'prod')).toHaveLength(500)
  })
})

describe('a write with the doctor’s own credentials', () => {
  it('is well where a plan stands for it, however often it is told of', async () => {
    await armed('p1')
    expect(await hear(write('w1', { user: writer }))).toBe(0)
    expect(await hear(write('w1', { user: writer }))).toBe(0)
    expect(raised).toEqual([])
  })

  it('raises an alarm where none does: on the record once, with one incident', async () => {
    expect(await hear(write('w1', { user: writer }))).toBe(1)
    expect(await hear(write('w1', { user: writer }))).toBe(1)
    expect(raised[0]).toMatchObject({ source: 'audit', severity: 'critical', cluster: 'prod', deliveryId: 'w1' })
    expect(noted.map(({ kind, incident }) => [kind, incident])).toEqual([['write.unrecorded', 'i-alarm']])
    expect(noted[0]?.data).toMatchObject({ user: writer, method: 'PATCH', path })
  })

  it.each([
    ['a second time', async () => void (await hear(write('w0', { user: writer }))), {}],
    ['of another object', async () => {}, { path: '/apis/apps/v1/namespaces/shop/deployments/other' }],
    ['by another method', async () => {}, { method: 'DELETE', verb: 'delete' as const }],
    ['long before', async () => {}, { at: new Date(Date.now() - 3_600_000).toISOString() }],
  ])('raises an alarm where it was made %s', async (_, before, more) => {
    await armed('p1')
    await before()
    expect(await hear(write('w1', { user: writer, ...more }))).toBe(1)
  })

  it('raises an alarm where the plan was for another cluster, or never armed', async () => {
    await armed('p1', { armedAt: null })
    expect(await hear(write('w1', { user: writer }))).toBe(1)
  })

  it('knows the steps of a sequence up to where it is', async () => {
    const request = (name: string) => ({
      request: { method: 'POST', path: `/api/v1/namespaces/shop/pods/${name}/eviction` },
    })
    const steps = { kind: 'sequence', steps: [request('a'), request('b'), request('c')] }
    await armed('p1', { step: 1 }, steps)
    const evict = (name: string) =>
      write(`e-${name}`, {
        user: writer,
        verb: 'create',
        method: 'POST',
        path: `/api/v1/namespaces/shop/pods/${name}/eviction`,
        at: new Date(Date.now() - 600_000).toISOString(),
      })
    expect(await hear(evict('a'), evict('b'))).toBe(0)
    expect(await hear(evict('c'))).toBe(1)
  })

  it('is not looked for where nobody said who writes', async () => {
    doctor = { ...doctor, config: { kube: {} } } as unknown as Doctor
    expect(await hear(write('w1', { user: writer }))).toBe(0)
  })

  it('may ask what it may, and for its token', async () => {
    const asks = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'].map((resource) =>
      write(resource, {
        user: writer,
        verb: 'create',
        method: 'POST',
        object: { group: 'authorization.k8s.io', resource, name: '' },
      }),
    )
    expect(await hear(...asks)).toBe(0)
  })
})
