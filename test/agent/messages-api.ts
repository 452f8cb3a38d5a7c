import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A content block as the Messages API serves it. */
export type Block =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown }

/** What the model does in one turn, or what goes wrong on the way. */
export type Turn =
  | {
      readonly content: readonly Block[]
      readonly stop?: string
      readonly tokens?: readonly [input: number, output: number, cached?: number]
    }
  | {
      readonly status: number
      readonly type?: string
      readonly code?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Breaks the wire: bytes sent as they are, then the end or nothing more. */
  | { readonly raw: (response: ServerResponse) => void }

type Message = { readonly role: string; readonly content: readonly Record<string, unknown>[] }

/** One accepted request as the model sees it. */
export type Asked = {
  readonly model: string
  readonly system: string
  readonly tools: readonly { readonly name: string; readonly input_schema: Record<string, unknown> }[]
  readonly messages: readonly Message[]
  readonly text: string
}

/** Plays the model: what it does in the n-th accepted request (from 0). */
export type Player = (asked: Asked, n: number) => Turn

export const key = 'test-model-key'
export const models = ['claude-sonnet-5-5', 'claude-haiku-5-5']

/** The Messages API at the wire. It refuses what the real one refuses, and serves events the way it does. */
export type MessagesApi = {
  readonly url: string
  /** Accepted requests. */
  readonly asked: Asked[]
  /** Every byte that ever came, refused requests included. */
  readonly received: string[]
  readonly refused: string[]
  /** What was served, by the id of its first call: it has to come back as it was. */
  readonly served: Map<string, readonly Block[]>
  play: Player
  close(): Promise<void>
}

export const startMessagesApi = async (play: Player = () => say('nothing')): Promise<MessagesApi> => {
  const api = {
    asked: [] as Asked[],
    received: [] as string[],
    refused: [] as string[],
    served: new Map<string, readonly Block[]>(),
    play,
    url: '',
    close: async () => {},
  }
  const server = createServer((request, response) => {
    void serve(api, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  api.close = () =>
    new Promise<void>((closed) => {
      server.closeAllConnections()
      server.close(() => closed())
    })
  return api
}

const serve = async (api: MessagesApi, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString('utf8')
  api.received.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}\n${text}`)
  const wrong = refusalOf(request, text) ?? changedIn(api, text)
  if (wrong !== undefined) {
    api.refused.push(wrong[2])
    return fail(response, ...wrong)
  }
  const body = JSON.parse(text) as {
    model: string
    system: { text: string }[]
    tools: Asked['tools']
    messages: Message[]
  }
  const asked = {
    model: body.model,
    system: body.system.map((one) => one.text).join('\n'),
    tools: body.tools,
    messages: body.messages,
    text,
  }
  api.asked.push(asked)
  const turn = api.play(asked, api.asked.length - 1)
  if ('raw' in turn) return turn.raw(response)
  if ('status' in turn)
    return fail(response, turn.status, turn.type ?? 'api_error', 'made to fail', turn.code, turn.headers)
  const first = turn.content.find((block) => block.type === 'tool_use')
  if (first?.type === 'tool_use') api.served.set(first.id, turn.content)
  stream(response, body.model, turn)
}

/** The API signs what a model thought, and takes a turn back only unchanged. */
const changedIn = (api: MessagesApi, text: string): Wrong | undefined => {
  const { messages } = JSON.parse(text) as { readonly messages: readonly Message[] }
  for (const { content } of messages.filter(({ role }) => role === 'assistant')) {
    const id = content.find((block) => block['type'] === 'tool_use')?.['id']
    const thought = (blocks: readonly object[]) => JSON.stringify(blocks.filter((one) => 'thinking' in one))
    if (thought(api.served.get(String(id)) ?? []) !== thought(content))
      return bad('thinking blocks in the latest assistant message cannot be modified')
  }
  return undefined
}

type Wrong = readonly [status: number, type: string, message: string]

const refusalOf = (request: IncomingMessage, text: string): Wrong | undefined => {
  if (request.method !== 'POST' || request.url !== '/v1/messages') return [404, 'not_found_error', 'Not Found']
  if (request.headers.authorization !== `Bearer ${key}`) return [401, 'authentication_error', 'invalid bearer token']
  if (request.headers['anthropic-version'] !== '2026-10-21') return bad('anthropic-version: not a valid version')
  if (!/^application\/json/.test(request.headers['content-type'] ?? '')) return bad('content-type: not JSON')
  let body: Record<string, unknown>
  try {
    body = JSON.parse(text) as Record<string, unknown>
  } catch {
    return bad('The request body is not valid JSON')
  }
  return bodyRefusal(body)
}

const bad = (message: string): Wrong => [400, 'invalid_request_error', message]
const known = [
  'model',
  'max_tokens',
  'system',
  'tools',
  'tool_choice',
  'messages',
  'stream',
  'metadata',
  'stop_sequences',
  'thinking',
]

const bodyRefusal = (body: Record<string, unknown>): Wrong | undefined => {
  const extra = Object.keys(body).find((name) => !known.includes(name))
  if (extra !== undefined) return bad(`${extra}: Extra inputs are not permitted`)
  const { max_tokens: most, model, messages, tools } = body
  if (most === undefined) return bad('max_tokens: Field required')
  if (!Number.isInteger(most) || (most as number) < 1) return bad('max_tokens: must be a positive integer')
  if (!models.includes(String(model))) return [404, 'not_found_error', `model: ${String(model)}`]
  if (!Array.isArray(messages) || messages.length === 0) return bad('messages: at least one message is required')
  const marks = JSON.stringify(body).split('"cache_control":{"type":"ephemeral"}').length - 1
  if (marks > 4) return bad(`A maximum of 4 blocks with cache_control may be provided. Found ${marks}.`)
  return toolsRefusal(tools) ?? messagesRefusal(messages as Message[])
}

const toolsRefusal = (tools: unknown): Wrong | undefined => {
  if (!Array.isArray(tools)) return bad('tools: must be a list')
  const names = tools.map((tool: { name?: unknown }) => String(tool.name))
  if (new Set(names).size !== names.length) return bad('tools: Tool names must be unique.')
  const odd = names.find((name) => !/^[a-zA-Z0-9_-]{1,128}$/.test(name))
  if (odd !== undefined) return bad(`tools: ${odd} should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
  return tools.every((tool: { input_schema?: { type?: unknown } }) => tool.input_schema?.type === 'object')
    ? undefined
    : bad('tools.0.custom.input_schema.type: Field required')
}

const messagesRefusal = (messages: readonly Message[]): Wrong | undefined => {
  if (messages[0]?.role !== 'user') return bad('messages: first message must use the "user" role')
  if (messages.at(-1)?.role !== 'user') return bad('This model does not support assistant message prefill.')
  let open: readonly unknown[] = []
  for (const [index, { role, content }] of messages.entries()) {
    if (role !== 'user' && role !== 'assistant') return bad(`messages.${index}.role: unexpected`)
    if (!Array.isArray(content) || content.length === 0) return bad(`messages.${index}: content must not be empty`)
    if (content.some((block) => block['type'] === 'text' && String(block['text'] ?? '').trim() === ''))
      return bad('messages: text content blocks must be non-empty')
    const results = content.filter((block) => block['type'] === 'tool_result').map((block) => block['tool_use_id'])
    if (role === 'user') {
      const stray = results.find((id) => !open.includes(id))
      if (stray !== undefined)
        return bad(`messages.${index}: unexpected tool_use_id found in tool_result blocks: ${String(stray)}`)
      const missing = open.find((id) => !results.includes(id))
      if (missing !== undefined)
        return bad(`messages.${index}: tool_use ids were found without tool_result blocks: ${String(missing)}`)
      if (new Set(results).size !== results.length) return bad('each tool_use must have a single result')
    } else if (results.length > 0) return bad('tool_result blocks can only be in user messages')
    open =
      role === 'assistant' ? content.filter((block) => block['type'] === 'tool_use').map((block) => block['id']) : []
    if (new Set(open).size !== open.length) return bad('messages: `tool_use` ids must be unique')
  }
  return undefined
}

const fail = (
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
  code?: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  const details = code === undefined ? {} : { details: { error_code: code } }
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_test', ...headers })
  response.end(JSON.stringify({ type: 'error', error: { type, message, ...details }, request_id: 'req_test' }))
}

/** Begins a stream as the API does: the head and the first event. */
export const beginStream = (
  response: ServerResponse,
  model: string,
  input = 1_000,
  cached = 0,
): ((name: string, data: object) => void) => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_test' })
  const send = (name: string, data: object): void =>
    void response.write(`event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`)
  const usage = {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: 1,
  }
  send('message_start', {
    message: {
      id: 'msg_test',
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  })
  send('ping', {})
  return send
}

const stream = (response: ServerResponse, model: string, turn: Extract<Turn, { content: unknown }>): void => {
  const [input, output, cached = 0] = turn.tokens ?? [1_000, 100]
  const send = beginStream(response, model, input - cached, cached)
  for (const [index, block] of turn.content.entries()) {
    if (block.type === 'text') {
      send('content_block_start', { index, content_block: { type: 'text', text: '' } })
      send('content_block_delta', { index, delta: { type: 'text_delta', text: block.text } })
    } else if (block.type === 'thinking') {
      send('content_block_start', { index, content_block: { type: 'thinking', thinking: '', signature: '' } })
      send('content_block_delta', { index, delta: { type: 'thinking_delta', thinking: block.thinking } })
      send('content_block_delta', { index, delta: { type: 'signature_delta', signature: block.signature } })
    } else {
      send('content_block_start', {
        index,
        content_block: { type: 'tool_use', id: block.id, name: block.name, input: {} },
      })
      const json = typeof block.input === 'string' ? block.input : JSON.stringify(block.input)
      for (let at = 0; at < json.length; at += 20_000)
        send('content_block_delta', {
          index,
          delta: { type: 'input_json_delta', partial_json: json.slice(at, at + 20_000) },
        })
    }
    send('content_block_stop', { index })
  }
  const calls = turn.content.some((block) => block.type === 'tool_use')
  const stop = turn.stop ?? (calls ? 'tool_use' : 'end_turn')
  send('message_delta', { delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: output } })
  send('message_stop', {})
  response.end()
}

let made = 0
/** A tool call of the model. */
export const call = (name: string, input: unknown): Block => {
  made += 1
  return { type: 'tool_use', id: `toolu_${made}`, name, input }
}
/** A turn of tool calls. */
export const use = (...calls: readonly (readonly [name: string, input: unknown])[]): Turn => ({
  content: calls.map(([name, input]) => call(name, input)),
})
/** A turn of text only. */
export const say = (text: string): Turn => ({ content: [{ type: 'text', text }] })
/** A conclusion with what is given. */
export const conclude = (parts: object): Turn =>
  use(['conclude', { answer: [], hypotheses: [], missing: [], ...parts }])
