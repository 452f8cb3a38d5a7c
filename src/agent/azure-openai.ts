import { z } from 'zod'
import { parseStrictJson } from '../domain/strict-json.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { type FailureCode, ModelFailure } from './failure.ts'
import type { Exchange, Model, Reply, Request, ToolCall } from './model.ts'
import { withRetries } from './retries.ts'

/** A deployment of Azure OpenAI, and its key. */
export type AzureAccess = { readonly endpoint: string; readonly apiKey: string; readonly deployment: string }

/** One request may take this long, in ms. */
const timeout = 90_000

/** A model behind Azure OpenAI's v1 chat completions, not streamed. Azure caches equal beginnings by itself. */
export const azureOpenAi = (access: AzureAccess, pauseMs = 1_000): Model => ({
  name: access.deployment,
  reply: (request, signal) => withRetries(() => ask(access, request, signal), signal, pauseMs),
})

const ask = async (access: AzureAccess, request: Request, signal: AbortSignal): Promise<Reply> => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)])
  try {
    const response = await boundedFetch(`${access.endpoint}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'api-key': access.apiKey },
      body: JSON.stringify(bodyOf(access.deployment, request)),
      signal: limit,
    })
    const text = await response.text()
    if (!response.ok) throw failureOf(response, text)
    return replyOf(text)
  } catch (error) {
    if (error instanceof ModelFailure) throw error
    const behind = (error as Error).cause
    if (behind instanceof ModelFailure) throw behind
    throw new ModelFailure(limit.aborted ? 'timeout' : 'unreachable', { cause: error })
  }
}

const bodyOf = (model: string, { system, tools, history, maxTokens }: Request) => ({
  model,
  max_completion_tokens: maxTokens,
  messages: [{ role: 'system', content: system }, ...history.flatMap(messagesOf)],
  tools: tools.map(({ name, description, schema }) => ({
    type: 'function',
    function: { name, description, parameters: schema },
  })),
})

const messagesOf = (part: Exchange): readonly object[] => {
  switch (part.kind) {
    case 'user':
      return [{ role: 'user', content: part.text }]
    case 'model':
      return [part.content as object]
    case 'results':
      return [
        ...part.results.map(({ id, text }) => ({ role: 'tool', tool_call_id: id, content: text })),
        ...(part.text === undefined ? [] : [{ role: 'user', content: part.text }]),
      ]
  }
}

const callShape = z.object({
  id: z.string().min(1).max(200),
  type: z.literal('function'),
  function: z.object({ name: z.string().max(200), arguments: z.string() }),
})
const answerShape = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z.array(callShape).max(100).nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({
    prompt_tokens: z.number().nonnegative(),
    completion_tokens: z.number().nonnegative(),
    prompt_tokens_details: z.object({ cached_tokens: z.number().nonnegative().nullish() }).nullish(),
  }),
})

const replyOf = (text: string): Reply => {
  const parsed = answerShape.safeParse(jsonOf(text))
  const choice = parsed.data?.choices[0]
  if (!parsed.success || choice === undefined) throw new ModelFailure('malformed')
  const { message, finish_reason: reason } = choice
  const calls = (message.tool_calls ?? []).map(
    ({ id, function: { name, arguments: input } }): ToolCall => ({ id, name, input: jsonOf(input) }),
  )
  const { prompt_tokens: input, completion_tokens: output, prompt_tokens_details: details } = parsed.data.usage
  return {
    content: {
      role: 'assistant',
      content: message.content ?? '',
      ...(calls.length === 0 ? {} : { tool_calls: message.tool_calls }),
    },
    calls,
    stop: stopOf(reason ?? undefined, message.refusal ?? undefined, calls.length),
    tokens: { input, output, cacheRead: details?.cached_tokens ?? 0, cacheWrite: 0 },
  }
}

/** What is no JSON is no valid input of any tool; the tool says so. */
const jsonOf = (text: string): unknown => {
  try {
    return parseStrictJson(text)
  } catch {
    return undefined
  }
}

const stopOf = (reason: string | undefined, refusal: string | undefined, calls: number): Reply['stop'] => {
  if (reason === 'content_filter' || refusal !== undefined) return 'refused'
  if (reason === 'length') return 'cut-off'
  return calls > 0 ? 'calls' : 'end'
}

const failureOf = ({ status, headers }: Response, text: string): ModelFailure => {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return new ModelFailure(codeOf(status, text), Number.isFinite(seconds) ? { wait: seconds * 1_000 } : {})
}

const errorShape = z.object({ error: z.object({ code: z.string().nullish() }) })

const codeOf = (status: number, text: string): FailureCode => {
  const code = errorShape.safeParse(jsonOf(text)).data?.error.code ?? ''
  if (code === 'content_filter') return 'refused'
  if (code === 'insufficient_quota') return 'no-credit'
  if (status === 401 || status === 403) return 'key-refused'
  if (status === 404) return 'unknown-model'
  if (status === 408) return 'timeout'
  if (status === 429) return 'rate-limited'
  return status >= 500 ? 'overloaded' : 'rejected'
}
