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
})
