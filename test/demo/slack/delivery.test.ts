import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'

type Received = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly fields: URLSearchParams }
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string }

/** A bare app: keeps what it was sent and answers what the test says. */
let received: Received[] = []
let answer: (request: Received) => Answer = () => ({})
let server: Server
let slack: LocalSlack
const channel = 'C0ONCALL'

beforeEach(async () => {
  received = []
  answer = () => ({})
  server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    if (body.includes('url_verification')) {
      response.end(JSON.stringify({ challenge: (JSON.parse(body) as { challenge: string }).challenge }))
      return
    }
    const one = { headers: request.headers, body, fields: new URLSearchParams(body) }
    received.push(one)
    const { status = 200, headers = {}, body: text = '' } = answer(one)
    response.writeHead(status, headers).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  slack = await startLocalSlack({ retryDelaysMs: [10, 10, 10] })
  await slack.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
})

afterEach(async () => {
  await slack.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function respond(url: string, body: object): Promise<{ status: number; text: string }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  return { status: response.status, text: await response.text() }
}

describe('requests to the app', () => {
  it('are signed as the signing secret says', async () => {
    await slack.as('U0ANA').command('/doctor get pods', channel)
    const { headers, body, fields } = received[0] as Received
    const base = `v0:${String(headers['x-slack-request-timestamp'])}:${body}`
    const signature = `v0=${createHmac('sha256', slack.signingSecret).update(base).digest('hex')}`
    expect(headers['x-slack-signature']).toBe(signature)
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(fields)).toMatchObject({
      command: '/doctor',
      text: 'get pods',
      user_id: 'U0ANA',
      channel_id: channel,
      channel_name: 'payments-oncall',
    })
    expect(fields.has('thread_ts')).toBe(false)
  })

  it('are retried three times with the same event id', async () => {
    answer = () => ({ status: 500 })
    await slack.as('U0BEN').say('hello', channel)
    await expect.poll(() => received.length).toBe(4)
    const retries = received.map((one) => one.headers['x-slack-retry-num'])
    expect(retries).toEqual([undefined, '1', '2', '3'])
    expect(received[3]?.headers['x-slack-retry-reason']).toBe('http_error')
    const ids = received.map((one) => (JSON.parse(one.body) as { event_id: string }).event_id)
    expect(new Set(ids).size).toBe(1)
  })

  it('are not retried where the app asks for that', async () => {
    answer = () => ({ status: 500, headers: { 'x-slack-no-retry': '1' } })
    await slack.as('U0BEN').say('hello', channel)
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(received).toHaveLength(1)
  })

  it('wait for an app that starts after the workspace, and check its URL first', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`
    const early = await startLocalSlack({ eventsUrl: url })
    expect(await early.as('U0ANA').command('/doctor help', channel)).toMatchObject({ ok: true })
    const nobody = await startLocalSlack({ eventsUrl: `${early.url}/nobody` })
    expect(await nobody.as('U0ANA').command('/doctor help', channel)).toMatchObject({ error: 'dispatch_failed' })
    await nobody.close()
    await early.close()
  })

  it('stay away where the bot is not a member', async () => {
    await slack.as('U0BEN').mention('hello', 'C0GENERAL')
    expect(received).toEqual([])
  })

  it('never come from people who may not act', async () => {
    expect(await slack.as('U0GONE').say('x', channel)).toEqual({ ok: false, error: 'account_inactive' })
    expect(await slack.as('U0CARA').say('x', 'G0LEADS')).toEqual({ ok: false, error: 'channel_not_found' })
    expect(await slack.as('U0CARA').say('x', 'C0OLD')).toEqual({ ok: false, error: 'is_archived' })
    expect(received).toEqual([])
  })
})

describe('a response URL', () => {
  async function urlOf(): Promise<string> {
    await slack.as('U0ANA').command('/doctor get', channel)
    return received.at(-1)?.fields.get('response_url') as string
  }

  it('answers privately, or to all, five times', async () => {
    const url = await urlOf()
    expect(await respond(url, { text: 'private' })).toEqual({ status: 200, text: 'ok' })
    expect(await respond(url, { text: 'public', response_type: 'in_channel' })).toEqual({ status: 200, text: 'ok' })
    const last = slack.messages(channel).slice(-2)
    expect(last.map((message) => message.ephemeral_to)).toEqual(['U0ANA', undefined])
    for (const text of ['3', '4', '5']) await respond(url, { text })
    expect(await respond(url, { text: '6' })).toEqual({ status: 404, text: '{"ok":false,"error":"used_url"}' })
  })

  it('refuses bad bodies without losing a use', async () => {
    const url = await urlOf()
    expect(await respond(url, {})).toEqual({ status: 400, text: 'no_text' })
    expect(await respond(url, { text: 'x', blocks: [{ type: 'nope' }] })).toEqual({
      status: 400,
      text: 'invalid_blocks',
    })
    const invented = url.replace(/[^/]+$/, crypto.randomUUID())
    expect(await respond(invented, { text: 'x' })).toMatchObject({ status: 404 })
  })

  it('replaces and deletes the message a button was on, also an ephemeral one', async () => {
    const token = { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' }
    const button = { type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }
    const body = { channel, user: 'U0ANA', text: 'q', blocks: [{ type: 'actions', elements: [button] }] }
    const posted = await fetch(`${slack.apiUrl}chat.postEphemeral`, {
      method: 'POST',
      headers: token,
      body: JSON.stringify(body),
    })
    const { message_ts: ts } = (await posted.json()) as { message_ts: string }
    expect(await slack.as('U0BEN').press(ts, channel, 'go')).toEqual({ ok: false, error: 'message_not_found' })
    expect(await slack.as('U0ANA').press(ts, channel, 'go')).toMatchObject({ ok: true })
    const payload = JSON.parse(received.at(-1)?.fields.get('payload') as string) as Record<string, unknown>
    expect(payload).toMatchObject({ type: 'block_actions', container: { is_ephemeral: true }, user: { id: 'U0ANA' } })
    expect(payload).not.toHaveProperty('message')
    await respond(payload['response_url'] as string, { text: 'done', replace_original: true })
    expect(slack.message(channel, ts)).toMatchObject({ text: 'done', blocks: [] })
    await respond(payload['response_url'] as string, { delete_original: true })
    expect(slack.message(channel, ts)).toBeUndefined()
  })
})
