import Anthropic from '@anthropic-ai/sdk'
import { boundedFetch } from './bounded-fetch.ts'
import { ModelFailure } from './failure.ts'
import type { Exchange, Model, Reply, Request, ToolCall } from './model.ts'
import { withRetries } from './retries.ts'

/** Where Claude is: a key, a model, and another base URL for a gateway. */
export type ClaudeAccess = { readonly apiKey: string; readonly model: string; readonly baseUrl?: string }

/** One request may take this long, in ms. */
const timeout = 90_000

/**
 * Claude over the Messages API, streamed. The prompt and the tools are marked to be cached, and so is the conversation so far.
 * Nothing of the process' environment is used; retries are ours, so that a spend limit is never tried again.
 */
export const claude = (access: ClaudeAccess, pauseMs = 1_000): Model => {
  const client = new Anthropic({
    apiKey: access.apiKey,
    authToken: null,
    baseURL: access.baseUrl ?? 'https://api.anthropic.com',
    timeout,
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    fetch: boundedFetch,
  })
  return {
    name: access.model,
    reply: (request, signal) => withRetries(() => ask(client, access.model, request, signal), signal, pauseMs),
  }
}

const ask = async (client: Anthropic, model: string, request: Request, signal: AbortSignal): Promise<Reply> => {
  try {
    const stream = client.messages.stream(
      {
        model,
        max_tokens: request.maxTokens,
        system: [{ type: 'text', text: request.system, cache_control: { type: 'ephemeral' } }],
        tools: request.tools.map(({ name, description, schema }) => ({
          name,
          description,
          input_schema: schema as Anthropic.Tool.InputSchema,
        })),
        messages: messagesOf(request.history),
      },
      { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) },
    )
    return replyOf(await stream.finalMessage())
  } catch (error) {
    throw error instanceof ModelFailure ? error : failureOf(error)
  }
}

const cached = { cache_control: { type: 'ephemeral' } } as const

/** The briefing and the newest message are marked: the next turn then reads everything before it from the cache. */
const messagesOf = (history: readonly Exchange[]): Anthropic.MessageParam[] =>
  history.map((part, index) => messageOf(part, index === 0 || index === history.length - 1 ? cached : {}))

const messageOf = (part: Exchange, mark: Partial<typeof cached>): Anthropic.MessageParam => {
  switch (part.kind) {
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: part.text, ...mark }] }
    case 'model':
      return { role: 'assistant', content: part.content as Anthropic.ContentBlockParam[] }
    case 'results': {
      const { results, text } = part
      const blocks = results.map(
        ({ id, text: content, failed }, at): Anthropic.ToolResultBlockParam => ({
          type: 'tool_result',
          tool_use_id: id,
          content,
          is_error: failed,
          ...(text === undefined && at === results.length - 1 ? mark : {}),
        }),
      )
      return { role: 'user', content: text === undefined ? blocks : [...blocks, { type: 'text', text, ...mark }] }
    }
  }
}

const replyOf = (message: Anthropic.Message): Reply => {
  const calls = message.content.flatMap((block): readonly ToolCall[] =>
    block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
  )
  const { input_tokens: fresh, output_tokens: output } = message.usage
  const [cacheRead, cacheWrite] = [
    message.usage.cache_read_input_tokens ?? 0,
    message.usage.cache_creation_input_tokens ?? 0,
  ]
  return {
    // The API does not take back the empty text that it sometimes sends.
    content: message.content.filter((block) => block.type !== 'text' || block.text.trim() !== ''),
    calls,
    stop: stopOf(message.stop_reason, calls.length),
    tokens: { input: fresh + cacheRead + cacheWrite, cacheRead, cacheWrite, output },
  }
}

const stopOf = (reason: string | null, calls: number): Reply['stop'] => {
  if (reason === 'refusal') return 'refused'
  // A call that stands before such an end may be cut off itself.
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'cut-off'
  return calls > 0 ? 'calls' : 'end'
}

/** By status and type, never by the wording of a message. */
const failureOf = (error: unknown): ModelFailure => {
  if (error instanceof Anthropic.APIUserAbortError || error instanceof Anthropic.APIConnectionTimeoutError)
    return new ModelFailure('timeout', { cause: error })
  if (error instanceof Anthropic.APIConnectionError) return new ModelFailure(codeBehind(error), { cause: error })
  if (!(error instanceof Anthropic.APIError)) return new ModelFailure(codeBehind(error), { cause: error })
  const wait = waitOf(error.headers)
  return new ModelFailure(codeOf(error), { cause: error, ...(wait === undefined ? {} : { wait }) })
}

/** What our own fetch threw lies below what the client made of it. */
const codeBehind = (error: unknown): ModelFailure['code'] => {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof ModelFailure) return at.code
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return 'timeout'
  }
  return error instanceof Anthropic.APIConnectionError ? 'unreachable' : 'malformed'
}

const codeOf = (error: InstanceType<typeof Anthropic.APIError>): ModelFailure['code'] => {
  const { status, errorCode, type } = error
  if (errorCode?.includes('spend_limit') || status === 402 || type === 'billing_error') return 'no-credit'
  if (status === 401 || status === 403) return 'key-refused'
  if (status === 404) return 'unknown-model'
  if (status === 408) return 'timeout'
  if (status === 429 || type === 'rate_limit_error') return 'rate-limited'
  if ((status !== undefined && status >= 500) || type === 'overloaded_error' || type === 'api_error')
    return 'overloaded'
  return status === undefined ? 'malformed' : 'rejected'
}

const waitOf = (headers: Headers | undefined): number | undefined => {
  const seconds = Number(headers?.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined
}
