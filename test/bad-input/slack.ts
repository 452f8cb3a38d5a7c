import { connect } from 'node:net'
import { parseStrictJson } from '../../src/domain/strict-json.ts'
import { each, first, hidden, says, status, words } from './judge.ts'
import type { Group, Site } from './site.ts'

let serial = 0
const command = (text: string, more: Readonly<Record<string, string>> = {}): string =>
  new URLSearchParams({
    command: '/doctor',
    text,
    team_id: 'T0LOCAL',
    api_app_id: 'A0DOCTOR',
    channel_id: 'C0ONCALL',
    user_id: 'U0CARA',
    user_name: 'cara',
    response_url: 'http://127.0.0.1:9/commands/x',
    trigger_id: `bad-${serial++}`,
    ...more,
  }).toString()

const form = 'application/x-www-form-urlencoded'
const now = (shift = 0): string => String(Math.floor(Date.now() / 1000) + shift)
const payload = (value: unknown): string =>
  new URLSearchParams({ payload: typeof value === 'string' ? value : JSON.stringify(value) }).toString()
const pressed = (more: object = {}): object => ({
  type: 'block_actions',
  team: { id: 'T0LOCAL', domain: 'local' },
  user: { id: 'U0ANA', username: 'ana', name: 'ana', team_id: 'T0LOCAL' },
  api_app_id: 'A0DOCTOR',
  token: 'x',
  trigger_id: `bad-${serial++}`,
  container: { type: 'message', message_ts: '1700000000.000100', channel_id: 'C0ONCALL', is_ephemeral: false },
  channel: { id: 'C0ONCALL', name: 'payments-oncall' },
  message: { type: 'message', ts: '1700000000.000100', user: 'U0DOC', text: 'card' },
  actions: [{ type: 'button', action_id: 'doctor.approve', block_id: 'b', value: 'abcd', action_ts: '1.1' }],
  ...more,
})

const signature = (
  name: string,
  change: (good: string) => string | readonly string[],
): readonly [string, typeof change] => [name, change]
const signatures = [
  signature('none', () => []),
  signature('v0=00', () => 'v0=00'),
  signature('another version', (good) => good.replace('v0=', 'v1=')),
  signature('upper-case hex', (good) => `v0=${good.slice(3).toUpperCase()}`),
  signature('sent twice', (good) => [good, good]),
] as const

const badlySigned = (index: number) => async (site: Site) => {
  const body = command('status')
  const at = now()
  const { createHmac } = await import('node:crypto')
  const good = `v0=${createHmac('sha256', site.slack.signingSecret).update(`v0:${at}:${body}`).digest('hex')}`
  const wrong = signatures[index]?.[1](good) ?? []
  return status(
    await site.post('/slack/events', body, {
      'content-type': form,
      'x-slack-request-timestamp': at,
      ...(wrong.length === 0 ? {} : { 'x-slack-signature': wrong }),
    }),
    401,
  )
}

/** One approval must come of a press that is sent again and again; a dozen of those that came in any other way, none. */
const onceOnly = async (
  site: Site,
  again: (body: string, at: string) => Promise<unknown>,
): Promise<string | undefined> => {
  const workload = site.workload()
  const card = await site.card(workload)
  const [body, at] = [site.pressBody(card, 'U0ANA'), now()]
  await site.slackPost(body, { timestamp: at })
  await again(body, at)
  const { life } = await site.settled(card)
  const approvals = (await site.kinds(card)).filter((kind) => kind === 'plan.approved').length
  const writes = site.writes(workload).length
  return life.state === 'verified' && approvals === 1 && writes === 1
    ? undefined
    : `${life.state}, ${approvals} approvals, ${writes} writes`
}

/** A press that must not decide: the card waits as before, and nothing is written. */
const decidesNothing =
  (
    change: (card: { readonly id: string; readonly ts: string; readonly channel: string }) => object,
    ...wanted: readonly number[]
  ) =>
  async (site: Site): Promise<string | undefined> => {
    const workload = site.workload()
    const card = await site.card(workload)
    const reply = await site.slackPost(site.pressBody(card, 'U0ANA', change(card)))
    await site.press(card, 'U0ANA', 'doctor.details')
    const { life } = await site.record(card)
    await site.press(card, 'U0DAN', 'doctor.deny')
    await site.settled(card)
    return first(
      status(reply, ...(wanted.length === 0 ? [200, 403] : wanted)),
      life.state === 'pending' && life.approvals.length === 0 ? undefined : `the plan is ${life.state}`,
      site.writes(workload).length === 0 ? undefined : 'something was written',
    )
  }

const value = (text: string) => () => ({
  actions: [{ type: 'button', action_id: 'doctor.approve', block_id: 'b', value: text, action_ts: `${serial++}.1` }],
})
const flipped = (id: string): string => `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}`
const person = (id: string) => () => ({ user: { id, username: 'U0ANA', name: 'Ana Ruiz', team_id: 'T0LOCAL' } })

const lines: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['four thousand characters', 'x'.repeat(4_000)],
  ['shell', '; rm -rf /'],
  ['backticks', '`id`'],
  ['substitution', '$(id)'],
  ['NUL', 'pods\u0000-A'],
  ['emoji', ':fire: 🔥🔥🔥'],
  ['right to left', 'pods -n \u202epayments'],
  ['homoglyph', 'pods -n рrod'],
  ['zero width', 'pods -n pay\u200bments'],
  ['smart quotes', 'describe “payments/checkout”'],
  ['smart dash', 'pods —namespace payments'],
  ['a user', 'why is <@U0ANA> slow'],
  ['an auto-link', 'describe <http://x.example|prod>'],
  ['an open quote', 'describe "payments'],
  ['unknown verb', 'fly me to the moon'],
  ['unknown flag', 'pods --kubeconfig=/etc/passwd'],
  ['a flag twice', 'pods -n a -n b'],
  ['a broadcast', 'describe <!channel>'],
]

const slowBody = (site: Site): Promise<string | undefined> => {
  const { port, hostname } = new URL(site.app.url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n`,
      )
    })
    const drip = setInterval(() => socket.write('1\r\na\r\n'), 500)
    let heard = ''
    const end = (problem: string | undefined) => {
      clearInterval(drip)
      socket.destroy()
      resolve(problem)
    }
    socket.on('data', (chunk) => {
      heard += chunk.toString()
      end(/^HTTP\/1\.1 (?:408|413)/.test(heard) ? undefined : `answered ${heard.slice(0, 60)}`)
    })
    socket.on('error', () => end(undefined))
    setTimeout(() => end('it listens for ever'), 20_000).unref()
  })
}

/** Groups 1 to 23: what reaches the app as if from Slack. */
export const slackGroups: readonly Group[] = [
  ...signatures.map(([name], index) => ({
    number: index + 1,
    name: `Slack signature: ${name}`,
    tries: [{ what: name, run: badlySigned(index) }],
  })),
  {
    number: 6,
    name: 'Slack timestamp that is no time',
    tries: each(
      ['', 'abc', 'NaN', 'Infinity', '1e10', '-1', '0', `${now()}.5`, ` ${now()}x`, `0${now()}`, '9'.repeat(40)].map(
        (text) => [text === '' ? 'empty' : text.slice(0, 14), text] as const,
      ),
      async (timestamp, site) => status(await site.slackPost(command('status'), { timestamp }), 401),
    ),
  },
  {
    number: 7,
    name: 'Slack timestamp too far away',
    tries: each(
      [-305, -3_600, -86_400 * 365, 310, 3_600].map((shift) => [`${shift} s`, shift] as const),
      async (shift, site) => status(await site.slackPost(command('status'), { timestamp: now(shift) }), 401),
    ),
  },
  {
    number: 8,
    name: 'exact replay',
    tries: [
      {
        what: 'twenty times at once',
        run: (site) =>
          onceOnly(site, (body, timestamp) =>
            Promise.all(Array.from({ length: 20 }, () => site.slackPost(body, { timestamp }))),
          ),
      },
      {
        what: 'signed again, later',
        run: (site) => onceOnly(site, (body) => site.slackPost(body, { timestamp: now(-60) })),
      },
    ],
  },
  {
    number: 9,
    name: 'retry headers',
    tries: each(
      ['1', '2', '3', '999', 'abc', '-1', ''].map((text) => [`X-Slack-Retry-Num: ${text}`, text] as const),
      (text, site) =>
        onceOnly(site, (body, timestamp) =>
          site.slackPost(body, {
            timestamp,
            headers: { 'x-slack-retry-num': text, 'x-slack-retry-reason': 'http_timeout' },
          }),
        ),
    ),
  },
  {
    number: 10,
    name: 'ssl_check beside a press',
    tries: each(
      ['1', '0', 'true', ''].map((text) => [`ssl_check=${text}`, text] as const),
      async (text, site) => {
        const workload = site.workload()
        const card = await site.card(workload)
        const body = `ssl_check=${text}&${site.pressBody(card, 'U0ANA')}`
        const reply = await site.slackPost(body)
        const { life } = await site.record(card)
        await site.press(card, 'U0DAN', 'doctor.deny')
        return first(status(reply, 200), life.approvals.length === 0 ? undefined : 'it was dispatched')
      },
    ),
  },
  {
    number: 11,
    name: 'content type',
    tries: [
      ...each<string>(
        [
          ['with a charset', `${form}; charset=utf-8`],
          ['with a quoted charset', `${form};charset="UTF-8"`],
        ],
        async (type, site) => status(await site.slackPost(command('status'), { type }), 200),
      ),
      ...each<string | null>(
        [
          ['text/plain', 'text/plain'],
          ['missing', null],
          ['multipart', 'multipart/form-data; boundary=x'],
          ['empty', ''],
          ['JSON for a form', 'application/json'],
          ['two types', `${form}, text/plain`],
        ],
        async (type, site) => status(await site.slackPost(command('status'), { type }), 400, 415),
      ),
    ],
  },
  {
    number: 12,
    name: 'size of the body',
    tries: [
      { what: 'empty', run: async (site) => status(await site.slackPost(''), 400) },
      { what: '257 KB', run: async (site) => status(await site.slackPost(`text=${'x'.repeat(257 * 1024)}`), 413) },
      { what: '50 MB', run: async (site) => status(await site.slackPost(Buffer.alloc(50 * 2 ** 20, 120)), 413, 0) },
      { what: 'chunks without an end', run: slowBody },
    ],
  },
  {
    number: 13,
    name: 'payload that is not JSON',
    tries: each<string>(
      [
        ['an open brace', 'payload=%7B'],
        ['nothing', 'payload='],
        ['a word', 'payload=hello'],
        ['half', 'payload=%7B%22type%22%3A'],
        ['not UTF-8', 'payload=%FF%FE'],
      ],
      async (body, site) => status(await site.slackPost(body), 400),
    ),
  },
  {
    number: 14,
    name: 'payload of no shape',
    tries: each<string>(
      ['{}', '[]', 'null', '1', '"x"', '{"type":1}', '{"type":"unheard_of","team":{"id":"T0LOCAL"}}'].map((text) => [
        text,
        text,
      ]),
      async (text, site) => status(await site.slackPost(payload(text)), 400, 403, 404),
    ),
  },
  {
    number: 15,
    name: 'payload nested too deep',
    tries: each(
      [100, 10_000, 40_000].map((depth) => [`${depth} levels`, depth] as const),
      async (depth, site) => {
        const text = `${'['.repeat(depth)}${']'.repeat(depth)}`
        const reply = await site.slackPost(payload(text))
        const begun = performance.now()
        try {
          parseStrictJson(text)
        } catch {
          // Refused, as it must be; what counts here is how long that takes.
        }
        const ms = performance.now() - begun
        return first(status(reply, 400), ms < 100 ? undefined : `it took ${ms.toFixed(0)} ms`)
      },
    ),
  },
  {
    number: 16,
    name: 'keys that reach a prototype',
    tries: each<string>(
      [
        ['__proto__', '{"__proto__":{"polluted":1},"type":"block_actions"}'],
        ['constructor.prototype', '{"constructor":{"prototype":{"polluted":1}},"type":"block_actions"}'],
        ['deep inside', '{"type":"block_actions","user":{"a":[{"__proto__":{"polluted":1}}]}}'],
        ['escaped', '{"\\u005f_proto__":{"polluted":1},"type":"block_actions"}'],
      ],
      async (text, site) =>
        first(
          status(await site.slackPost(payload(text)), 400),
          ({} as { polluted?: unknown }).polluted === undefined ? undefined : 'the prototype is polluted',
        ),
    ),
  },
  {
    number: 17,
    name: 'equal keys twice',
    tries: each<string>(
      [
        ['user', JSON.stringify(pressed()).replace('"token":"x"', '"user":{"id":"U0DAN"}')],
        ['user, escaped', JSON.stringify(pressed()).replace('"token":"x"', '"\\u0075ser":{"id":"U0DAN"}')],
        ['value in an action', JSON.stringify(pressed()).replace('"value":"abcd"', '"value":"abcd","value":"efgh"')],
      ],
      async (text, site) => status(await site.slackPost(payload(text)), 400),
    ),
  },
  {
    number: 18,
    name: 'value of a button',
    tries: [
      ...each<string>(
        [
          ['an unknown plan', '0'.repeat(32)],
          ['empty', ''],
          ['2,001 characters', 'a'.repeat(2_001)],
          ['JSON with parameters', '{"plan":"x","action":"evict-pod"}'],
          ['a path', '../../plan'],
          ['a prototype key', '__proto__'],
          ['upper case', 'ABCDEF0123456789ABCDEF0123456789'],
        ],
        (text, site) => decidesNothing(value(text))(site),
      ),
      { what: 'one bit off', run: decidesNothing(({ id }) => value(flipped(id))()) },
      { what: 'cut short', run: decidesNothing(({ id }) => value(id.slice(0, 31))()) },
      {
        what: 'another plan’s id on this card',
        run: async (site) => {
          const other = await site.card(site.workload())
          const problem = await decidesNothing(() => value(other.id)())(site)
          const { life } = await site.record(other)
          await site.press(other, 'U0DAN', 'doctor.deny')
          return problem ?? (life.approvals.length === 0 ? undefined : 'the other plan was approved')
        },
      },
    ],
  },
  {
    number: 19,
    name: 'a press from somewhere else',
    tries: [
      { what: 'another channel', run: decidesNothing(() => ({ channel: { id: 'C0GENERAL', name: 'general' } })) },
      {
        what: 'another message',
        run: decidesNothing(() => ({
          message: { type: 'message', ts: '1700000000.000100', user: 'U0DOC', text: 'card' },
        })),
      },
      { what: 'another app', run: decidesNothing(() => ({ api_app_id: 'A0EVIL' }), 403) },
      { what: 'another workspace', run: decidesNothing(() => ({ team: { id: 'T0EVIL', domain: 'evil' } }), 403) },
      { what: 'no workspace', run: decidesNothing(() => ({ team: null }), 403) },
      { what: 'no channel', run: decidesNothing(() => ({ channel: null }), 400) },
      { what: 'no message', run: decidesNothing(() => ({ message: null }), 400) },
    ],
  },
  {
    number: 20,
    name: 'who presses',
    tries: each<string>(
      [
        ['Slackbot', 'USLACKBOT'],
        ['a bot', 'U0CI'],
        ['the doctor itself', 'U0DOC'],
        ['a deactivated account', 'U0GONE'],
        ['a guest', 'U0GIL'],
        ['a single-channel guest', 'U0SUE'],
        ['a stranger of another workspace', 'U0EVE'],
        ['somebody unknown', 'U0NOBODY'],
        ['no id', ''],
        ['lower case', 'u0ana'],
        ['an approver’s name on another id', 'U0BEN'],
        ['white space', 'U0ANA '],
      ],
      (id, site) => decidesNothing(person(id), 200, 400, 404)(site),
    ),
  },
  {
    number: 21,
    name: 'text after /doctor',
    tries: each(lines, async (text, site) => {
      const answer = await site.typed(text)
      return first(
        words(answer),
        hidden(answer),
        /<!(?:channel|here)>/.test(answer) ? 'a broadcast is alive' : undefined,
      )
    }),
  },
  {
    number: 22,
    name: 'hidden part of a modal',
    tries: each<string>(
      [
        ['empty', ''],
        ['an unknown incident', 'i-0000000000'],
        ['a path', '../x'],
        ['a prototype key', '__proto__'],
        ['3,001 characters', 'x'.repeat(3_001)],
        ['JSON', '{"plan":"x"}'],
      ],
      async (metadata, site) => {
        const view = {
          id: `V${serial++}`,
          type: 'modal',
          callback_id: 'doctor.feedback',
          private_metadata: metadata,
          state: { values: { wrong: { text: { type: 'plain_text_input', value: 'approve it' } } } },
        }
        const body = {
          type: 'view_submission',
          team: { id: 'T0LOCAL' },
          user: { id: 'U0BEN' },
          api_app_id: 'A0DOCTOR',
          view,
        }
        const reply = await site.slackPost(payload(body))
        const kept = await site.app.doctor.store.list('feedback')
        return first(status(reply, 200, 400), kept.length === 0 ? undefined : 'it was kept')
      },
    ),
  },
  {
    number: 23,
    name: 'challenge of the address',
    tries: each<unknown>(
      [
        ['200 KB', 'x'.repeat(200_000)],
        ['1 MB', 'x'.repeat(1_000_000)],
        ['a number', 5],
        ['an object', {}],
        ['missing', undefined],
      ],
      async (challenge, site) => {
        const reply = await site.slackPost(JSON.stringify({ type: 'url_verification', challenge }), {
          type: 'application/json',
        })
        return first(status(reply, 400, 413), reply.text.length < 1_000 ? undefined : 'it is sent back')
      },
    ),
  },
]

/** A group whose answers must hold this. */
export const commandGroup = (
  number: number,
  name: string,
  inputs: readonly (readonly [string, string])[],
  wanted: RegExp,
): Group => ({ number, name, tries: each(inputs, async (text, site) => says(await site.typed(text), wanted)) })
