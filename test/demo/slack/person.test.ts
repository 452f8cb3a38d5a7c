import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mangle } from '../../../src/demo/slack/mangle.ts'
import { createRateLimits } from '../../../src/demo/slack/rate-limits.ts'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'
import { createWorkspace } from '../../../src/demo/slack/workspace.ts'
import { type BareApp, startBareApp } from './bare-app.ts'
import { api, channel } from './samples.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const option = (value: string) => ({ text: plain(value), value })
let slack: LocalSlack
let app: BareApp

beforeEach(async () => {
  slack = await startLocalSlack()
  app = await startBareApp(slack)
})
afterEach(async () => {
  await slack.close()
  await app.close()
})

async function post(elements: object[]): Promise<string> {
  const blocks = [{ type: 'actions', block_id: 'b', elements }]
  return String((await api(slack, 'chat.postMessage', { channel, text: 'x', blocks }))['ts'])
}

function lastAction(): unknown {
  const actions = app.payloads('block_actions').at(-1)?.['actions'] as unknown[] | undefined
  return actions?.[0]
}

describe('what a press sends', () => {
  const ana = () => slack.as('U0ANA')

  it.each([
    [{ type: 'static_select', options: [option('a'), option('b')] }, 'b', { selected_option: option('b') }],
    [{ type: 'multi_static_select', options: [option('a'), option('b')] }, ['a'], { selected_options: [option('a')] }],
    [{ type: 'overflow', options: [option('a')] }, 'a', { selected_option: option('a') }],
    [{ type: 'radio_buttons', options: [option('a')] }, 'a', { selected_option: option('a') }],
    [{ type: 'checkboxes', options: [option('a')] }, [], { selected_options: [] }],
    [{ type: 'users_select' }, 'U0BEN', { selected_user: 'U0BEN' }],
    [{ type: 'channels_select' }, 'C0PLATFORM', { selected_channel: 'C0PLATFORM' }],
    [{ type: 'datepicker' }, '2026-11-21', { selected_date: '2026-11-21' }],
  ])('%j', async (element, value, expected) => {
    const ts = await post([{ ...element, action_id: 'pick' }])
    expect(await ana().press(ts, channel, 'pick', value)).toMatchObject({ ok: true })
    expect(lastAction()).toMatchObject({ action_id: 'pick', block_id: 'b', type: element.type, ...expected })
  })

  it('chooses among buttons of one action by value, and remembers what else was picked', async () => {
    const button = (id: string, value: string) => ({ type: 'button', action_id: id, text: plain('Go'), value })
    const menu = { type: 'static_select', action_id: 'menu', options: [option('a'), option('b')] }
    const ts = await post([menu, button('go', '1'), button('stop', '2')])
    await ana().press(ts, channel, 'menu', 'b')
    await ana().press(ts, channel, 'go')
    expect(app.payloads('block_actions').at(-1)).toMatchObject({
      actions: [{ value: '1' }],
      state: { values: { b: { menu: { selected_option: { value: 'b' } } } } },
    })
    expect(await ana().press(ts, channel, 'go', 'forged')).toEqual({ ok: false, error: 'action_not_found' })
    expect(await ana().press(ts, channel, 'menu', 'forged')).toEqual({ ok: false, error: 'action_not_found' })
  })

  it('never comes from someone who cannot see the message', async () => {
    const posted = await api(slack, 'chat.postMessage', {
      channel: 'G0WARROOM',
      text: 'x',
      blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: plain('Go') }] }],
    })
    const result = await slack.as('U0BEN').press(String(posted['ts']), 'G0WARROOM', 'go')
    expect(result).toEqual({ ok: false, error: 'message_not_found' })
  })

  it('loads the options of an external menu from the app', async () => {
    app.answer = (body) =>
      body['type'] === 'block_suggestion' ? { options: [option(`${String(body['value'])}-1`)] } : {}
    const ts = await post([{ type: 'external_select', action_id: 'ns', min_query_length: 1 }])
    const loaded = await ana().suggest({ channel, ts }, 'ns', 'pay')
    expect(loaded).toMatchObject({ ok: true, body: { options: [{ value: 'pay-1' }] } })
  })

  it('names the button that failed when the app does not acknowledge', async () => {
    const ts = await post([{ type: 'button', action_id: 'go', text: plain('Go') }])
    app.status = 404
    expect(await ana().press(ts, channel, 'go')).toEqual({ ok: false, error: 'http_client_error' })
  })
})

describe('an agent session', () => {
  it('can be stopped by the person, and ends its loading text with the answer', async () => {
    const asked = await slack.as('U0ANA').mention('what is wrong?', channel)
    const thread = asked.ok ? asked.message.ts : ''
    const where = { channel_id: channel, thread_ts: thread }
    await api(slack, 'agents.sessions.setStatus', { ...where, status: 'processing', title: 'checkout' })
    await api(slack, 'assistant.threads.setStatus', { ...where, status: 'is reading events' })
    expect(slack.thread(channel, thread)).toMatchObject({ session: 'processing', loading: 'is reading events' })
    await slack.as('U0ANA').stopAgent(channel, thread)
    expect(app.events('agent_session_stopped')[0]).toMatchObject({ channel, thread_ts: thread, user: 'U0ANA' })
    await api(slack, 'chat.postMessage', { channel, thread_ts: thread, text: 'stopped' })
    expect(slack.thread(channel, thread).loading).toBe('')
    await api(slack, 'agents.sessions.rename', { ...where, title: 'checkout, quota' })
    expect(slack.thread(channel, thread).title).toBe('checkout, quota')
  })
})

describe('typed text', () => {
  const workspace = createWorkspace()
  it.each([
    ['a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
    ['ask @ana or @payments-oncall', 'ask <@U0ANA> or <!subteam^S0ONCALL>'],
    ['@here look at #platform', '<!here> look at <#C0PLATFORM|platform>'],
    ['see https://x.dev/a?b=1.', 'see <https://x.dev/a?b=1>.'],
    ['mail ops@acme.io, host acme.io', 'mail <mailto:ops@acme.io|ops@acme.io>, host <http://acme.io|acme.io>'],
    ['`curl https://x.dev` & done', '`curl https://x.dev` &amp; done'],
    ['checkout.payments.svc is down', 'checkout.payments.svc is down'],
    ['image checkout:v2.8.1', 'image checkout:v2.8.1'],
  ])('%s', (typed, expected) => {
    expect(mangle(workspace, typed, { link: true })).toBe(expected)
  })

  it('may arrive with a phone keyboard’s quotes', () => {
    const typed = mangle(workspace, `label "app" isn't --dry-run`, { link: false, smartQuotes: true })
    expect(typed).toBe('label \u201capp\u201d isn\u2019t \u2014dry-run')
  })
})

describe('rate limits', () => {
  it('let a short burst into a channel, then one message a second', () => {
    let now = 0
    const limits = createRateLimits(() => now)
    const send = () => limits.check('chat.postMessage', { channel: 'C1' })
    expect([1, 2, 3, 4, 5].map(send)).toEqual([undefined, undefined, undefined, undefined, undefined])
    expect(send()).toBe(1)
    expect(limits.check('chat.postMessage', { channel: 'C2' })).toBeUndefined()
    now = 1000
    expect(send()).toBeUndefined()
    expect(send()).toBe(1)
  })

  it('answer 429 over the wire where they are enforced', async () => {
    const strict = await startLocalSlack({ enforceRateLimits: true })
    const answers = await Promise.all(
      Array.from({ length: 25 }, () =>
        fetch(`${strict.apiUrl}users.list`, {
          method: 'POST',
          headers: { authorization: `Bearer ${strict.botToken}` },
        }),
      ),
    )
    const refused = answers.filter((answer) => answer.status === 429)
    expect(refused).toHaveLength(5)
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    await strict.close()
  })
})
