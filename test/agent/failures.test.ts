import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Agent, consult } from '../../src/agent/agent.ts'
import { createBreaker } from '../../src/agent/breaker.ts'
import type { DailyBudget } from '../../src/agent/spending.ts'
import { costOf, sharedLedger } from '../../src/agent/spending.ts'
import { agentAt, bench, catalogue, task } from './bench.ts'
import {
  beginStream,
  conclude,
  type MessagesApi,
  type Player,
  say,
  startMessagesApi,
  type Turn,
  use,
} from './messages-api.ts'

let api: MessagesApi
beforeAll(async () => {
  api = await startMessagesApi()
})
beforeEach(() => {
  for (const list of [api.asked, api.received, api.refused]) list.length = 0
})
afterAll(() => api?.close())

const never = new AbortController().signal
const run = (play: Player | Turn, more: Parameters<typeof agentAt>[1] = {}, change: Partial<Agent> = {}) => {
  api.play = typeof play === 'function' ? play : () => play
  return consult({ ...agentAt(api.url, more), ...change }, bench(), task, catalogue, never)
}
const raw = (bytes: (response: ServerResponse) => void): Turn => ({ raw: bytes })
const done = conclude({ missing: ['nothing'] })

describe('what goes wrong at the API', () => {
  it.each<[string, Turn, string, number]>([
    ['a refused key', { status: 401, type: 'authentication_error' }, 'key-refused', 1],
    ['no right', { status: 403, type: 'permission_error' }, 'key-refused', 1],
    ['an unknown model', { status: 404, type: 'not_found_error' }, 'unknown-model', 1],
    ['a rejected request', { status: 400, type: 'invalid_request_error' }, 'rejected', 1],
    ['a rate limit, tried again', { status: 429, type: 'rate_limit_error' }, 'rate-limited', 3],
    [
      'a spend limit, not tried again',
      { status: 429, type: 'rate_limit_error', code: 'enforced_spend_limit_reached' },
      'no-credit',
      1,
    ],
    ['an overload, tried again', { status: 529, type: 'overloaded_error' }, 'overloaded', 3],
    ['a long pause that nobody waits for', { status: 529, headers: { 'retry-after': '3600' } }, 'overloaded', 1],
    ['an inner fault', { status: 500 }, 'overloaded', 3],
    [
      'a page instead of events',
      raw((to) => to.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hi</h1>')),
      'malformed',
      1,
    ],
    ['an empty answer', raw((to) => to.writeHead(200, { 'content-type': 'text/event-stream' }).end()), 'malformed', 1],
    ['a redirect', raw((to) => to.writeHead(307, { location: 'http://127.0.0.1:1/' }).end()), 'unreachable', 3],
    ['a refusal', { content: [{ type: 'text', text: 'No.' }], stop: 'refusal' }, 'refused', 1],
    ['a cut-off answer', { ...use(['conclude', '{"answer":[']), stop: 'max_tokens' } as Turn, 'cut-off', 1],
    ['an end without a conclusion', say('I am done'), 'no-conclusion', 2],
    ['nothing at all', { content: [] }, 'no-conclusion', 2],
  ])('%s', async (_, turn, code, requests) => {
    const found = await run(turn)
    expect(found).toMatchObject({ kind: 'without', code })
    expect(api.received).toHaveLength(requests)
    expect(api.refused).toEqual([])
  })

  it('a stream that ends in the middle, and one that never ends', async () => {
    const cut = await run(
      raw((to) => {
        beginStream(to, 'm')('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
        setTimeout(() => to.destroy(), 5)
      }),
    )
    expect(cut).toMatchObject({ kind: 'without' })
    const hung = await run(
      raw((to) => void beginStream(to, 'm')),
      { ms: 200 },
    )
    expect(hung).toMatchObject({ kind: 'without', code: 'budget' })
    expect(hung.usage.ms).toBeLessThan(3_000)
  })

  it('ten megabytes of an answer', async () => {
    const flood = await run(
      raw((to) => {
        const send = beginStream(to, 'm')
        send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
        for (let n = 0; n < 100; n += 1)
          send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'x'.repeat(100_000) } })
        to.end()
      }),
    )
    expect(flood).toMatchObject({ kind: 'without', code: 'too-large' })
  })

  it('an address where nobody is, and one that never answers', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((ready) => silent.listen(0, '127.0.0.1', ready))
    const { port } = silent.address() as AddressInfo
    const hung = await consult(agentAt(`http://127.0.0.1:${port}`, { ms: 200 }), bench(), task, catalogue, never)
    expect(hung).toMatchObject({ kind: 'without', code: 'budget' })
    silent.closeAllConnections()
    await new Promise((closed) => silent.close(closed))
    const gone = await consult(agentAt(`http://127.0.0.1:${port}`), bench(), task, catalogue, never)
    expect(gone).toMatchObject({ kind: 'without', code: 'unreachable' })
  })

  it('a failure that passes', async () => {
    const found = await run((_, n) => (n === 0 ? { status: 529, headers: { 'retry-after': '0' } } : done))
    expect(found).toMatchObject({ kind: 'concluded', usage: { turns: 1 } })
  })

  it('throws where the process stops, so that the job is done elsewhere', async () => {
    const stop = new AbortController()
    api.play = () =>
      raw((to) => {
        beginStream(to, 'm')
        stop.abort(new Error('stopping'))
      })
    await expect(consult(agentAt(api.url), bench(), task, catalogue, stop.signal)).rejects.toThrow('stopping')
  })
})

describe('what it may cost', () => {
  it('ends after its turns, and says so at the last look', async () => {
    const found = await run((_, n) => use(['list_events', { reason: `R${n}` }]), { turns: 4 })
    expect(found).toMatchObject({ kind: 'without', code: 'budget', usage: { turns: 4 } })
    expect(JSON.stringify(api.asked[2]?.messages.at(-1))).not.toContain('last look')
    expect(JSON.stringify(api.asked[3]?.messages.at(-1))).toContain('last look')
  })

  it('ends after its tokens', async () => {
    const found = await run(
      (_, n) => ({ ...use(['list_events', { reason: `R${n}` }]), tokens: [60_000, 1_000] }) as Turn,
    )
    expect(found).toMatchObject({ kind: 'without', code: 'budget', usage: { turns: 4, inputTokens: 240_000 } })
  })

  it('rests after three failures in a row, and for long after a refused key', async () => {
    const breaker = createBreaker()
    let now = 0
    const again = () => run({ status: 400 + 129, type: 'overloaded_error' }, {}, { breaker, now: () => now })
    for (let n = 0; n < 3; n += 1) expect(await again()).toMatchObject({ code: 'overloaded' })
    const before = api.received.length
    expect(await again()).toMatchObject({ code: 'resting' })
    expect(api.received).toHaveLength(before)
    now = 61_000
    expect(await run(done, {}, { breaker, now: () => now })).toMatchObject({ kind: 'concluded' })
    expect(await run({ status: 401 }, {}, { breaker, now: () => now })).toMatchObject({ code: 'key-refused' })
    now += 120_000
    expect(await run(done, {}, { breaker, now: () => now })).toMatchObject({ code: 'resting' })
  })

  it('counts the day over all replicas, and spends nothing where the count cannot be read', async () => {
    const kept = new Map<string, { value: unknown; version: number }>()
    const store = {
      get: async (kind: string, id: string) => kept.get(`${kind} ${id}`) as never,
      put: async (kind: string, id: string, value: unknown, expected: number) => {
        if ((kept.get(`${kind} ${id}`)?.version ?? 0) !== expected) return false
        kept.set(`${kind} ${id}`, { value, version: expected + 1 })
        return true
      },
    }
    let now = Date.UTC(2026, 10, 20)
    const ledger = (budget: DailyBudget) => sharedLedger(store, budget, { input: 3, output: 15 }, () => now)
    const [one, two] = [ledger({ tokens: 2_000 }), ledger({ tokens: 2_000 })]
    expect(await run(done, {}, { ledger: one })).toMatchObject({ kind: 'concluded' })
    expect(await run(done, {}, { ledger: two })).toMatchObject({ kind: 'concluded' })
    expect(await run(done, {}, { ledger: one })).toMatchObject({ kind: 'without', code: 'daily-budget' })
    expect(await ledger({ tokens: 9_999, usd: 0.009 }).left()).toBe(false)
    expect(await ledger({ tokens: 9_999, usd: 0.0091 }).left()).toBe(true)
    now += 86_400_000
    expect(await one.left()).toBe(true)
    const away = { left: () => Promise.reject(new Error('away')), add: async () => undefined }
    api.received.length = 0
    await expect(run(done, {}, { ledger: away })).rejects.toThrow('away')
    expect(api.received).toEqual([])
  })

  it('prices what is cached as the API does', () => {
    const price = { input: 3, output: 15 }
    expect(costOf({ input: 1e6, cacheRead: 0, cacheWrite: 0, output: 1e6 }, price)).toBeCloseTo(18)
    expect(costOf({ input: 1e6, cacheRead: 1e6, cacheWrite: 0, output: 0 }, price)).toBeCloseTo(0.3)
    expect(costOf({ input: 1e6, cacheRead: 0, cacheWrite: 1e6, output: 0 }, price)).toBeCloseTo(3.75)
    expect(costOf({ input: 1, cacheRead: 0, cacheWrite: 0, output: 1 }, undefined)).toBeUndefined()
  })
})
