import { App, LogLevel } from '@slack/bolt'
import { afterEach, describe, expect, it } from 'vitest'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'

const channel = 'C0ONCALL'

async function connect(slack: LocalSlack, name: string): Promise<App> {
  const app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl },
  })
  app.command('/doctor', async ({ ack }) => ack({ text: `from ${name}` }))
  await app.start()
  return app
}

describe('a real Bolt app over Socket Mode', () => {
  const apps: App[] = []
  let slack: LocalSlack

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.stop()
    await slack.close()
  })

  it('carries commands and acknowledgement bodies over the socket', async () => {
    slack = await startLocalSlack()
    apps.push(await connect(slack, 'one'))
    expect(await slack.as('U0ANA').command('/doctor help', channel)).toMatchObject({ reply: { text: 'from one' } })
    expect(slack.calls.map((call) => call.method)).toContain('apps.connections.open')
  })

  it('sends each request to exactly one of several connections', async () => {
    slack = await startLocalSlack()
    apps.push(await connect(slack, 'one'), await connect(slack, 'two'))
    expect(slack.sockets.connections()).toBe(2)
    const answers = await Promise.all([1, 2].map(() => slack.as('U0ANA').command('/doctor help', channel)))
    const texts = answers.map((answer) => (answer.ok ? answer.reply?.text : answer.error))
    expect(texts.toSorted()).toEqual(['from one', 'from two'])
  })

  it('says dispatch_failed when nobody is connected, and operation_timeout when nobody acknowledges', async () => {
    slack = await startLocalSlack({ ackMs: 80 })
    const ana = slack.as('U0ANA')
    expect(await ana.command('/doctor help', channel)).toMatchObject({ ok: false, error: 'dispatch_failed' })
    const silent = new App({
      token: slack.botToken,
      appToken: slack.appToken,
      socketMode: true,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: slack.apiUrl },
    })
    silent.command('/doctor', async () => {})
    await silent.start()
    apps.push(silent)
    expect(await ana.command('/doctor help', channel)).toMatchObject({
      error: 'operation_timeout',
      shown: '/doctor failed with the error "operation_timeout"',
    })
  })

  it('refuses a ticket that was used before', async () => {
    slack = await startLocalSlack()
    const response = await fetch(`${slack.apiUrl}apps.connections.open`, {
      method: 'POST',
      headers: { authorization: `Bearer ${slack.appToken}` },
    })
    const { url } = (await response.json()) as { url: string }
    const first = new WebSocket(url)
    const hello = await new Promise<string>((resolve) => {
      first.onmessage = (event) => resolve(String(event.data))
    })
    expect(JSON.parse(hello)).toMatchObject({ type: 'hello', num_connections: 1 })
    const failed = await new Promise<boolean>((resolve) => {
      const second = new WebSocket(url)
      second.onopen = () => resolve(false)
      second.onerror = () => resolve(true)
    })
    expect(failed).toBe(true)
    first.close()
  })

  it('asks a socket to go, retries over the next one, and closes the old', async () => {
    slack = await startLocalSlack({ ackMs: 60, retryDelaysMs: [10] })
    const first = await openSocket(slack)
    slack.sockets.disconnect('refresh_requested')
    expect(await first.next('disconnect')).toMatchObject({ reason: 'refresh_requested' })
    await first.closed
    const second = await openSocket(slack)
    await slack.as('U0BEN').say('hello', channel)
    const event = await second.next('events_api', (envelope) => envelope['retry_attempt'] === 1)
    expect(event).toMatchObject({
      retry_reason: 'http_timeout',
      payload: { event: { type: 'message', text: 'hello' } },
    })
    second.socket.send(JSON.stringify({ envelope_id: event['envelope_id'] }))
    await expect.poll(() => slack.events.sent.map((each) => each.reply.kind)).toEqual(['timeout', 'ack'])
    second.socket.close()
  })
})

type Envelope = Record<string, unknown>
type OpenSocket = {
  readonly socket: WebSocket
  readonly closed: Promise<unknown>
  next(type: string, holds?: (envelope: Envelope) => boolean): Promise<Envelope>
}

/** A bare Socket Mode client: opens a socket and keeps every envelope. */
async function openSocket(slack: LocalSlack): Promise<OpenSocket> {
  const response = await fetch(`${slack.apiUrl}apps.connections.open`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.appToken}` },
  })
  const socket = new WebSocket(((await response.json()) as { url: string }).url)
  const envelopes: Envelope[] = []
  socket.onmessage = (event) => envelopes.push(JSON.parse(String(event.data)) as Envelope)
  const closed = new Promise((resolve) => {
    socket.onclose = resolve
  })
  const next: OpenSocket['next'] = async (type, holds = () => true) => {
    const find = () => envelopes.find((envelope) => envelope['type'] === type && holds(envelope))
    await expect.poll(find).toBeDefined()
    return find() as Envelope
  }
  await next('hello')
  return { socket, closed, next }
}
