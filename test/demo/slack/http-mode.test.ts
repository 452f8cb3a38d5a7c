import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { App, LogLevel } from '@slack/bolt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'

const channel = 'C0ONCALL'

describe('a real Bolt app over HTTP', () => {
  let slack: LocalSlack
  let app: App
  const heard: { type: string; text: string }[] = []

  beforeAll(async () => {
    slack = await startLocalSlack()
    app = new App({
      token: slack.botToken,
      signingSecret: slack.signingSecret,
      logLevel: LogLevel.ERROR,
      clientOptions: { slackApiUrl: slack.apiUrl },
    })
    registerListeners(app, heard)
    const server = (await app.start({ port: 0, host: '127.0.0.1' })) as Server
    await slack.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`)
  })

  afterAll(async () => {
    await app.stop()
    await slack.close()
  })

  it('answers a command to the person who typed it', async () => {
    const result = await slack.as('U0ANA').command('/doctor get pods <x>', channel)
    expect(result).toMatchObject({ ok: true, reply: { text: 'you said get pods &lt;x&gt;', ephemeral_to: 'U0ANA' } })
  })

  it('runs a button: payload, update in place, and a private refusal', async () => {
    const posted = await app.client.chat.postMessage({ channel, text: 'plan', blocks: planBlocks })
    const ts = posted.ts as string
    expect(await slack.as('U0BEN').press(ts, channel, 'doctor.approve')).toMatchObject({ ok: true })
    const refusal = await slack.waitFor((message) => message.ephemeral_to === 'U0BEN')
    expect(refusal.text).toBe('not you')
    expect(slack.message(channel, ts)?.edited).toBeUndefined()

    expect(await slack.as('U0ANA').press(ts, channel, 'doctor.approve')).toMatchObject({ ok: true })
    const updated = await slack.waitFor((message) => message.ts === ts && message.edited !== undefined)
    expect(updated).toMatchObject({ text: 'approved by U0ANA for p-1', blocks: [] })
    expect(await slack.as('U0ANA').press(ts, channel, 'doctor.approve')).toEqual({
      ok: false,
      error: 'action_not_found',
    })
  })

  it('hears mentions and thread replies, mangled', async () => {
    const said = await slack.as('U0CARA').mention('why is http://x.dev/a?b=1&c down, @ana', channel)
    expect(said).toMatchObject({ ok: true, delivered: [{ kind: 'ack' }, { kind: 'ack' }] })
    expect(heard).toContainEqual({
      type: 'app_mention',
      text: '<@U0DOC> why is <http://x.dev/a?b=1&amp;c> down, <@U0ANA>',
    })
    expect(heard.filter((each) => each.type === 'message')).toHaveLength(1)
  })

  it('opens a modal, shows its errors, and takes the submission', async () => {
    const ana = slack.as('U0ANA')
    await ana.command('/doctor modal', channel)
    const modal = await slack.waitForModal('U0ANA')
    expect(modal.content['callback_id']).toBe('wrong')
    const { id } = modal
    expect(await ana.submit(id, {})).toMatchObject({ ok: false, error: 'validation_failed' })
    expect(await ana.submit(id, { why: 'no' })).toMatchObject({ errors: { reason: 'say more' } })
    expect(await ana.submit(id, { why: 'the node was cordoned' })).toEqual({ ok: true, outcome: 'closed' })
    expect(slack.modal('U0ANA')).toBeUndefined()
  })

  it('publishes a Home tab when it is opened', async () => {
    await slack.as('U0DAN').openHome()
    await expect.poll(() => slack.home('U0DAN')?.content['type']).toBe('home')
  })

  it('shows Slack’s error when the app does not acknowledge', async () => {
    const impatient = await startLocalSlack({ ackMs: 60 })
    await impatient.connect(slack.url).catch(() => {})
    const result = await impatient.as('U0ANA').command('/doctor get', channel)
    expect(result).toEqual({
      ok: false,
      error: 'dispatch_failed',
      shown: '/doctor failed with the error "dispatch_failed"',
    })
    await impatient.close()
  })
})

const planBlocks = [
  { type: 'section' as const, text: { type: 'mrkdwn' as const, text: '*Roll back*' } },
  {
    type: 'actions' as const,
    elements: [
      {
        type: 'button' as const,
        action_id: 'doctor.approve',
        value: 'p-1',
        text: { type: 'plain_text' as const, text: 'Approve' },
      },
    ],
  },
]

function registerListeners(app: App, heard: { type: string; text: string }[]): void {
  app.command('/doctor', async ({ ack, command, client, body }) => {
    if (command.text !== 'modal') return ack(`you said ${command.text}`)
    await ack()
    await client.views.open({ trigger_id: body.trigger_id, view: modalView })
  })
  app.action('doctor.approve', async ({ ack, body, action, respond, client }) => {
    await ack()
    if (body.type !== 'block_actions' || action.type !== 'button' || body.channel === undefined) return
    if (body.user.id !== 'U0ANA') return void (await respond({ text: 'not you', response_type: 'ephemeral' }))
    const text = `approved by ${body.user.id} for ${action.value}`
    await client.chat.update({ channel: body.channel.id, ts: body.message?.['ts'] as string, text, blocks: [] })
  })
  app.event('app_mention', async ({ event }) => void heard.push({ type: event.type, text: event.text }))
  app.message(async ({ message }) => {
    if (message.subtype === undefined) heard.push({ type: 'message', text: message.text ?? '' })
  })
  app.view('wrong', async ({ ack, view }) => {
    const why = view.state.values['reason']?.['why']?.value ?? ''
    await (why.length < 5 ? ack({ response_action: 'errors', errors: { reason: 'say more' } }) : ack())
  })
  app.event('app_home_opened', async ({ client, event }) => {
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'Home' } }] },
    })
  })
}

const modalView = {
  type: 'modal' as const,
  callback_id: 'wrong',
  title: { type: 'plain_text' as const, text: 'Not right?' },
  submit: { type: 'plain_text' as const, text: 'Send' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'reason',
      label: { type: 'plain_text' as const, text: 'What was wrong' },
      element: { type: 'plain_text_input' as const, action_id: 'why' },
    },
  ],
}
