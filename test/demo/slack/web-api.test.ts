import type { View } from '@slack/types'
import { WebClient } from '@slack/web-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readShippedManifest } from '../../../src/demo/slack/app.ts'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'

const channel = 'C0ONCALL'
type Args = Record<string, unknown>

let slack: LocalSlack
let client: WebClient

beforeAll(async () => {
  slack = await startLocalSlack({ streamMs: 150 })
  client = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } })
})
afterAll(() => slack.close())

async function call(method: string, args: Args = {}, token = slack.botToken): Promise<Args> {
  const response = await fetch(slack.apiUrl + method, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(args),
  })
  return (await response.json()) as Args
}

async function post(text = 'hello', more: Args = {}): Promise<string> {
  const answer = await call('chat.postMessage', { channel, text, ...more })
  expect(answer).toMatchObject({ ok: true })
  return answer['ts'] as string
}

describe('what the Web API refuses', () => {
  const refusals: [method: string, args: Args, error: string][] = [
    ['chat.explode', {}, 'unknown_method'],
    ['chat.postMessage', { text: 'x' }, 'invalid_arguments'],
    ['chat.postMessage', { channel: 'C0NOPE', text: 'x' }, 'channel_not_found'],
    ['chat.postMessage', { channel: 'C0GENERAL', text: 'x' }, 'not_in_channel'],
    ['chat.postMessage', { channel: 'G0LEADS', text: 'x' }, 'channel_not_found'],
    ['chat.postMessage', { channel: 'C0OLD', text: 'x' }, 'is_archived'],
    ['chat.postMessage', { channel }, 'no_text'],
    ['chat.postMessage', { channel, text: 'x'.repeat(40_001) }, 'msg_too_long'],
    ['chat.postMessage', { channel, text: 'x', thread_ts: '1.000001' }, 'thread_not_found'],
    ['chat.postMessage', { channel, text: 'x', username: 'Root' }, 'missing_scope'],
    ['chat.postMessage', { channel, text: 'x', blocks: '[{' }, 'invalid_blocks_format'],
    ['chat.postMessage', { channel, markdown_text: 'x', text: 'x' }, 'markdown_text_conflict'],
    ['chat.postEphemeral', { channel, user: 'U0GONE', text: 'x' }, 'user_not_in_channel'],
    ['chat.postEphemeral', { channel, user: 'U0NOBODY', text: 'x' }, 'user_not_found'],
    ['chat.update', { channel, ts: '1.000001', text: 'x' }, 'message_not_found'],
    ['conversations.history', { channel: 'C0GENERAL' }, 'not_in_channel'],
    ['conversations.join', { channel: 'C0GENERAL' }, 'missing_scope'],
    ['conversations.open', { users: 'U0GONE' }, 'user_disabled'],
    ['conversations.replies', { channel, ts: '1.000001' }, 'thread_not_found'],
    ['users.info', { user: 'U0NOBODY' }, 'user_not_found'],
    ['users.lookupByEmail', { email: 'nobody@acme.example' }, 'users_not_found'],
    ['usergroups.users.list', { usergroup: 'S0NONE' }, 'no_such_subteam'],
    ['reactions.add', { channel, timestamp: '1.000001', name: 'eyes' }, 'message_not_found'],
    ['pins.add', { channel, timestamp: '1.000001' }, 'missing_scope'],
    ['team.info', {}, 'missing_scope'],
    ['views.open', { trigger_id: 'made.up', view: {} }, 'invalid_trigger_id'],
    ['views.publish', { user_id: 'U0ANA', view: { type: 'modal' } }, 'invalid_arguments'],
    ['views.update', { view: {} }, 'invalid_arguments'],
    ['apps.connections.open', {}, 'not_allowed_token_type'],
    ['chat.startStream', { channel }, 'invalid_arguments'],
    ['chat.startStream', { channel, thread_ts: '1.000001' }, 'thread_not_found'],
    ['agents.sessions.setStatus', { channel_id: channel, thread_ts: '1.1', status: 'busy' }, 'invalid_arguments'],
    ['files.completeUploadExternal', { files: [{ id: 'F0NONE' }] }, 'file_not_found'],
  ]
  it.each(refusals)('%s %j → %s', async (method, args, error) => {
    expect(await call(method, args)).toMatchObject({ ok: false, error })
  })

  it('names the missing scope, the missing token and the wrong token', async () => {
    expect(await call('pins.add', {})).toMatchObject({
      needed: 'pins:write',
      provided: expect.stringContaining('chat:write'),
    })
    expect(await call('auth.test', {}, 'xoxb-someone-else')).toEqual({ ok: false, error: 'invalid_auth' })
    const bare = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' })
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' })
  })

  it('refuses to change what people wrote', async () => {
    const said = await slack.as('U0ANA').say('mine', channel)
    const ts = said.ok ? said.message.ts : ''
    expect(await call('chat.update', { channel, ts, text: 'x' })).toMatchObject({ error: 'cant_update_message' })
    expect(await call('chat.delete', { channel, ts })).toMatchObject({ error: 'cant_delete_message' })
  })

  it('opens a view once, and only within the life of the trigger', async () => {
    const quick = await startLocalSlack({ triggerMs: 40 })
    const seen: string[] = []
    const server = await listenForTriggers(seen)
    await quick.connect(server.url)
    await quick.as('U0ANA').command('/doctor help', channel)
    await new Promise((resolve) => setTimeout(resolve, 60))
    const api = new WebClient(quick.botToken, { slackApiUrl: quick.apiUrl })
    const view: View = { type: 'modal', title: { type: 'plain_text', text: 'T' }, blocks: [] }
    await expect(api.views.open({ trigger_id: seen[0] as string, view })).rejects.toThrow('expired_trigger_id')
    await quick.as('U0ANA').command('/doctor help', channel)
    await api.views.open({ trigger_id: seen[1] as string, view })
    await expect(api.views.open({ trigger_id: seen[1] as string, view })).rejects.toThrow('exchanged_trigger_id')
    await server.close()
    await quick.close()
  })
})

describe('what the Web API does', () => {
  it('keeps one thread, whatever reply of it is named, and pages through it', async () => {
    const parent = await post('parent')
    const reply = await post('first', { thread_ts: parent })
    const second = await post('second', { thread_ts: reply })
    expect(slack.message(channel, second)?.thread_ts).toBe(parent)
    const page = await client.conversations.replies({ channel, ts: parent, limit: 2 })
    expect(page.messages?.map((message) => message.text)).toEqual(['parent', 'first'])
    const rest = await client.conversations.replies({
      channel,
      ts: parent,
      limit: 2,
      cursor: page.response_metadata?.next_cursor as string,
    })
    expect(rest.messages?.map((message) => message.text)).toEqual(['second'])
    const history = await client.conversations.history({ channel, limit: 1 })
    expect(history.messages?.[0]).toMatchObject({ text: 'parent', reply_count: 2 })
  })

  it('hides an ephemeral message from history and from chat.update', async () => {
    const sent = await client.chat.postEphemeral({ channel, user: 'U0BEN', text: 'only you' })
    const ts = sent.message_ts as string
    const history = await client.conversations.history({ channel })
    expect(history.messages?.some((message) => message.ts === ts)).toBe(false)
    expect(await call('chat.update', { channel, ts, text: 'x' })).toMatchObject({ error: 'message_not_found' })
  })

  it('shows e-mail only with users:read.email', async () => {
    const manifest = structuredClone(readShippedManifest()) as { oauth_config: { scopes: { bot: string[] } } }
    manifest.oauth_config.scopes.bot = manifest.oauth_config.scopes.bot.filter((scope) => scope !== 'users:read.email')
    const narrow = await startLocalSlack({ manifest })
    const api = new WebClient(narrow.botToken, { slackApiUrl: narrow.apiUrl })
    const [with_, without] = await Promise.all([
      client.users.info({ user: 'U0ANA' }),
      api.users.info({ user: 'U0ANA' }),
    ])
    expect(with_.user?.profile?.email).toBe('ana@acme.example')
    expect(without.user?.profile?.email).toBeUndefined()
    await narrow.close()
  })

  it('streams through the SDK helper and ends the stream after its life', async () => {
    const thread = await post('question')
    const streamer = client.chatStream({
      channel,
      thread_ts: thread,
      recipient_team_id: 'T0LOCAL',
      recipient_user_id: 'U0ANA',
      buffer_size: 4,
    })
    await streamer.append({ markdown_text: '**looking** ' })
    await streamer.append({
      chunks: [{ type: 'task_update', id: 't1', title: 'Read pods', status: 'in_progress' }],
      markdown_text: 'at pods',
    })
    await streamer.stop({ chunks: [{ type: 'task_update', id: 't1', title: 'Read pods', status: 'complete' }] })
    const message = slack.messages(channel, thread).at(-1)
    expect(message).toMatchObject({ stream: 'stopped', text: '**looking** at pods' })
    expect(message?.blocks).toMatchObject([{ type: 'task_card', status: 'complete' }, { type: 'markdown' }])

    const late = await call('chat.startStream', {
      channel,
      thread_ts: thread,
      recipient_team_id: 'T0LOCAL',
      recipient_user_id: 'U0ANA',
      markdown_text: 'a',
    })
    await new Promise((resolve) => setTimeout(resolve, 180))
    const appended = await call('chat.appendStream', { channel, ts: late['ts'], markdown_text: 'b' })
    expect(appended).toMatchObject({ error: 'message_not_in_streaming_state' })
  })

  it('uploads a file through the SDK and serves it', async () => {
    await client.files.uploadV2({ channel_id: channel, filename: 'chart.png', file: Buffer.from('PNG?'), title: 'CPU' })
    const message = slack.messages(channel).findLast((each) => each.files.length > 0)
    expect(message?.files[0]).toMatchObject({ title: 'CPU', mimetype: 'image/png', size: 4 })
    expect(Buffer.from(slack.file(message?.files[0]?.id as string) as Uint8Array).toString()).toBe('PNG?')
  })
})

describe('faults', () => {
  it('answers 429 with Retry-After, then goes on', async () => {
    slack.faults.fail({ method: 'chat.postMessage', status: 429, retryAfterSeconds: 7, times: 1 })
    const strict = new WebClient(slack.botToken, { slackApiUrl: slack.apiUrl, rejectRateLimitedCalls: true })
    await expect(strict.chat.postMessage({ channel, text: 'a' })).rejects.toMatchObject({ retryAfter: 7 })
    await expect(strict.chat.postMessage({ channel, text: 'a' })).resolves.toMatchObject({ ok: true })
  })

  it('can do the work and lose the answer', async () => {
    slack.faults.fail({ method: 'chat.postMessage', lost: true, times: 1 })
    await expect(client.chat.postMessage({ channel, text: 'did it arrive?' })).rejects.toThrow()
    expect(slack.messages(channel).some((message) => message.text === 'did it arrive?')).toBe(true)
  })

  it('stops when it is cancelled', async () => {
    const cancel = slack.faults.fail({ method: '*', error: 'token_revoked' })
    expect(await call('auth.test')).toEqual({ ok: false, error: 'token_revoked' })
    cancel()
    expect(await call('auth.test')).toMatchObject({ ok: true, user_id: 'U0DOC' })
  })
})

async function listenForTriggers(seen: string[]): Promise<{ url: string; close(): Promise<void> }> {
  const { createServer } = await import('node:http')
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    if (body.startsWith('{')) response.end((JSON.parse(body) as { challenge: string }).challenge)
    else {
      seen.push(new URLSearchParams(body).get('trigger_id') ?? '')
      response.end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  return { url: `http://127.0.0.1:${port}/`, close }
}
