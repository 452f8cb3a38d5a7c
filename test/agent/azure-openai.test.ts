import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Agent, consult } from '../../src/agent/agent.ts'
import { azureOpenAi } from '../../src/agent/azure-openai.ts'
import { agentAt, bench, catalogue, task } from './bench.ts'

type Message = {
  readonly role: string
  readonly content?: unknown
  readonly tool_call_id?: string
  readonly tool_calls?: readonly { readonly id: string }[]
}
type Answer = {
  readonly status?: number
  readonly code?: string
  readonly headers?: Record<string, string>
  readonly message?: object
  readonly finish?: string
  readonly body?: string
}

let play: (messages: readonly Message[], n: number) => Answer
const asked: { readonly messages: readonly Message[] }[] = []
const refused: string[] = []

/** Chat completions of Azure OpenAI's v1 API at the wire; it refuses what the real one refuses. */
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const fail = (status: number, code: string, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify({ error: { code, message: 'made to fail' } }))
  }
  if (request.url !== '/openai/v1/chat/completions') return fail(404, 'NotFound')
  if (request.headers['api-key'] !== 'azure-key') return fail(401, 'PermissionDenied')
  const body = JSON.parse(Buffer.concat(chunks).toString()) as {
    model?: string
    max_tokens?: number
    messages: Message[]
    tools: { type: string }[]
  }
  const wrong = wrongIn(body)
  if (wrong !== undefined) {
    refused.push(wrong)
    return fail(400, 'invalid_request_error')
  }
  asked.push(body)
  const answer = play(body.messages, asked.length - 1)
  if (answer.status !== undefined) return fail(answer.status, answer.code ?? 'x', answer.headers)
  response.writeHead(200, { 'content-type': 'application/json' })
  const usage = { prompt_tokens: 1_000, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 400 } }
  const choices = [
    {
      index: 0,
      finish_reason: answer.finish ?? 'tool_calls',
      message: { role: 'assistant', content: null, ...answer.message },
    },
  ]
  response.end(answer.body ?? JSON.stringify({ id: 'c', object: 'chat.completion', choices, usage }))
})

const wrongIn = (body: {
  model?: string
  max_tokens?: number
  messages: readonly Message[]
  tools: readonly { type: string }[]
}): string | undefined => {
  if (body.model !== 'gpt-oncall') return 'no such deployment'
  if (body.max_tokens !== undefined) return 'max_tokens is not supported with this model'
  if (body.tools.some(({ type }) => type !== 'function')) return 'tools'
  let open: string[] = []
  for (const { role, tool_call_id: id = '', tool_calls: calls } of body.messages) {
    if (role === 'tool' && !open.includes(id)) return 'a tool message without its call'
    if (role !== 'tool' && open.length > 0) return 'calls without their tool messages'
    open = role === 'tool' ? open.filter((one) => one !== id) : (calls ?? []).map((one) => one.id)
  }
  return open.length > 0 ? 'calls without their tool messages' : undefined
}

let url = ''
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  asked.length = 0
  refused.length = 0
})

const agent = (apiKey = 'azure-key', deployment = 'gpt-oncall'): Agent => ({
  ...agentAt(url),
  model: azureOpenAi({ endpoint: url, apiKey, deployment }, 5),
})
const run = (by = agent()) => consult(by, bench(), task, catalogue, new AbortController().signal)
let made = 0
const use = (name: string, input: unknown): Answer => {
  made += 1
  const args = typeof input === 'string' ? input : JSON.stringify(input)
  return { message: { tool_calls: [{ id: `call_${made}`, type: 'function', function: { name, arguments: args } }] } }
}
const evidence = [{ id: 'e1', quote: 'checkout answers 500' }]
const done = use('conclude', { answer: [{ text: 'It fails', evidence }], hypotheses: [], missing: [] })

describe('a deployment of Azure OpenAI', () => {
  it('looks and concludes the same way', async () => {
    play = (_, n) => (n === 0 ? use('read_logs', { namespace: 'payments', pod: 'checkout-b-1' }) : done)
    const found = await run()
    expect(refused).toEqual([])
    expect(found).toMatchObject({
      kind: 'concluded',
      answer: [{ text: 'It fails' }],
      usage: {
        model: 'gpt-oncall',
        turns: 2,
        tools: { read_logs: 1 },
        inputTokens: 2_000,
        cachedTokens: 800,
        outputTokens: 100,
      },
    })
    expect(JSON.stringify(asked[1]?.messages)).toContain('currency JPY')
    expect(JSON.stringify(asked)).not.toContain('Zq2aB3dE5gH7')
  })

  it.each<[string, Answer, string, number]>([
    ['a rate limit, tried again', { status: 429, code: 'RateLimitReached' }, 'rate-limited', 3],
    ['a quota, not tried again', { status: 429, code: 'insufficient_quota' }, 'no-credit', 1],
    ['a filter', { status: 400, code: 'content_filter' }, 'refused', 1],
    ['a filtered answer', { finish: 'content_filter', message: { content: '' } }, 'refused', 1],
    ['a cut-off answer', { ...use('conclude', '{"answer'), finish: 'length' }, 'cut-off', 1],
    ['an outage', { status: 503, headers: { 'retry-after': '0' } }, 'overloaded', 3],
    ['no JSON', { body: '<html>' }, 'malformed', 1],
    ['another shape', { body: '{"choices":[]}' }, 'malformed', 1],
    ['a call of nothing', use('list_objects', 'no json'), 'looping', 3],
  ])('%s', async (_, answer, code, requests) => {
    play = () =>
      answer.message !== undefined && 'tool_calls' in answer.message && answer.finish === undefined
        ? use('list_objects', 'no json')
        : answer
    expect(await run()).toMatchObject({ kind: 'without', code })
    expect(asked).toHaveLength(requests)
    expect(refused).toEqual([])
  })

  it('a refused key and an unknown deployment', async () => {
    expect(await run(agent('wrong'))).toMatchObject({ code: 'key-refused' })
    expect(await run(agent('azure-key', 'other'))).toMatchObject({ code: 'rejected' })
  })
})
