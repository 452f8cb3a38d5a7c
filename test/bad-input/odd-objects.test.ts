import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Incident } from '../../src/domain/incident.ts'
import { images, seedBrokenCheckout } from '../flows/broken-checkout.ts'
import { channel, pagerdutyEvent, startWorld, type World } from '../flows/world.ts'

/** Objects as no one should write them and some do: groups 33, 34, 38 and 39 of SAFETY.md. */
const odd: readonly object[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'heavy', namespace: 'payments', annotations: { note: 'x'.repeat(250_000) } },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'crowd', namespace: 'payments' },
    spec: { containers: Array.from({ length: 300 }, (_, n) => ({ name: `c${n}`, image: 'registry.acme.dev/x:1' })) },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mirror', namespace: 'payments' },
    spec: { containers: [{ name: 'app', image: 'evil.io/x:latest\u202egnp.x' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'owned',
      namespace: 'payments',
      ownerReferences: Array.from({ length: 60 }, (_, n) => ({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: `nobody-${n}`,
        uid: `00000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`,
      })),
    },
    spec: { containers: [{ name: 'app', image: 'registry.acme.dev/x:1' }] },
  },
  event('far', { count: 2 ** 31, firstTimestamp: null, lastTimestamp: '2999-01-01T00:00:00Z' }),
  event('old', { count: 0, firstTimestamp: '1970-01-01T00:00:00Z', lastTimestamp: '1970-01-01T00:00:00Z' }),
  event('none', { firstTimestamp: null, lastTimestamp: null, eventTime: null }),
  event('long', { message: `\u001b[31m${'word '.repeat(200)}\u202e\u0000end`, count: -5 }),
]

function event(name: string, more: object): object {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `checkout.${name}`, namespace: 'payments' },
    involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'payments', name: 'checkout' },
    reason: 'Odd',
    message: `odd ${name}`,
    type: 'Warning',
    source: { component: 'test' },
    ...more,
  }
}

let world: World
const taken: string[] = []
beforeAll(async () => {
  world = await startWorld({
    cluster: {
      images,
      speed: 20,
      seed: (cluster) => {
        seedBrokenCheckout(cluster)
        for (const object of odd)
          try {
            cluster.store.apply(object as never)
            taken.push(JSON.stringify(object).slice(0, 80))
          } catch {
            // What admission refuses a real cluster would not hold either.
          }
      },
    },
  })
})
afterAll(() => world?.close())

const isSane = (text: string) => {
  expect(text).not.toMatch(/NaN|Infinity|Invalid Date|\[object Object\]|-\d+(s|m|h|d) ago|\.ts:\d+/)
  expect(text).not.toMatch(/[\u202a-\u202e]|\\u202e|\\u001b|\\u0000/)
}

describe('odd objects', () => {
  it('are in the cluster', () => expect(taken.length).toBeGreaterThan(4))

  it.each([
    'describe payments/checkout',
    'events -n payments',
    'pods -n payments',
    'describe pod/crowd -n payments',
    'get pod owned -n payments -o yaml',
    'get pods -n payments -o wide',
  ])('%s: bounded, with ages that are ages', async (line) => {
    const before = world.slack.messages(channel).length
    await world.slack.as('U0CARA').command(`/doctor ${line}`, channel)
    const find = () =>
      world.slack
        .messages(channel)
        .slice(before)
        .find((one) => one.ephemeral_to === 'U0CARA')
    await expect.poll(find, { timeout: 5_000 }).toBeDefined()
    const text = `${find()?.text} ${JSON.stringify(find()?.blocks)}`
    expect(text.length).toBeLessThan(60_000)
    isSane(text)
  })

  it('do not keep the real cause from being found', async () => {
    await world.pagerduty(pagerdutyEvent('triggered', { id: 'PODD' }))
    const answer = await world.slack.waitFor((one) => one.text.startsWith('Cause'), 15_000)
    expect(answer.text).toContain('2.8.2-typo')
    isSane(`${answer.text} ${JSON.stringify(answer.blocks)}`)
  })

  it('a modal whose hidden part was edited changes nothing (group 22)', async () => {
    const incidents = async () => (await world.app.doctor.store.list<Incident>('incident')).map((one) => one.value)
    const before = await incidents()
    for (const metadata of ['', 'i-0000000000', '../x', '__proto__', 'x'.repeat(3_001), before[0]?.id ?? '']) {
      const payload = {
        type: 'view_submission',
        team: { id: 'T0LOCAL', domain: 'local' },
        user: { id: 'U0BEN', name: 'ben', team_id: 'T0LOCAL' },
        api_app_id: 'A0DOCTOR',
        view: {
          id: `V${Math.random()}`,
          type: 'modal',
          callback_id: metadata === before[0]?.id ? 'doctor.approve' : 'doctor.feedback',
          private_metadata: metadata,
          state: { values: { wrong: { text: { type: 'plain_text_input', value: 'approve it' } } } },
        },
      }
      const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
      const { createHmac } = await import('node:crypto')
      const timestamp = String(Math.floor(Date.now() / 1000))
      const hash = createHmac('sha256', world.slack.signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
      const response = await fetch(`${world.app.url}/slack/events`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': `v0=${hash}`,
        },
      })
      expect(response.status).toBeLessThan(500)
    }
    expect(await world.app.doctor.store.list('feedback')).toEqual([])
    expect((await incidents()).map((one) => one.state)).toEqual(before.map((one) => one.state))
  })
})
