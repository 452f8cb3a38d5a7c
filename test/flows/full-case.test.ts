import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LocalMessage } from '../../src/demo/slack/model.ts'
import { sha256 } from '../../src/domain/canonical.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import { imageOf, images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, hurriedClock, startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    cluster: { seed: seedBrokenCheckout, images, speed: 20 },
    env: { DOCTOR_APPROVERS: 'U0ANA,S0ONCALL' },
    overrides: { clock: hurriedClock(25) },
  })
})
afterAll(() => world?.close())

const blocks = (message: LocalMessage) => JSON.stringify(message.blocks ?? [])
const seen = () => new Set(world.slack.messages(channel).map((message) => message.ts))
const cardAfter = (before: ReadonlySet<string>) =>
  world.slack.waitFor((one) => !before.has(one.ts) && blocks(one).includes('doctor.approve'), 10_000)
const told = (user: string, answer: RegExp) =>
  world.slack.waitFor((message) => message.ephemeral_to === user && answer.test(message.text))
const verified = (card: LocalMessage) =>
  world.slack.waitFor((one) => one.ts === card.ts && blocks(one).includes('doctor.undo'), 20_000)
const writes = () =>
  world.cluster.requests.filter(
    (one) => !one.dryRun && !['GET', 'HEAD'].includes(one.method) && !one.path.includes('accessreviews'),
  )

describe('a whole case', () => {
  let parent: LocalMessage
  let card: LocalMessage

  it('an alert becomes one parent message, the cause in its thread, and a card', async () => {
    const before = seen()
    const alert = {
      labels: {
        alertname: 'KubeDeploymentRolloutStuck',
        namespace: 'payments',
        deployment: 'checkout',
        severity: 'critical',
      },
      annotations: { summary: 'Rollout of payments/checkout is stuck' },
      startsAt: new Date().toISOString(),
    }
    const group = { version: '4', status: 'firing', groupKey: 'checkout', alerts: [alert] }
    expect((await world.alertmanager(group)).status).toBe(202)
    expect((await world.alertmanager(group)).status).toBe(202)
    card = await cardAfter(before)
    const parents = world.slack
      .messages(channel)
      .filter((one) => (one.thread_ts ?? one.ts) === one.ts && !before.has(one.ts))
    expect(parents).toHaveLength(1)
    parent = parents[0] as LocalMessage
    expect(card.thread_ts).toBe(parent.ts)
    const thread = world.slack.messages(channel, parent.ts).map((one) => one.text)
    expect(thread.some((text) => text.startsWith('Cause') && text.includes('2.8.2-typo'))).toBe(true)
    for (const part of [
      'prod-eu1',
      'payments/checkout',
      'Risk',
      '2.8.1',
      'Way back',
      'Done when',
      'may approve',
      'expires',
    ])
      expect(blocks(card)).toContain(part)
  })

  it('an outsider is refused with a sentence that only they see, and nothing changes', async () => {
    await world.slack.as('U0BEN').press(card.ts, channel, 'doctor.approve')
    await told('U0BEN', /not among those who may approve/)
    await world.slack.as('U0BEN').press(card.ts, channel, 'doctor.deny')
    await told('U0BEN', /not among those who may decide/)
    expect(writes()).toEqual([])
  })

  it('an approver approves: one write, exactly the one on the record; verified; the parent says resolved', async () => {
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.details')
    expect(JSON.stringify(await world.slack.waitForModal('U0ANA'))).toContain('2.8.1')
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await verified(card)
    expect(imageOf(world.cluster)).toContain('2.8.1')
    await world.slack.waitFor((one) => one.ts === parent.ts && one.text.startsWith('resolved'), 10_000)
    expect(writes()).toHaveLength(1)
    expect((await told('U0ANA', /Approved/)).text).toMatch(/card/)
    await world.slack
      .as('U0DAN')
      .press(card.ts, channel, 'doctor.deny')
      .catch(() => undefined)
    expect(writes()).toHaveLength(1)
  })

  it('the way back is a plan of its own with its own approval, and works', async () => {
    const before = seen()
    await world.slack.as('U0DAN').press(card.ts, channel, 'doctor.undo')
    await told('U0DAN', /way back is being planned/)
    const back = await cardAfter(before)
    expect(back.thread_ts).toBe(parent.ts)
    expect(imageOf(world.cluster)).toContain('2.8.1')
    // Meanwhile the image was pushed after all, so that the way back works.
    world.cluster.images.set('registry.acme.dev/checkout:2.8.2-typo', { listensOn: [8080], readyIn: 100 })
    await world.slack.as('U0ANA').press(back.ts, channel, 'doctor.approve')
    await verified(back)
    expect(imageOf(world.cluster)).toContain('2.8.2-typo')
    expect(writes()).toHaveLength(2)
  })

  it('what was tried stands on the next card; who asks for it cannot approve it', async () => {
    const before = seen()
    await world.slack.as('U0ANA').command('/doctor rollback payments/checkout', channel)
    const again = await cardAfter(before)
    expect(blocks(again)).toMatch(/Already tried:.*rollback-rollout/)
    await world.slack.as('U0ANA').press(again.ts, channel, 'doctor.approve')
    await told('U0ANA', /somebody else has to approve/)
    await sleep(100)
    expect(writes()).toHaveLength(2)
    await world.slack.as('U0DAN').press(again.ts, channel, 'doctor.approve')
    await verified(again)
    expect(imageOf(world.cluster)).toContain('2.8.1')
  })

  it('the record holds all of it, each intent before its write, and is sound', async () => {
    const entries = await world.app.doctor.audit.read({})
    const intents = entries.filter((entry) => entry.kind === 'effect.intended')
    expect(intents.map(({ data }) => [data?.['method'], data?.['path'], data?.['bodyHash']])).toEqual(
      writes().map((one) => [one.method, one.path, sha256(one.body)]),
    )
    const kinds = new Set(entries.map((entry) => entry.kind))
    for (const kind of [
      'alert.received',
      'incident.opened',
      'diagnosis.made',
      'plan.proposed',
      'plan.approved',
      'effect.done',
      'effect.verified',
    ])
      expect(kinds).toContain(kind)
    expect((await verifyAudit(join(world.dataDir, 'audit'))).sound).toBe(true)
  })
})
