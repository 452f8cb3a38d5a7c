import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LocalMessage } from '../../src/demo/slack/model.ts'
import { imageOf, images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, hurriedClock, pagerdutyEvent, startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    cluster: { seed: seedBrokenCheckout, images, speed: 20 },
    overrides: { clock: hurriedClock() },
  })
})
afterAll(() => world?.close())

const inThread = (ts: string, text: RegExp) =>
  world.slack.waitFor((message) => message.thread_ts === ts && message.ts !== ts && text.test(message.text), 15_000)

describe('from alert to effect', () => {
  it('says why, proposes, lets only the right person approve, changes exactly that, verifies, and offers the way back', async () => {
    await world.pagerduty(pagerdutyEvent('triggered'))
    const parent = await world.slack.waitFor((message) => message.text.includes('payments/checkout is failing'))
    await inThread(parent.ts, /^Cause: .*2\.8\.2-typo does not exist/)
    const card = await world.slack.waitFor((message) => JSON.stringify(message.blocks ?? []).includes('doctor.approve'))
    expect(card.thread_ts).toBe(parent.ts)
    expect(imageOf(world.cluster)).toContain('2.8.2-typo')

    await world.slack.as('U0BEN').press(card.ts, channel, 'doctor.approve')
    await inThread(parent.ts, /not among those who may approve/)
    expect(imageOf(world.cluster)).toContain('2.8.2-typo')

    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.details')
    expect(JSON.stringify(await world.slack.waitForModal('U0ANA'))).toContain('2.8.1')
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await world.slack.waitFor(
      (message) => message.ts === card.ts && JSON.stringify(message.blocks).includes('doctor.undo'),
      20_000,
    )
    expect(imageOf(world.cluster)).toContain('2.8.1')
    const patches = world.cluster.requests.filter((request) => request.method === 'PATCH')
    expect(patches.filter((request) => !request.dryRun)).toHaveLength(1)
    const kinds = (await world.app.doctor.audit.read({ plan: planOf(card) })).map((entry) => entry.kind)
    expect(kinds).toEqual(['plan.proposed', 'plan.approved', 'effect.intended', 'effect.done', 'effect.verified'])
    await world.slack.waitFor((message) => message.ts === parent.ts && message.text.startsWith('resolved'), 15_000)

    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.undo')
    await world.slack.waitFor(
      (message) =>
        message.ts !== card.ts &&
        message.thread_ts === parent.ts &&
        JSON.stringify(message.blocks ?? []).includes('doctor.approve'),
    )
  })
})

const planOf = (card: LocalMessage): string => /"value":"([0-9a-f]{32})"/.exec(JSON.stringify(card.blocks))?.[1] ?? ''
