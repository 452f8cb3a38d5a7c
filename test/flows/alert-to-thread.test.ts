import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channel, pagerdutyEvent, startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.close())

const parents = () =>
  world.slack.messages(channel).filter((message) => message.thread_ts === undefined || message.thread_ts === message.ts)

describe('an alert', () => {
  it('opens one thread, answers 202 with the incident, and says what was found', async () => {
    const begin = Date.now()
    const response = await world.pagerduty(pagerdutyEvent('triggered'))
    expect(response.status).toBe(202)
    const { id } = (await response.json()) as { id: string }
    expect(id).toMatch(/^i-/)
    const parent = await world.slack.waitFor((message) => message.text.includes('payments/checkout is failing'))
    expect(Date.now() - begin).toBeLessThan(3_000)
    expect(JSON.stringify(parent.blocks)).toContain('https://acme.pagerduty.com/incidents/PGR0VU2')
    const answer = await world.slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts)
    expect(answer.text).not.toBe('')
  })

  it('joins the same trouble to the same thread and counts each delivery once', async () => {
    const event = pagerdutyEvent('triggered', { id: 'PSAME01', title: 'ledger is slow' })
    const first = (await (await world.pagerduty(event)).json()) as { id: string }
    const again = (await (await world.pagerduty(event)).json()) as { id: string }
    expect(again.id).toBe(first.id)
    await Promise.all(
      Array.from({ length: 10 }, () =>
        world.pagerduty(pagerdutyEvent('triggered', { id: 'PSAME01', title: 'ledger is slow' })),
      ),
    )
    await world.slack.waitFor((message) => message.text.includes('ledger is slow'))
    await sleep(200)
    expect(parents().filter((message) => message.text.includes('ledger is slow'))).toHaveLength(1)
    const stored = await world.app.doctor.store.get<{ seen: number }>('incident', first.id)
    expect(stored?.value.seen).toBe(11)
  })

  it('edits the parent when the trouble is over', async () => {
    const data = { id: 'POVER01', title: 'search is down' }
    await world.pagerduty(pagerdutyEvent('triggered', data))
    const parent = await world.slack.waitFor((message) => message.text.includes('search is down'))
    await world.slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts)
    await world.pagerduty(pagerdutyEvent('resolved', { ...data, status: 'resolved' }))
    await world.slack.waitFor((message) => message.ts === parent.ts && message.text.startsWith('resolved'))
  })

  it('opens nothing for news of the end of something unknown', async () => {
    const data = {
      id: 'PLATE01',
      title: 'gone before it came',
      created_at: new Date(Date.now() - 60_000).toISOString(),
    }
    expect((await world.pagerduty(pagerdutyEvent('resolved', data))).status).toBe(202)
    expect((await world.pagerduty(pagerdutyEvent('triggered', data))).status).toBe(202)
    await sleep(300)
    expect(parents().some((message) => message.text.includes('gone before'))).toBe(false)
  })
})
