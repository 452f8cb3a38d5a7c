import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Incident } from '../../src/domain/incident.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { type Asked, conclude, key, type MessagesApi, startMessagesApi, type Turn, use } from '../agent/messages-api.ts'
import { channel, pagerdutyEvent, startWorld, type World } from './world.ts'

const secret = `Zq9${'aB3dE5gH7jK9mN1pQ2rS4tU6vW8x'}`
const image = 'registry.acme.dev/checkout:2.8.1'

let world: World
let api: MessagesApi
let policy: string
beforeAll(async () => {
  api = await startMessagesApi()
  // A policy that lets everything happen by itself, which does not hold for what a model proposes.
  policy = mkdtempSync(join(tmpdir(), 'claude-policy-'))
  writeFileSync(join(policy, 'auto.cedar'), '@id("auto") @mode("auto") permit (principal, action, resource);')
  world = await startWorld({
    env: {
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_BASE_URL: api.url,
      DOCTOR_MODEL_PRICE: '3/15',
      DOCTOR_POLICY: policy,
    },
    cluster: {
      speed: 20,
      images: {
        [image]: { listensOn: [8080], readyIn: 50, greets: ['cart total is negative for JPY', `password=${secret}`] },
      },
      seed: ({ store, controllers }) => {
        store.apply({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'node-1' },
          spec: { podCIDR: '10.244.1.0/24' },
        })
        const room = { cpu: '4', memory: '8Gi', pods: '110' }
        store.patchStatus('nodes', undefined, 'node-1', { status: { capacity: room, allocatable: room } })
        store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments' } })
        const labels = { app: 'checkout' }
        store.apply({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'checkout', namespace: 'payments', labels },
          spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
          },
        })
        controllers.tick(60_000)
      },
    },
  })
})
afterAll(async () => {
  await world?.close()
  await api?.close()
  rmSync(policy, { recursive: true, force: true })
})

const podIn = ({ messages }: Asked): string =>
  /checkout-[a-z0-9]+-[a-z0-9]+/.exec(JSON.stringify(messages))?.[0] ?? 'none'
const logId = ({ messages }: Asked): string =>
  /id=\\"(t\d+)\\" source=\\"log of/.exec(JSON.stringify(messages))?.[1] ?? 't0'
const target = { kind: 'Deployment', namespace: 'payments', name: 'checkout' }

/** A model that finds the pod, reads its log and says what it says; `proposal` where it should propose something. */
const detective =
  (proposal?: object) =>
  (asked: Asked): Turn => {
    const turns = asked.messages.filter(({ role }) => role === 'assistant').length
    if (turns === 0) return use(['list_objects', { kind: 'Pod', namespace: 'payments' }])
    if (turns === 1) return use(['read_logs', { namespace: 'payments', pod: podIn(asked) }])
    const evidence = [{ id: logId(asked), quote: 'cart total is negative for JPY' }]
    return conclude({
      answer: [{ text: 'Carts in JPY come out negative <!channel>', evidence }],
      hypotheses: [
        { text: 'Prices in JPY are not read', likelihood: 'possible', code: 'app-errors', object: target, evidence },
      ],
      missing: ['the exchange rates'],
      ...(proposal === undefined ? {} : { proposal }),
    })
  }

const shown = (message: { readonly text: string; readonly blocks?: unknown }): string =>
  `${message.text} ${JSON.stringify(message.blocks)}`
const record = (): readonly { kind: string; data?: Record<string, unknown> }[] =>
  readdirSync(join(world.dataDir, 'audit'))
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) =>
      readFileSync(join(world.dataDir, 'audit', name), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => JSON.parse(line) as { kind: string })

const scaling = async (): Promise<PlanRecord | undefined> =>
  (await world.app.doctor.store.list<PlanRecord>('plan', 10))
    .map((stored) => stored.value)
    .find(({ plan }) => plan.action === 'scale-workload')

describe('with Claude', () => {
  it('answers a question privately to a command, with its quotes', async () => {
    api.play = detective()
    await world.slack.as('U0CARA').command('/doctor ask “why do carts fail?” -n payments', channel)
    const answer = await world.slack.waitFor((message) => shown(message).includes('Carts in JPY'))
    expect(shown(answer)).toMatch(/“cart total is negative for JPY”/)
    expect(shown(answer)).toContain('&lt;!channel&gt;')
    expect(shown(answer)).toMatch(/claude-sonnet-5-5 · 2 looks · 3,300 tokens · \$0\.01/)
    expect(JSON.stringify(answer)).toContain('U0CARA')
  })

  it('answers plain words in the thread, in one message that first says what it does', async () => {
    const said = await world.slack.as('U0BEN').mention("what's wrong with the carts of checkout?", channel)
    const ts = said.ok ? said.message.ts : ''
    const answer = await world.slack.waitFor(
      (message) => message.thread_ts === ts && shown(message).includes('Carts in JPY'),
    )
    expect(world.slack.messages(channel, ts).filter((message) => message.ts !== ts)).toHaveLength(1)
    expect(answer.thread_ts).toBe(ts)
    const before = api.asked.length
    await world.slack.as('U0BEN').mention('and since when is that so?', channel, ts)
    await expect
      .poll(() => world.slack.messages(channel, ts).filter((one) => /It quotes/.test(shown(one))).length)
      .toBe(2)
    const briefing = JSON.stringify(api.asked[before]?.messages[0])
    expect(briefing).toMatch(/said before.*carts of checkout\? Answered: Carts in JPY/)
    await world.slack.as('U0BEN').mention('poods of payments', channel)
    await world.slack.waitFor((message) => /mean/.test(message.text) && /pods/.test(message.text))
  })

  it('never has carried out by itself what it proposes by itself, even where a policy lets all happen', async () => {
    api.play = detective({ action: 'restart-rollout', target, input: {} })
    await world.pagerduty(pagerdutyEvent('triggered', { id: 'PSLOW', title: 'payments/checkout is slow' }))
    await world.slack.waitFor((message) => /I do not know|Nothing wrong/.test(shown(message)))
    const [incident] = (await world.app.doctor.store.list<Incident>('incident', 10)).map((stored) => stored.value)
    const { id = '' } = incident ?? {}
    const unasked = { v: 1, kind: 'consult', id: 'unasked', cluster: 'prod-eu1', incident: id } as const
    await world.app.doctor.jobs.add(unasked)
    const card = await world.slack.waitFor((message) => shown(message).includes('doctor.approve'))
    const thread = world.slack.messages(channel, card.thread_ts ?? '').map(shown)
    expect(thread.filter((text) => text.includes('Claude’s hypothesis'))).toHaveLength(1)
    const [plan] = (await world.app.doctor.store.list<PlanRecord>('plan', 10)).map((stored) => stored.value)
    expect(plan).toMatchObject({
      plan: { action: 'restart-rollout', requester: { id: 'doctor' }, rule: { quorum: 1 } },
      life: { state: 'pending' },
    })
    // A process that dies in the middle leaves the job to another: the same message, and no second plan.
    const before = api.asked.length
    await world.app.doctor.jobs.add(unasked)
    await expect.poll(() => api.asked.length).toBe(before + 3)
    await expect.poll(() => record().filter(({ kind }) => kind === 'model.consulted').length).toBe(5)
    const again = world.slack.messages(channel, card.thread_ts ?? '').map(shown)
    expect(again.filter((text) => /Claude’s hypothesis|Claude is looking/.test(text))).toHaveLength(1)
    expect(await world.app.doctor.store.list('plan', 10)).toHaveLength(1)
  })

  it('knows in the thread of an incident what it is about', async () => {
    const { thread } = (await world.app.doctor.store.list<Incident>('incident', 10))[0]?.value ?? {}
    const before = api.asked.length
    await world.slack.as('U0BEN').mention('since when is that so?', channel, thread?.ts)
    const answers = () =>
      world.slack.messages(channel, thread?.ts ?? '').filter((one) => /Claude’s answer/.test(shown(one)))
    await expect.poll(() => answers().length).toBe(1)
    const briefing = JSON.stringify(api.asked[before]?.messages[0])
    await world.slack.as('U0BEN').mention('timeline', channel, thread?.ts)
    await world.slack.waitFor((one) => /was asked \(unexplained\): concluded, 3300 tokens, \$0\.01/.test(shown(one)))
    expect(briefing).toMatch(/Incident: payments\/checkout is slow.*Question: since when/)
  })

  it('adds its hypothesis below what the analyzers said, and its proposal is a card that says so and needs a person', async () => {
    api.play = detective({ action: 'scale-workload', target, input: { replicas: 2 } })
    await world.slack.as('U0ANA').command('/doctor diagnose payments/checkout -q "why do carts fail?"', channel)
    const card = await world.slack.waitFor(
      (message) => /doctor.approve/.test(shown(message)) && /Scale/.test(shown(message)),
    )
    const thread = world.slack.messages(channel, card.thread_ts ?? '')
    const at = (pattern: RegExp) => thread.findIndex((message) => pattern.test(shown(message)))
    expect(at(/Nothing wrong found|do not know the cause/)).toBeGreaterThan(-1)
    expect(at(/Carts in JPY/)).toBeGreaterThan(at(/Nothing wrong found|do not know the cause/))
    expect(shown(card)).toContain('Proposed by Claude, a language model')
    expect(shown(card)).not.toMatch(/Carts in JPY come|Prices in JPY/)
    const plan = await scaling()
    expect(plan).toMatchObject({
      plan: { action: 'scale-workload', requester: { id: 'U0ANA' }, rule: { quorum: 1 } },
      life: { state: 'pending' },
    })
    await world.slack.as('U0ANA').press(channel, card.ts, 'doctor.approve')
    await world.slack.waitFor(
      (message) => /not who asked|asked for/.test(shown(message)) && JSON.stringify(message).includes('U0ANA'),
    )
    const after = await scaling()
    expect(after?.life.state).toBe('pending')
  })

  it('goes on without it, with one sentence', async () => {
    api.play = () => ({ status: 401, type: 'authentication_error' })
    await world.slack.as('U0CARA').command('/doctor ask "is checkout well?"', channel)
    await world.slack.waitFor((message) => shown(message).includes('Claude could not help: the API key was refused'))
    await world.slack.as('U0CARA').command('/doctor pods -n payments', channel)
    await world.slack.waitFor(
      (message) => shown(message).includes('prod-eu1 · payments') || shown(message).includes('checkout-'),
    )
  })

  it('puts what it cost on the record, never what was said, and sends no secret', async () => {
    const consulted = () => record().filter(({ kind }) => kind === 'model.consulted')
    await expect.poll(() => consulted().length).toBe(8)
    const entries = consulted()
    expect(entries.map(({ data }) => data?.['outcome'])).toEqual([
      ...Array.from({ length: 7 }, () => 'concluded'),
      'key-refused',
    ])
    expect(entries[0]?.data).toMatchObject({
      model: 'claude-sonnet-5-5',
      turns: 3,
      inputTokens: 3_000,
      outputTokens: 300,
      claims: 2,
    })
    expect(JSON.stringify(entries)).not.toMatch(/JPY|negative/)
    expect(api.refused).toEqual([])
    expect(api.received.join('\n')).toContain('password=[redacted:')
    expect(api.received.join('\n')).not.toContain(secret)
  })
})
