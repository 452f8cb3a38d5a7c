import type { Faults } from '../faults.ts'
import type { Json, WebApiCall } from '../model.ts'
import type { RateLimits } from '../rate-limits.ts'
import { agentMethods } from './agents.ts'
import { ApiError } from './api-error.ts'
import { parseArguments } from './arguments.ts'
import { chatMethods } from './chat.ts'
import { type ApiContext, type Method, requireScope } from './context.ts'
import { conversationMethods } from './conversations.ts'
import { extraMethods } from './extras.ts'
import { peopleMethods } from './people.ts'
import { streamMethods } from './streams.ts'
import { viewMethods } from './views.ts'

const methods: Readonly<Record<string, Method>> = {
  ...agentMethods,
  ...chatMethods,
  ...conversationMethods,
  ...extraMethods,
  ...peopleMethods,
  ...streamMethods,
  ...viewMethods,
  'apps.connections.open': { token: 'app', run: ({ context }) => ({ ok: true, url: context.socketUrl() }) },
}

/** The tokens that open the Web API. */
export type Tokens = { readonly bot: string; readonly app: string }

/** One HTTP request to `/api/METHOD`. */
export type ApiRequest = {
  readonly method: string
  readonly httpMethod: string
  readonly query: string
  readonly contentType: string
  readonly authorization: string
  readonly body: string
}

/** The answer to write; `cut` closes the connection instead. */
export type ApiReply =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Json
    }
  | { readonly kind: 'cut' }

/** The Web API: answers each request as Slack does, and writes every call down. */
export type WebApi = {
  readonly calls: readonly WebApiCall[]
  handle(request: ApiRequest): Promise<ApiReply>
}

/** A Web API over a context. `limits` is left out where rate limits should not be enforced. */
export function createWebApi(context: ApiContext, tokens: Tokens, faults: Faults, limits?: RateLimits): WebApi {
  const calls: WebApiCall[] = []
  const record = (method: string, args: Json, status: number, result: Json): void => {
    calls.push({ at: Date.now(), method, args: withoutToken(args), status, result })
  }
  const handle = async (request: ApiRequest): Promise<ApiReply> => {
    const { method } = request
    const args = readArguments(request)
    if (args instanceof ApiError) return answer(refusal(args))
    const fault = faults.take(method, args)
    if (fault?.hangMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.hangMs))
    if (fault?.drop === true) {
      record(method, args, 0, { ok: false, error: 'connection_cut' })
      return { kind: 'cut' }
    }
    const wait = fault?.status === 429 ? (fault.retryAfterSeconds ?? 1) : limits?.check(method, args)
    const early = fault?.error === undefined ? undefined : { ok: false, error: fault.error }
    const limited = wait === undefined ? undefined : { ok: false, error: 'ratelimited' }
    const broken =
      fault?.status === undefined || fault.status === 429 ? undefined : { ok: false, error: 'internal_error' }
    const result = limited ?? broken ?? early ?? call(context, tokens, request, args)
    const status = limited === undefined ? (broken === undefined ? 200 : (fault?.status ?? 200)) : 429
    record(method, args, fault?.lost === true ? 0 : status, result)
    if (fault?.lost === true) return { kind: 'cut' }
    return answer(result, status, wait === undefined ? {} : { 'retry-after': String(wait) }, context, method)
  }
  return { calls, handle }
}

function readArguments(request: ApiRequest): Json | ApiError {
  try {
    const query = parseArguments('application/x-www-form-urlencoded', request.query)
    return { ...query, ...(request.httpMethod === 'GET' ? {} : parseArguments(request.contentType, request.body)) }
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
}

function call(context: ApiContext, tokens: Tokens, request: ApiRequest, args: Json): Json {
  try {
    const method = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined
    if (method === undefined) throw new ApiError('unknown_method', { req_method: request.method })
    authenticate(method, tokens, request, args)
    for (const scope of method.scopes ?? []) requireScope(context, scope)
    return method.run({ context, args })
  } catch (error) {
    if (error instanceof ApiError) return refusal(error)
    throw error
  }
}

function authenticate(method: Method, tokens: Tokens, request: ApiRequest, args: Json): void {
  if (method.token === 'none') return
  const header = /^Bearer (\S+)$/i.exec(request.authorization)?.[1]
  const token = header ?? (typeof args['token'] === 'string' ? args['token'] : undefined)
  if (token === undefined) throw new ApiError('not_authed')
  if (token !== tokens.bot && token !== tokens.app) throw new ApiError('invalid_auth')
  const expected = method.token === 'app' ? tokens.app : tokens.bot
  if (token !== expected) throw new ApiError('not_allowed_token_type')
}

function refusal(error: ApiError): Json {
  return { ok: false, error: error.code, ...error.details }
}

function withoutToken({ token: _token, ...args }: Json): Json {
  return args
}

function answer(
  body: Json,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
  context?: ApiContext,
  method = '',
): ApiReply {
  const accepted = methods[method]?.scopes?.join(',')
  return {
    kind: 'answer',
    status,
    headers: {
      ...headers,
      ...(context === undefined ? {} : { 'x-oauth-scopes': [...context.app.scopes].join(',') }),
      ...(accepted === undefined ? {} : { 'x-accepted-oauth-scopes': accepted }),
    },
    body,
  }
}
