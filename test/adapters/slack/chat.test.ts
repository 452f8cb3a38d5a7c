import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisServer } from '../../../src/adapters/redis/connect.ts'
import { redisStore } from '../../../src/adapters/redis/store.ts'
import { slackChat } from '../../../src/adapters/slack/chat.ts'
import { slackClient } from '../../../src/adapters/slack/client.ts'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'
import { type Chat, NoLongerWanted, type Store } from '../../../src/ports.ts'
import { throwAwayRedis } from '../redis/redis.ts'

const channel = 'C0ONCALL'
let server: RedisServer
let redis: Redis
let store: Store
let slack: LocalSlack
const refused: string[] = []
const chatWith = (everyMs: number, burst: number, giveUpMs = 3_000): Chat =>
  slackChat(slackClient({ botToken: slack.botToken, apiUrl: slack.apiUrl }), store, {
    responseOrigins: [slack.url],
    pace: { everyMs, burst, giveUpMs, most: 20 },
    refused: (method, error) => refused.push(`${method} ${error}`),
  })
const callsOf = (method: string) => slack.calls.filter((call) => call.method === method)

beforeAll(async () => {
  server = await throwAwayRedis()
  redis = server.connect('commands')
  await new Promise((ready) => redis.once('ready', ready))
  store = redisStore(redis, randomBytes(32))
  slack = await startLocalSlack()
})
afterAll(async () => {
  await slack?.close()
  redis?.disconnect()
  await server?.stop()
})

describe('posting', () => {
  it('keeps order and pace in a channel', async () => {
    const chat = chatWith(60, 2)
    const begin = Date.now()
    const posted = await Promise.all(Array.from({ length: 6 }, (_, n) => chat.post(channel, { text: `ordered ${n}` })))
    expect(Date.now() - begin).toBeGreaterThanOrEqual(200)
    expect(posted.map((one) => one.ts)).toEqual(posted.map((one) => one.ts).toSorted())
    const texts = slack
      .messages(channel)
      .map((message) => message.text)
      .filter((text) => text.startsWith('ordered'))
    expect(texts).toEqual(['ordered 0', 'ordered 1', 'ordered 2', 'ordered 3', 'ordered 4', 'ordered 5'])
  })

  it('shares a channel’s pace with other replicas', async () => {
    const begin = Date.now()
    const replicas = [chatWith(60, 2), chatWith(60, 2)]
    await Promise.all(
      replicas.flatMap((chat) => Array.from({ length: 6 }, () => chat.post('C0PLATFORM', { text: 'shared' }))),
    )
    expect(Date.now() - begin).toBeGreaterThanOrEqual(5 * 120 - 125)
  })

  it('posts a keyed message once, and says again where it is', async () => {
    const first = await chatWith(1, 9).post(channel, { text: 'keyed' }, { key: 'k1' })
    expect(await chatWith(1, 9).post(channel, { text: 'keyed' }, { key: 'k1' })).toEqual(first)
    expect(slack.messages(channel).filter((message) => message.text === 'keyed')).toHaveLength(1)
  })

  it('posts a keyed message once though the connection broke after Slack had it, in a channel and in a thread', async () => {
    const chat = chatWith(1, 9)
    slack.faults.fail({ method: 'chat.postMessage', times: 1, lost: true })
    const parent = await chat.post(channel, { text: 'lost answer' }, { key: 'lost-1' })
    slack.faults.fail({ method: 'chat.postMessage', times: 1, lost: true })
    const reply = await chat.post(channel, { text: 'lost reply' }, { key: 'lost-2', thread: parent.ts })
    const shown = slack.messages(channel).filter((message) => message.text === 'lost answer')
    expect(shown.map((message) => message.ts)).toEqual([parent.ts])
    const replies = slack.messages(channel, parent.ts).filter((message) => message.text === 'lost reply')
    expect(replies.map((message) => message.ts)).toEqual([reply.ts])
  })

  it('finds again what was posted by a process that died before it knew', async () => {
    const chat = chatWith(1, 9)
    const first = await chat.post(channel, { text: 'died after' }, { key: 'died' })
    await store.remove('posted', 'died')
    await store.put('posted', 'died', { since: Date.now() - 1_000 }, 0)
    expect(await chat.post(channel, { text: 'died after' }, { key: 'died' })).toEqual(first)
    await store.put('posted', 'died-before', { since: Date.now() - 1_000 }, 0)
    await chat.post(channel, { text: 'died before' }, { key: 'died-before' })
    expect(slack.messages(channel).filter((message) => message.text === 'died before')).toHaveLength(1)
  })

  it('makes many waiting edits of one message the last of them', async () => {
    const chat = chatWith(80, 1)
    const { ts } = await chat.post(channel, { text: 'edited 0' })
    const before = callsOf('chat.update').length
    await Promise.all(Array.from({ length: 20 }, (_, n) => chat.update(channel, ts, { text: `edited ${n + 1}` })))
    expect(callsOf('chat.update').length - before).toBeLessThanOrEqual(2)
    expect(slack.message(channel, ts)?.text).toBe('edited 20')
  })

  it('sends what an edit is by its turn, behind edits that somebody waits for, and nothing where that is shown', async () => {
    const chat = chatWith(120, 1)
    const { ts } = await chat.post(channel, { text: 'count 0' })
    const card = await chat.post(channel, { text: 'card' })
    const before = callsOf('chat.update').length
    let count = 1
    const edits = [
      chat.update(channel, card.ts, { text: 'card, first' }),
      chat.update(channel, ts, { text: 'stale' }, { latest: async () => ({ text: `count ${count}` }) }),
      chat.update(channel, ts, { text: 'stale' }, { latest: async () => ({ text: `count ${count}` }) }),
      chat.update(channel, `${ts}0`, { text: 'stale' }, { latest: async () => undefined }),
      chat.update(channel, card.ts, { text: 'card, approved' }),
    ]
    count = 7
    await Promise.all(edits)
    expect(slack.message(channel, ts)?.text).toBe('count 7')
    const sent = callsOf('chat.update')
      .slice(before)
      .map((call) => call.args['ts'])
    expect(sent).toEqual([card.ts, ts])
  })

  it('says nothing that is not to be said any more by its turn, and gives the turn to the next', async () => {
    const chat = chatWith(300, 1)
    await chat.post(channel, { text: 'before' })
    const begin = Date.now()
    const gone = async () => {
      throw new NoLongerWanted()
    }
    const unwanted = Array.from({ length: 5 }, () => chat.post(channel, { text: 'unwanted' }, { latest: gone }))
    await Promise.all([
      ...unwanted.map((one) => expect(one).rejects.toThrow(NoLongerWanted)),
      chat.post(channel, { text: 'wanted' }),
    ])
    expect(Date.now() - begin).toBeLessThan(600)
    expect(slack.messages(channel).some((message) => message.text === 'unwanted')).toBe(false)
  })

  it('does not hold messages up behind edits', async () => {
    const chat = chatWith(150, 1)
    const { ts } = await chat.post(channel, { text: 'parent' })
    const other = await chat.post(channel, { text: 'parent 2' })
    const done: string[] = []
    const edit = (where: string) => chat.update(channel, where, { text: 'edited' }).then(() => done.push('edit'))
    await Promise.all([edit(ts), edit(other.ts), chat.post(channel, { text: 'reply' }).then(() => done.push('post'))])
    expect(done.at(-1)).toBe('edit')
  })

  it('lets an urgent message go first', async () => {
    const chat = chatWith(60, 1)
    await Promise.all([
      ...Array.from({ length: 4 }, (_, n) => chat.post(channel, { text: `slow ${n}` })),
      chat.post(channel, { text: 'slow urgent' }, { urgent: true }),
    ])
    const texts = slack
      .messages(channel)
      .map((message) => message.text)
      .filter((text) => text.startsWith('slow'))
    expect(texts.indexOf('slow urgent')).toBeLessThanOrEqual(1)
  })

  it('refuses more than it could send in time', async () => {
    const chat = chatWith(50, 1)
    const all = await Promise.allSettled(Array.from({ length: 30 }, () => chat.post(channel, { text: 'too many' })))
    expect(all.filter((one) => one.status === 'rejected').length).toBeGreaterThan(0)
  })
})

describe('when Slack is in trouble', () => {
  it('comes back when Slack said so after a 429', async () => {
    const undo = slack.faults.fail({ method: 'chat.postMessage', times: 1, status: 429, retryAfterSeconds: 1 })
    const begin = Date.now()
    await chatWith(1, 9).post(channel, { text: 'after 429' })
    undo()
    expect(Date.now() - begin).toBeGreaterThanOrEqual(900)
    expect(slack.messages(channel).filter((message) => message.text === 'after 429')).toHaveLength(1)
  })

  it('sends the text alone where Slack refuses the blocks', async () => {
    await chatWith(1, 9).post(channel, { text: 'plain instead', blocks: [{ type: 'no-such-block' }] })
    expect(slack.messages(channel).some((message) => message.text === 'plain instead')).toBe(true)
    expect(refused.at(-1)).toMatch(/chat.postMessage invalid_blocks/)
  })

  it('fails at once for what another try cannot mend', async () => {
    const begin = Date.now()
    await expect(chatWith(1, 9).post('C0NOSUCH', { text: 'x' })).rejects.toThrow(/channel_not_found/)
    expect(Date.now() - begin).toBeLessThan(1_000)
  })
})

describe('the directory', () => {
  it('knows members with all that decides, and what it does not know', async () => {
    const chat = chatWith(1, 9)
    expect(await chat.user('U0ANA')).toMatchObject({
      kind: 'ok',
      value: {
        id: 'U0ANA',
        guest: false,
        bot: false,
        deleted: false,
        stranger: false,
        team: 'T0LOCAL',
        email: 'ana@acme.example',
      },
    })
    expect(await chat.user('U0GIL')).toMatchObject({ value: { guest: true } })
    expect(await chat.user('U0EVE')).toMatchObject({ value: { stranger: true } })
    expect(await chat.user('U0GONE')).toMatchObject({ value: { deleted: true } })
    expect(await chat.user('U0CI')).toMatchObject({ value: { bot: true } })
    expect(await chat.user('U0NOSUCH')).toEqual({ kind: 'absent' })
    for (const id of ['', 'u0ana', 'ana', '<@U0ANA>', 'U0ANA; x'])
      expect(await chat.user(id)).toEqual({ kind: 'absent' })
  })

  it('says unreadable, never absent, when Slack does not answer', async () => {
    const chat = slackChat(slackClient({ botToken: slack.botToken, apiUrl: 'http://127.0.0.1:9/api/' }), store, {
      responseOrigins: [],
    })
    expect(await chat.user('U0ANA')).toMatchObject({ kind: 'unreadable' })
    expect(await chat.groupMembers('S0PAY')).toMatchObject({ kind: 'unreadable' })
  })

  it('answers no response URL but Slack’s', async () => {
    const chat = chatWith(1, 9)
    for (const url of [
      'http://169.254.169.254/latest',
      'https://hooks.slack.com.evil.example/x',
      'file:///etc/passwd',
      'nonsense',
    ])
      await expect(chat.respond(url, { text: 'x' })).rejects.toThrow(/not one of Slack/)
  })
})
