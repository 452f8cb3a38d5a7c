import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRedis } from '../../src/adapters/redis/connect.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { startWire } from '../adapters/places/wire.ts'
import { type KillableRedis, startRedis } from '../bench/storm/redis.ts'
import { images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, pagerdutyEvent, startWorld, type World } from './world.ts'

describe('an API server that lets us read nothing', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ cluster: { seed: seedBrokenCheckout, images } })
  })
  afterAll(() => world?.close())

  it('leads to an answer that says so, never to “nothing wrong”', async () => {
    const mend = world.cluster.faults.fail({ effect: { kind: 'status', code: 403 } })
    await world.pagerduty(pagerdutyEvent('triggered'))
    const parent = await world.slack.waitFor((message) => message.text.includes('payments/checkout is failing'))
    const answer = await world.slack.waitFor(
      (message) => message.thread_ts === parent.ts && message.ts !== parent.ts,
      15_000,
    )
    expect(JSON.stringify(answer.blocks)).toContain('Could not read')
    expect(`${answer.text} ${JSON.stringify(answer.blocks)}`).not.toMatch(/nothing wrong|healthy/i)
    await world.slack.waitFor((message) => message.ts === parent.ts && message.text.startsWith('needs a person'))
    mend()
  })

  it('leads to a sentence where the alert is about a cluster that is not connected', async () => {
    const alert = {
      labels: { alertname: 'X', cluster: 'mars-1', severity: 'critical' },
      startsAt: new Date().toISOString(),
    }
    const response = await world.alertmanager({ version: '4', status: 'firing', groupKey: 'mars', alerts: [alert] })
    expect(response.status).toBe(202)
    const answer = await world.slack.waitFor((message) => message.text.includes('I cannot look at mars-1'))
    expect(answer.text).toContain('prod-eu1')
  })
})

describe('a chat that is away', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ cluster: { seed: seedBrokenCheckout, images } })
  })
  afterAll(() => world?.close())

  it('stops no diagnosis, and gets everything once it is back', async () => {
    const back = world.slack.faults.fail({ method: 'chat.postMessage', status: 503 })
    const { id } = (await (await world.pagerduty(pagerdutyEvent('triggered'))).json()) as { id: string }
    const stored = () => world.app.doctor.store.get<{ diagnosis?: object }>('incident', id)
    await expect.poll(async () => (await stored())?.value.diagnosis, { timeout: 20_000 }).toBeDefined()
    expect(world.slack.messages(channel).some((message) => message.text.includes('checkout is failing'))).toBe(false)
    back()
    const parent = await world.slack.waitFor((message) => message.text.includes('payments/checkout is failing'), 15_000)
    await world.slack.waitFor((message) => message.thread_ts === parent.ts && message.text.startsWith('Cause'), 15_000)
    await world.slack.waitFor((message) => JSON.stringify(message.blocks ?? []).includes('doctor.approve'), 15_000)
    expect(
      world.slack
        .messages(channel)
        .filter((message) => message.text.includes('checkout is failing') && message.ts === parent.ts),
    ).toHaveLength(1)
  })
})

describe('a store that is away', () => {
  it('turns alerts back to their sender and tells people at once, within half a second', async () => {
    const world = await startWorld()
    await world.redis.stop()
    await sleep(50)
    for (let n = 0; n < 5; n += 1) {
      const begin = performance.now()
      const response = await world.pagerduty(pagerdutyEvent('triggered'))
      expect(performance.now() - begin).toBeLessThan(500)
      expect(response.status).toBe(503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    const begin = performance.now()
    const result = await world.slack.as('U0CARA').command('/doctor pods', channel)
    expect(performance.now() - begin).toBeLessThan(500)
    expect(JSON.stringify(result)).toMatch(/ok/)
    await world.slack.waitFor((message) => message.text.includes('nothing was recorded'))
    const ready = await fetch(`${world.app.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toMatchObject({ dependencies: { redis: { status: 'unavailable' } } })
    expect((await fetch(`${world.app.url}/healthz`)).status).toBe(200)
    const asked = performance.now()
    await world.close()
    expect(performance.now() - asked).toBeLessThan(6_000)
  })
})

describe('a store that goes away and comes back', () => {
  let world: World
  let redis: KillableRedis
  let folder: string
  let hook: Awaited<ReturnType<typeof startWire>>
  let tries = 0
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-spool-'))
    redis = await startRedis(folder)
    hook = await startWire(() => {
      tries += 1
      return { status: tries === 1 ? 503 : 200 }
    })
    world = await startWorld({
      env: { DOCTOR_SPOOL_MB: '64', DOCTOR_WEBHOOK_URL: hook.url, DOCTOR_WEBHOOK_SECRET: 'a-secret-of-the-receiver' },
      overrides: { redis: await openRedis({ url: redis.url }) },
    })
  })
  afterAll(async () => {
    await world?.close()
    await redis?.stop()
    await hook?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const send = async (event: object) => {
    const response = await world.pagerduty(event)
    return [response.status, await response.json()] as const
  }

  it('gets in order, and once, what was accepted meanwhile; what cannot be read or proved is refused as ever', async () => {
    redis.kill()
    await sleep(100)
    const first = pagerdutyEvent('triggered', { id: 'PKEPT1', title: 'payments/api is failing' })
    expect(await send(first)).toMatchObject([202, { kept: true }])
    expect(await send(first)).toMatchObject([202, { kept: true }])
    for (let n = 0; n < 5; n += 1)
      expect((await send(pagerdutyEvent('triggered', { id: 'PKEPT2', title: 'trouble two' })))[0]).toBe(202)
    expect((await send(pagerdutyEvent('resolved', { id: 'PKEPT1', status: 'resolved' })))[0]).toBe(202)
    expect((await send({ id: 7 }))[0]).toBe(400)
    expect((await world.pagerduty(first, { secret: 'wrong' })).status).toBe(401)
    const kept = readFileSync(join(world.dataDir, 'spool', 'spool.journal'), 'utf8')
    expect(kept).not.toMatch(/v1=|signature|authorization/i)
    await world.slack.as('U0CARA').command('/doctor pods', channel)
    await world.slack.waitFor((message) => message.text.includes('nothing was recorded'))
    expect(kept.split('\n').length).toBe(10)
    await redis.start()
    const incidents = async () =>
      (await world.app.doctor.store.list<Incident>('incident', 50)).map(({ value }) => value)
    await expect.poll(() => incidents().catch(() => []), { timeout: 15_000 }).toHaveLength(2)
    const journals = () => readdirSync(join(world.dataDir, 'spool')).filter((name) => name.endsWith('.journal'))
    await expect.poll(journals, { timeout: 15_000 }).toEqual([])
    const of = async (title: string) => (await incidents()).find((one) => one.title.includes(title))
    expect((await of('payments/api'))?.seen).toBe(1)
    expect((await of('trouble two'))?.seen).toBe(5)
    expect((await of('payments/api'))?.state).toBe('resolved')
    const entries = await world.app.doctor.audit.read({ kinds: ['ingress.kept', 'ingress.lost'] })
    expect(entries.map(({ kind }) => kind)).toEqual(['ingress.kept'])
  })

  it('tells a webhook of ours how each incident ended, although it was away at first', async () => {
    const told = () => hook.seen.map(({ body }) => JSON.parse(body) as { title: string; state: string })
    await expect
      .poll(() => told().filter(({ title, state }) => title.includes('trouble two') && state === 'escalated').length, {
        timeout: 15_000,
      })
      .toBeGreaterThan(0)
    expect(hook.seen.every(({ headers }) => /^v1=[0-9a-f]{64}$/.test(String(headers['x-doctor-signature'])))).toBe(true)
    expect(tries).toBeGreaterThan(1)
  })
})
