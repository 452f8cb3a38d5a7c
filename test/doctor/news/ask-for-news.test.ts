import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/client.ts'
import { githubNews } from '../../../src/adapters/github/news.ts'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { systemClock } from '../../../src/doctor/doctor.ts'
import { askForNews } from '../../../src/doctor/news/ask-for-news.ts'
import type { Store } from '../../../src/ports.ts'
import { source } from '../../../src/sources/github.ts'
import type { Parsed } from '../../../src/sources/source.ts'
import { run } from '../../adapters/github/acted.ts'
import { repository, type SimulatedGitHub, simulatedGitHub, token } from '../../adapters/github/simulated.ts'
import { throwAwayRedis } from '../../adapters/redis/redis.ts'

let server: RedisServer
let redis: Redis
let store: Store
let github: SimulatedGitHub
let issues: unknown[]
let statuses: unknown[]
beforeAll(async () => {
  server = await throwAwayRedis()
  redis = server.connect('commands')
  await new Promise((ready) => redis.once('ready', ready))
})
afterAll(async () => {
  redis?.disconnect()
  await server?.stop()
})
const ago = (seconds: number) => Date.now() - seconds * 1_000
const iso = (seconds: number) => new Date(ago(seconds)).toISOString()
beforeEach(async () => {
  await redis.flushall()
  store = redisStore(redis, randomBytes(32))
  issues = []
  statuses = []
  const deployment = { id: 5, sha: 'a'.repeat(40), ref: 'main', environment: 'production', created_at: iso(300) }
  github = await simulatedGitHub((path) => {
    if (path.startsWith(`/repos/${repository}/issues?`)) return issues
    if (path.includes('/deployments/5/statuses')) return statuses
    return path.startsWith(`/repos/${repository}/deployments?`) ? (statuses.length > 0 ? [deployment] : []) : undefined
  })
})
afterEach(() => github.close())

const ended = (id: number, seconds: number, conclusion = 'failure', change = {}) =>
  github.actions.put(run(id, { conclusion, created: ago(seconds + 60), updated: ago(seconds), ...change }))

const doctor = () => ({ store, clock: systemClock, log: { warn: () => {} } as never })
const ask = async (kind = 'accepted'): Promise<readonly Parsed[]> => {
  const heard: Parsed[] = []
  const news = githubNews(openGitHub({ token, apiUrl: github.apiUrl }))
  await askForNews(doctor(), news, source, repository, async (_, parsed) => {
    heard.push(parsed)
    return { kind }
  })
  return heard
}
const alerts = (heard: readonly Parsed[]) =>
  heard.flatMap((one) => ('alerts' in one ? one.alerts.map(({ status, happening }) => `${status} ${happening}`) : []))

describe('asking GitHub for news', () => {
  it('hears of runs that ended on the default branch, in their order, as their webhooks would have told it', async () => {
    ended(3, 60, 'success')
    ended(2, 120)
    ended(4, 30, 'failure', { branch: 'feature/x' })
    ended(5, 1_200)
    github.actions.put(run(6, { status: 'in_progress', conclusion: null, created: ago(50), updated: ago(5) }))
    const heard = await ask()
    expect(alerts(heard)).toEqual(['firing run-2-1', 'resolved run-3-1'])
    expect(heard[0]).toMatchObject({
      alerts: [
        {
          labels: { file: 'deploy.yml' },
          link: { run: repository, id: '2' },
          title: 'Workflow Deploy of acme/checkout failed',
        },
      ],
    })
  })

  it('goes on from where it was, also in another replica, and asks again for what was not taken', async () => {
    ended(2, 60)
    expect(alerts(await ask('busy'))).toEqual(['firing run-2-1'])
    expect(alerts(await ask())).toEqual(['firing run-2-1'])
    ended(3, 1, 'success')
    // What lies in the overlap comes once more; that it counts once is the taking's work.
    expect(alerts(await ask())).toEqual(['firing run-2-1', 'resolved run-3-1'])
    await store.put('news', repository, { seen: new Date().toISOString() }, 2, 60)
    expect(alerts(await ask())).toEqual([])
  })

  it('hears of deployments and of issues with our label', async () => {
    statuses = [{ id: 71, state: 'failure', environment: 'production', created_at: iso(100) }]
    issues = [
      { number: 12, title: 'payments/checkout is down', html_url: 'https://github.com/x', updated_at: iso(90) },
      { number: 13, title: 'a pull request', pull_request: {}, updated_at: iso(80) },
      { number: 14, title: 'long ago', updated_at: iso(5_000) },
    ]
    const heard = await ask()
    expect(heard.map(({ kind }) => kind)).toEqual(['deployment', 'issue'])
    expect(alerts(heard)).toEqual(['firing deployment-status-71', 'firing issue-acme/checkout-12'])
  })

  it('looks no further than it must, and costs nothing where nothing changed', async () => {
    for (let id = 1; id <= 60; id += 1) ended(id, 7 * 3_600 + id)
    const news = githubNews(openGitHub({ token, apiUrl: github.apiUrl }))
    const since = new Date(ago(600)).toISOString()
    for (let times = 0; times < 3; times += 1)
      expect(await news.since(repository, since)).toEqual({ kind: 'ok', value: [] })
    expect(github.actions.used()).toBe(1)
    expect(github.asked.filter((path) => path.includes('/actions/runs'))).toHaveLength(3)
  })

  it('leaves the last of the limit to what people wait for', async () => {
    const client = { ...openGitHub({ token, apiUrl: github.apiUrl }), spare: () => 0.05 }
    expect(await githubNews(client).since(repository, iso(600))).toMatchObject({ reason: 'throttled' })
    expect(github.asked).toEqual([])
  })

  it('moves no bookmark where it could not ask', async () => {
    const gone = githubNews(openGitHub({ token, apiUrl: 'http://127.0.0.1:1' }))
    expect(await askForNews(doctor(), gone, source, repository, async () => ({ kind: 'accepted' }))).toBe(0)
    expect(await store.get('news', repository)).toBeUndefined()
  })
})
