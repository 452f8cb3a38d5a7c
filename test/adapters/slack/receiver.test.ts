import { createHmac, randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Listener, startListener } from '../../../src/adapters/http/listener.ts'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { slackApp } from '../../../src/adapters/slack/app.ts'
import type { Press, Said, Submitted } from '../../../src/domain/chat-input.ts'
import { type Store, StoreUnavailable } from '../../../src/ports.ts'
import { throwAwayRedis } from '../redis/redis.ts'

const secret = 'signing-secret-0123456789'
const self = { team: 'T0LOCAL', botUser: 'U0DOC', botId: 'B0DOCTOR', app: 'A0DOCTOR' }
let server: RedisServer
let redis: Redis
let store: Store
let listener: Listener
let away = false
const said: Said[] = []
const presses: Press[] = []
const submitted: Submitted[] = []
const rejected: string[] = []

beforeAll(async () => {
  server = await throwAwayRedis()
  redis = server.connect('commands')
  await new Promise((ready) => redis.once('ready', ready))
  store = redisStore(redis, randomBytes(32))
  const guarded: Store = {
    ...store,
    put: (...parameters) =>
      away ? Promise.reject(new StoreUnavailable('gone')) : store.put(...(parameters as Parameters<Store['put']>)),
  }
  const app = slackApp(
    { botToken: 'xoxb-test', apiUrl: 'http://127.0.0.1:9/', signingSecret: secret },
    self,
    guarded,
    {
      said: async (one) => {
        if (one.text === 'fail') throw new StoreUnavailable('gone')
        said.push(one)
        return undefined
      },
      pressed: async (press) => void presses.push(press),
      submitted: async (one) => void submitted.push(one),
      home: async () => undefined,
    },
    { acked: () => undefined, rejected: (why) => rejected.push(why), fault: () => undefined },
  )
  listener = await startListener({ host: '127.0.0.1', port: 0, routes: new Map([['/slack/events', app.route!]]) })
})
afterAll(async () => {
  await listener?.close(100)
  redis?.disconnect()
  await server?.stop()
})
beforeEach(() => {
  for (const list of [said, presses, submitted, rejected]) list.length = 0
  away = false
})

type Sent = { readonly timestamp?: string; readonly signature?: string; readonly headers?: Record<string, string> }

const form = 'application/x-www-form-urlencoded'
const now = () => String(Math.floor(Date.now() / 1000))
const sign = (body: string, timestamp: string, with_ = secret) =>
  `v0=${createHmac('sha256', with_).update(`v0:${timestamp}:${body}`).digest('hex')}`
const send = (body: string, type: string, { timestamp = now(), signature, headers = {} }: Sent = {}) =>
  fetch(`${listener.url}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': type,
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature ?? sign(body, timestamp),
      ...headers,
    },
  })
let serial = 0
const commandBody = (text: string, more: Record<string, string> = {}) =>
  new URLSearchParams({
    command: '/doctor',
    text,
    team_id: self.team,
    api_app_id: self.app,
    channel_id: 'C0ONCALL',
    user_id: 'U0CARA',
    user_name: 'cara',
    response_url: 'https://hooks.slack.com/commands/x',
    trigger_id: `t-${serial++}`,
    ...more,
  }).toString()
const press = (more: object = {}) => ({
  type: 'block_actions',
  team: { id: self.team, domain: 'local' },
  user: { id: 'U0ANA', username: 'ana', name: 'ana', team_id: self.team },
  api_app_id: self.app,
  token: 'x',
  trigger_id: `t-${serial++}`,
  container: { type: 'message', message_ts: '1700000000.000100', channel_id: 'C0ONCALL', is_ephemeral: false },
  channel: { id: 'C0ONCALL', name: 'payments-oncall' },
  message: { type: 'message', ts: '1700000000.000100', thread_ts: '1700000000.000001', user: 'U0DOC', text: 'card' },
  response_url: 'https://hooks.slack.com/actions/x',
  actions: [{ type: 'button', action_id: 'doctor.approve', block_id: 'b', value: 'abcd', action_ts: '1.1' }],
  ...more,
})
const payloadOf = (value: unknown) => new URLSearchParams({ payload: JSON.stringify(value) }).toString()
const event = (inner: object, id = `Ev${serial++}`) =>
  JSON.stringify({
    type: 'event_callback',
    team_id: self.team,
    api_app_id: self.app,
    event_id: id,
    event: inner,
    authorizations: [{ team_id: self.team, user_id: 'U0DOC', is_bot: true }],
  })

describe('what Slack sends', () => {
  it('hears a command, with whatever charset a proxy adds', async () => {
    expect((await send(commandBody('pods -A'), form)).status).toBe(200)
    expect((await send(commandBody('nodes'), `${form}; charset=utf-8`)).status).toBe(200)
    expect(said.map((one) => one.text)).toEqual(['pods -A', 'nodes'])
    expect(said[0]).toMatchObject({
      user: { id: 'U0CARA' },
      channel: 'C0ONCALL',
      responseUrl: 'https://hooks.slack.com/commands/x',
    })
  })

  it('cannot read a press of nobody, or in no place', async () => {
    for (const part of ['channel', 'user', 'message'])
      expect((await send(payloadOf(press({ [part]: null })), form)).status).toBe(400)
    expect(presses).toEqual([])
  })

  it('hears a press, with exactly the message it stood on', async () => {
    expect((await send(payloadOf(press()), form)).status).toBe(200)
    expect(presses).toMatchObject([
      {
        action: 'doctor.approve',
        value: 'abcd',
        channel: 'C0ONCALL',
        message: '1700000000.000100',
        thread: '1700000000.000001',
        user: { id: 'U0ANA' },
      },
    ])
  })

  it('hears a modal, a mention and a direct message, but no bot, edit or talk', async () => {
    const view = {
      id: 'V1',
      type: 'modal',
      callback_id: 'doctor.feedback',
      private_metadata: 'i-1',
      state: { values: { wrong: { text: { type: 'plain_text_input', value: 'it was DNS' } } } },
      blocks: [],
      hash: 'h',
      title: {},
    }
    await send(
      payloadOf({
        type: 'view_submission',
        team: { id: self.team },
        user: { id: 'U0ANA', name: 'ana' },
        api_app_id: self.app,
        view,
      }),
      form,
    )
    expect(submitted).toMatchObject([{ view: 'doctor.feedback', metadata: 'i-1', values: { wrong: 'it was DNS' } }])
    const message = { type: 'message', user: 'U0BEN', channel: 'D0BEN', channel_type: 'im', ts: '1.1' }
    for (const inner of [
      { type: 'app_mention', user: 'U0BEN', text: '<@U0DOC> pods', channel: 'C0ONCALL', ts: '2.1' },
      { ...message, text: 'nodes' },
      { ...message, text: 'bot talk', bot_id: 'B1' },
      { ...message, text: 'edited', subtype: 'message_changed' },
      { ...message, text: 'approve', channel: 'C0ONCALL', channel_type: 'channel', thread_ts: '1.0' },
      { ...message, text: 'doctor logs', channel: 'C0ONCALL', channel_type: 'channel', thread_ts: '1.0' },
      {
        type: 'reaction_added',
        user: 'U0ANA',
        reaction: 'white_check_mark',
        item: { type: 'message', channel: 'C0ONCALL', ts: '1.0' },
      },
    ])
      expect((await send(event(inner), 'application/json')).status).toBe(200)
    expect(said.map((one) => one.text)).toEqual(['pods', 'nodes', 'logs'])
    expect(presses).toEqual([])
  })

  it('answers the challenge, and not a huge one', async () => {
    const ask = (challenge: unknown) =>
      send(JSON.stringify({ type: 'url_verification', challenge }), 'application/json')
    expect(await (await ask('abc')).text()).toBe('abc')
    expect((await ask('x'.repeat(100_000))).status).toBe(400)
    expect((await ask({ a: 1 })).status).toBe(400)
  })
})

describe('what Slack did not sign', () => {
  const body = commandBody('forged')
  const timestamp = now()
  const right = sign(body, timestamp)
  const bad: Readonly<Record<string, Sent>> = {
    'no signature': { signature: '' },
    'a short one': { signature: 'v0=00' },
    'another version': { signature: right.replace('v0', 'v1') },
    'upper-case hex': { signature: `v0=${right.slice(3).toUpperCase()}` },
    'another secret': { signature: sign(body, timestamp, 'other') },
    'an empty secret': { signature: sign(body, timestamp, '') },
    'the hash alone': { signature: right.slice(3) },
    ...Object.fromEntries(
      [
        '',
        'abc',
        'NaN',
        'Infinity',
        '1e10',
        '-5',
        `${timestamp}.5`,
        `+${timestamp}`,
        ` ${timestamp}0`,
        '99999999999999',
      ].map((time) => [`the time ${JSON.stringify(time)}`, { timestamp: time, signature: sign(body, time) }]),
    ),
  }
  for (const [name, sent] of Object.entries(bad))
    it(`is turned away: ${name}`, async () => {
      expect((await send(body, form, { timestamp, signature: right, ...sent })).status).toBe(401)
      expect(said).toEqual([])
      expect(rejected).toEqual(['bad signature'])
    })

  it.each([-301, 301, 86_400, 315_360_000])('is turned away when it is %i s off', async (seconds) => {
    const time = String(Number(now()) + seconds)
    expect((await send(body, form, { timestamp: time, signature: sign(body, time) })).status).toBe(401)
  })

  it('passes five minutes less a little either way', async () => {
    for (const seconds of [-295, 295]) {
      const time = String(Number(now()) + seconds)
      expect((await send(commandBody('x'), form, { timestamp: time })).status).toBe(200)
    }
  })

  it('dispatches nothing for a connection check, signed or not', async () => {
    const check = `ssl_check=1&${payloadOf(press())}`
    expect((await send(check, form, { signature: 'v0=00' })).status).toBe(401)
    for (const value of ['1', '0', 'true'])
      expect((await send(check.replace('=1', `=${value}`), form)).status).toBe(200)
    expect([said, presses]).toEqual([[], []])
  })
})

describe('what comes again', () => {
  it('counts a replayed press once, a hundred times over', async () => {
    const body = payloadOf(press())
    const timestamp = now()
    const statuses = await Promise.all(Array.from({ length: 100 }, () => send(body, form, { timestamp })))
    expect(new Set(statuses.map((one) => one.status))).toEqual(new Set([200]))
    expect(presses).toHaveLength(1)
  })

  it('counts a retried event once, with whatever retry header and a new signature', async () => {
    const body = event({ type: 'app_mention', user: 'U0BEN', text: '<@U0DOC> once', channel: 'C0ONCALL', ts: '3.1' })
    for (const [index, retry] of ['', '1', '2', '3', '999', 'abc'].entries()) {
      const timestamp = String(Number(now()) - index)
      expect(
        (await send(body, 'application/json', { timestamp, headers: { 'x-slack-retry-num': retry } })).status,
      ).toBe(200)
    }
    expect(said).toHaveLength(1)
  })
})

describe('what cannot be read, or is for somebody else', () => {
  it.each([
    ['payload=%7B', form],
    ['payload=', form],
    ['payload=%7B%7D', form],
    ['', form],
    ['', 'application/json'],
    ['{}', 'application/json'],
    ['[]', 'application/json'],
    ['"x"', 'application/json'],
    ['{"type":"event_callback","type":"x"}', 'application/json'],
    ['command=%2Fdoctor&command=%2Fdoctor', form],
    [`${'['.repeat(10_000)}`, 'application/json'],
    ['{"__proto__":{"admin":true},"type":"block_actions"}', 'application/json'],
    ['command=%2Fdoctor', 'text/plain'],
    ['command=%2Fdoctor', ''],
  ])('is refused: %s as %s', async (body, type) => {
    const begin = performance.now()
    const { status } = await send(body, type)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(performance.now() - begin).toBeLessThan(300)
    expect([said, presses]).toEqual([[], []])
  })

  it('listens to no other app or workspace', async () => {
    expect((await send(payloadOf(press({ api_app_id: 'A0OTHER' })), form)).status).toBe(403)
    expect((await send(payloadOf(press({ team: { id: 'T0OTHER' } })), form)).status).toBe(403)
    expect((await send(commandBody('x', { team_id: 'T0OTHER' }), form)).status).toBe(403)
    expect([said, presses]).toEqual([[], []])
  })

  it('answers 413 for a body over 256 KB', async () => {
    expect((await send(`text=${'x'.repeat(257 * 1024)}`, form)).status).toBe(413)
  })

  it('knows no other command or event', async () => {
    expect((await send(commandBody('x', { command: '/other' }), form)).status).toBe(404)
  })
})

describe('while the store is away', () => {
  it('tells who typed a command at once, and lets events come again', async () => {
    away = true
    const begin = performance.now()
    const answer = (await (await send(commandBody('pods'), form)).json()) as { text: string; response_type: string }
    expect(performance.now() - begin).toBeLessThan(500)
    expect(answer.response_type).toBe('ephemeral')
    expect(answer.text).toMatch(/nothing was recorded/)
    const body = event({ type: 'app_mention', user: 'U0BEN', text: '<@U0DOC> later', channel: 'C0ONCALL', ts: '4.1' })
    expect((await send(body, 'application/json')).status).toBe(503)
    away = false
    expect((await send(body, 'application/json')).status).toBe(200)
    expect(said.map((one) => one.text)).toEqual(['later'])
  })

  it('lets an event come again whose work could not be queued, and tells who typed', async () => {
    const body = event({ type: 'app_mention', user: 'U0BEN', text: '<@U0DOC> fail', channel: 'C0ONCALL', ts: '5.1' })
    expect((await send(body, 'application/json')).status).toBe(500)
    expect((await send(body, 'application/json')).status).toBe(500)
    expect(await (await send(commandBody('fail'), form)).text()).toMatch(/nothing was recorded/)
  })
})
