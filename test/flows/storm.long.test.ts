import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Incident } from '../../src/domain/incident.ts'
import { channel, pagerdutyEvent, startWorld, type World } from './world.ts'

const alerts = Number(process.env['DOCTOR_TEST_STORM'] ?? '600')
const troubles = 50

let world: World
beforeAll(async () => {
  world = await startWorld({
    overrides: { pace: { burst: 3, everyMs: 1_000, giveUpMs: 20_000, most: 500 }, graceMs: 200 },
  })
})
afterAll(() => world?.close())

describe('an alert storm', () => {
  it(`takes ${alerts} alerts about ${troubles} troubles as ${troubles} incidents, loses none, and keeps the channel readable`, async () => {
    const times: number[] = []
    let next = 0
    const sender = async () => {
      while (next < alerts) {
        const n = next++
        const begin = performance.now()
        const event = pagerdutyEvent('triggered', { id: `P${n % troubles}`, title: `trouble ${n % troubles}` })
        const response = await world.pagerduty(event)
        expect(response.status).toBe(202)
        await response.arrayBuffer()
        times.push(performance.now() - begin)
      }
    }
    await Promise.all(Array.from({ length: 50 }, sender))
    const incidents = (await world.app.doctor.store.list<Incident>('incident', 200)).map((stored) => stored.value)
    expect(incidents).toHaveLength(troubles)
    expect(incidents.reduce((sum, incident) => sum + incident.seen, 0)).toBe(alerts)
    const sorted = times.toSorted((a, b) => a - b)
    const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0
    expect(p99).toBeLessThan(10_000)
    const parents = world.slack.messages(channel).filter((message) => (message.thread_ts ?? message.ts) === message.ts)
    expect(parents.length).toBeLessThanOrEqual(troubles)
  })

  it('answers a person within a moment while the channel is full', async () => {
    const begin = performance.now()
    await world.slack.as('U0CARA').command('/doctor contexts', channel)
    await world.slack.waitFor(
      (message) => message.text.includes('prod-eu1') && JSON.stringify(message).includes('U0CARA'),
    )
    expect(performance.now() - begin).toBeLessThan(2_000)
  })

  it('gathers a flood of new troubles in one incident, counts all, and says so first', async () => {
    const before = (await world.app.doctor.store.list<Incident>('incident', 500)).length
    const parents = () => world.slack.messages(channel).filter(({ ts, thread_ts }) => (thread_ts ?? ts) === ts).length
    const told = parents()
    const flood = 300
    await Promise.all(
      Array.from({ length: flood }, (_, n) =>
        world.pagerduty(pagerdutyEvent('triggered', { id: `PNEW${n}`, title: `flood ${n}` })),
      ),
    )
    const all = async () => (await world.app.doctor.store.list<Incident>('incident', 500)).map(({ value }) => value)
    const counted = async () =>
      (await all()).filter(({ title }) => /^(flood|Alert storm)/.test(title)).reduce((sum, { seen }) => sum + seen, 0)
    // More than a hundred at once wait on disk for a moment.
    await expect.poll(counted).toBe(flood)
    const incidents = await all()
    const storms = incidents.filter((incident) => incident.title.startsWith('Alert storm'))
    expect(storms).toHaveLength(1)
    expect(incidents.length - before).toBeLessThan(20)
    await world.slack.waitFor((message) => message.text.includes('Alert storm'), 6_000)
    expect(parents() - told).toBeLessThanOrEqual(5)
  })
})
