import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { type Doctor, systemClock } from '../../../src/doctor/doctor.ts'
import { changeIncident } from '../../../src/doctor/incident/incident-store.ts'
import { mailLater, sendMail } from '../../../src/doctor/places/mail.ts'
import { tellPlace, tellPlaces } from '../../../src/doctor/places/tell-places.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import type { IncidentNews } from '../../../src/domain/incident-news.ts'
import type { Job } from '../../../src/domain/job.ts'
import type { PlaceAnswer, PlaceContext } from '../../../src/ports/places.ts'
import { StoreUnavailable } from '../../../src/ports.ts'
import { throwAwayRedis } from '../../adapters/redis/redis.ts'
import { silent } from '../ward.ts'

let server: RedisServer
let redis: Redis
let doctor: Doctor
const jobs: Job[] = []
const told: IncidentNews[] = []
const contexts: PlaceContext[] = []
const noted: string[] = []
let answer: (news: IncidentNews, context: PlaceContext) => Promise<PlaceAnswer>
const { signal } = new AbortController()

const incident = (more: Partial<Incident> = {}): Incident => ({
  id: 'i-1',
  fingerprint: 'f',
  state: 'investigating',
  title: 'checkout is failing',
  severity: 'critical',
  cluster: 'prod',
  source: 'pagerduty',
  openedBy: 'pagerduty',
  openedAt: '2026-11-21T09:00:00.000Z',
  updatedAt: '2026-11-21T09:00:00.000Z',
  seen: 1,
  thread: { channel: 'C1', ts: '1.0' },
  plans: [],
  attempts: [],
  ...more,
})

beforeAll(async () => {
  server = await throwAwayRedis()
  redis = server.connect('commands')
  await new Promise((ready) => redis.once('ready', ready))
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})
beforeEach(async () => {
  await redis.flushall()
  for (const list of [jobs, told, contexts, noted]) list.length = 0
  answer = async () => ({ kind: 'done', ref: 'OPS-1' })
  const place = {
    tell: async (news: IncidentNews, context: PlaceContext) => {
      told.push(news)
      contexts.push(context)
      return answer(news, context)
    },
  }
  doctor = {
    store: redisStore(redis, randomBytes(32)),
    clock: systemClock,
    config: { routes: [], slack: { channel: 'C1' } },
    places: new Map([['jira', place]]),
    jobs: { add: async (job: Job) => void jobs.push(job) },
    log: silent,
    audit: { append: async ({ kind }: { kind: string }) => void noted.push(kind), read: async () => [] },
  } as unknown as Doctor
})
const put = (one: Incident) => doctor.store.put('incident', one.id, one, 0)
const job = { v: 1, kind: 'elsewhere', incident: 'i-1', place: 'jira' } as const
const tell = () => tellPlace(doctor, job, signal)

describe('telling other places', () => {
  it('is asked for where there is news, and for a count it is not', async () => {
    await put(incident())
    await tellPlaces(doctor, 'i-1')
    expect(jobs).toEqual([job])
    await tell()
    await changeIncident(doctor, 'i-1', (now) => ({ ...now, seen: 99, updatedAt: '2026-11-21T10:00:00.000Z' }))
    await tellPlaces(doctor, 'i-1')
    expect(jobs).toHaveLength(1)
    await changeIncident(doctor, 'i-1', (now) => ({ ...now, state: 'escalated' }))
    await tellPlaces(doctor, 'i-1')
    expect(jobs).toHaveLength(2)
    await tell()
    await tell()
    expect(told.map(({ state }) => state)).toEqual(['investigating', 'escalated'])
    expect(contexts[1]?.before).toMatchObject({ ref: 'OPS-1' })
  })

  it('says nothing of what nobody was told of in the channel', async () => {
    const { thread: _, ...untold } = incident()
    await put(untold)
    await tellPlaces(doctor, 'i-1')
    expect(jobs).toEqual([])
  })

  it('is tried again after a throw, and then the place knows that something was begun', async () => {
    await put(incident())
    answer = async (_, { begin }) => {
      await begin()
      throw new Error('away')
    }
    await expect(tell()).rejects.toThrow('away')
    answer = async () => ({ kind: 'done', ref: 'OPS-2' })
    await tell()
    expect(contexts[1]?.before).toMatchObject({ begun: expect.any(Number) })
    await changeIncident(doctor, 'i-1', (now) => ({ ...now, state: 'resolved' }))
    await tell()
    expect(contexts[2]?.before).toMatchObject({ ref: 'OPS-2' })
  })

  it('puts on the record what a place refuses, and does not ask again', async () => {
    await put(incident())
    answer = async () => ({ kind: 'refused', message: 'Jira answered 403' })
    await tell()
    await tell()
    expect(told).toHaveLength(1)
    expect(noted).toEqual(['place.refused'])
  })

  it('never fails whoever has news', async () => {
    await put(incident())
    const away = { ...doctor, jobs: { add: () => Promise.reject(new StoreUnavailable('away')) } } as unknown as Doctor
    await expect(tellPlaces(away, 'i-1')).resolves.toBeUndefined()
  })
})

describe('mailing a report', () => {
  it('happens once for a day, and again until it is taken', async () => {
    const sent: string[] = []
    let refuses = true
    const mailing = {
      ...doctor,
      mailer: {
        send: async ({ subject }: { subject: string }) => {
          if (refuses) throw new Error('the mail server did not take it')
          sent.push(subject)
        },
      },
    } as unknown as Doctor
    const document = [{ kind: 'title', text: 'Health' }] as const
    for (let n = 0; n < 2; n += 1) await mailLater(mailing, 'report-prod-2026-11-21', 'Health of prod', document)
    expect(jobs[0]).toEqual({ v: 1, kind: 'mail', id: 'report-prod-2026-11-21' })
    await expect(sendMail(mailing, 'report-prod-2026-11-21', signal)).rejects.toThrow('did not take it')
    refuses = false
    await sendMail(mailing, 'report-prod-2026-11-21', signal)
    await sendMail(mailing, 'report-prod-2026-11-21', signal)
    expect(sent).toEqual(['Health of prod'])
  })
})
