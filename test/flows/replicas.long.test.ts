import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRedis, type RedisServer } from '../../src/adapters/redis/connect.ts'
import { loadConfig } from '../../src/config.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { type LocalSlack, startLocalSlack } from '../../src/demo/slack/start.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { silentLog } from '../../src/main/log.ts'
import { type Role, type Running, start } from '../../src/main.ts'
import { imageOf, images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, hurriedClock, pagerdutyEvent, secrets } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-roles-'))
const apps: Running[] = []
let redis: RedisServer
let slack: LocalSlack
let cluster: SimulatedCluster

/** The app as it is deployed: two gateways, two workers, one executor; one Redis, one seal key, a record for each. */
const roles: readonly Role[] = ['gateway', 'gateway', 'worker', 'worker', 'executor']

beforeAll(async () => {
  ;[redis, slack, cluster] = await Promise.all([
    openRedis({}),
    startLocalSlack({ retryDelaysMs: [50] }),
    startSimulatedCluster({ name: 'prod-eu1', seed: seedBrokenCheckout, images, speed: 20 }),
  ])
  for (const user of ['reader', 'writer'] as const) writeFileSync(join(folder, user), cluster.kubeconfig(user))
  const sealKey = randomBytes(32).toString('hex')
  for (const [index, role] of roles.entries()) {
    const loaded = loadConfig({
      PORT: '0',
      DOCTOR_DATA_DIR: join(folder, `${role}-${index}`),
      DOCTOR_SEAL_KEY: sealKey,
      KUBECONFIG: join(folder, 'reader'),
      DOCTOR_WRITER_KUBECONFIG: join(folder, role === 'executor' ? 'writer' : 'reader'),
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_API_URL: slack.apiUrl,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_CHANNEL: channel,
      PAGERDUTY_WEBHOOK_SECRET: secrets.pagerduty,
      DOCTOR_APPROVERS: 'U0ANA',
    })
    if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems))
    const pace = { burst: 20, everyMs: 20, giveUpMs: 3_000, most: 500 }
    apps.push(
      await start(loaded.config, { role, redis, log: silentLog, pace, times: { backoff: 50 }, clock: hurriedClock() }),
    )
  }
  await slack.connect(`${apps[1]?.url}/slack/events`)
})
afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()))
  await Promise.all([slack?.close(), cluster?.close(), redis?.stop()])
  rmSync(folder, { recursive: true, force: true })
})

const send = (gateway: number, event: object) => {
  const body = JSON.stringify({ event })
  const signature = createHmac('sha256', secrets.pagerduty).update(body).digest('hex')
  return fetch(`${apps[gateway]?.url}/webhooks/pagerduty`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-pagerduty-signature': `v1=${signature}` },
  })
}

describe('the app in its roles', () => {
  it('takes the same events at both gateways as one incident, each counted once', async () => {
    const events = Array.from({ length: 25 }, () => pagerdutyEvent('triggered', { id: 'PBOTH', title: 'seen twice' }))
    const answers = await Promise.all(events.flatMap((event) => [send(0, event), send(1, event)]))
    // A delivery that the other gateway is taking at this moment is asked for again.
    for (const [index, answer] of answers.entries())
      if (answer.status === 503) expect((await send(index % 2, events[Math.floor(index / 2)]!)).status).toBe(202)
    const incidents = (await apps[0]!.doctor.store.list<Incident>('incident')).map((stored) => stored.value)
    expect(incidents).toHaveLength(1)
    expect(incidents[0]?.seen).toBe(25)
    await slack.waitFor((message) => message.text.includes('seen twice'))
    await sleep(200)
    expect(
      slack
        .messages(channel)
        .filter((message) => message.text.includes('seen twice') && message.ts === (message.thread_ts ?? message.ts)),
    ).toHaveLength(1)
  })

  it('carries a case through gateway, worker and executor, and only the executor writes', async () => {
    await send(0, pagerdutyEvent('triggered'))
    const card = await slack.waitFor(
      (message) => JSON.stringify(message.blocks ?? []).includes('doctor.approve'),
      10_000,
    )
    await slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await slack.waitFor(
      (message) => message.ts === card.ts && JSON.stringify(message.blocks).includes('doctor.undo'),
      15_000,
    )
    expect(imageOf(cluster)).toContain('2.8.1')
    const writers = new Set(
      cluster.requests.filter((request) => request.method === 'PATCH').map((request) => request.user),
    )
    expect([...writers]).toEqual(['system:serviceaccount:cluster-doctor:doctor-writer'])
    expect(apps.slice(0, 4).every((app) => app.doctor.writers.size === 0)).toBe(true)
  })

  it('answers webhooks and Slack only at the gateways', async () => {
    for (const [index, role] of roles.entries()) {
      expect((await fetch(`${apps[index]?.url}/readyz`)).status).toBe(200)
      expect((await fetch(`${apps[index]?.url}/webhooks/pagerduty`, { method: 'POST' })).status).toBe(
        role === 'gateway' ? 415 : 404,
      )
    }
  })
})
