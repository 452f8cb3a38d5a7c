import type { ServerResponse } from 'node:http'
import { ApiError } from '../registry/errors.ts'
import { json, type Reply } from './reply.ts'
import type { RequestInfo } from './request-info.ts'

/** What a broken network or an overloaded server does with the requests that match. */
export type FaultRule = {
  readonly method?: string
  /** A path, or a pattern for paths; query parameters are not looked at. */
  readonly path?: string | RegExp
  readonly effect: FaultEffect
  /** After that many matches the rule is used up; for ever when it is not said. */
  readonly times?: number
}

/** The faults: an answer instead of the real one, no answer, a broken answer, or the answer late. */
export type FaultEffect =
  | {
      readonly kind: 'status'
      readonly code: 401 | 403 | 409 | 429 | 500 | 503 | 504
      readonly retryAfterSeconds?: number
      readonly message?: string
    }
  | { readonly kind: 'hang' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'html' }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'apply-then-drop' }
  /** Does what was asked, then answers as if it had failed: a gateway that gave up, an etcd that answered late. */
  | { readonly kind: 'apply-then-status'; readonly code: 500 | 503 | 504 }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'body'; readonly code?: number; readonly type?: string; readonly text: string }

/** The rules in force. */
export type Faults = {
  /** Adds a rule; returns how to take it away. Newer rules go first. */
  readonly fail: (rule: FaultRule) => () => void
  /** Takes the first rule that matches, counting it as used. */
  readonly take: (info: RequestInfo) => FaultEffect | undefined
  readonly clear: () => void
}

/** No faults to begin with. */
export function createFaults(): Faults {
  let rules: { rule: FaultRule; left: number }[] = []
  return {
    fail: (rule) => {
      const entry = { rule, left: rule.times ?? Number.POSITIVE_INFINITY }
      rules = [entry, ...rules]
      return () => {
        rules = rules.filter((other) => other !== entry)
      }
    },
    take: (info) => {
      const entry = rules.find(({ rule, left }) => left > 0 && matches(rule, info))
      if (entry !== undefined) entry.left--
      return entry?.rule.effect
    },
    clear: () => {
      rules = []
    },
  }
}

function matches(rule: FaultRule, info: RequestInfo): boolean {
  if (rule.method !== undefined && rule.method !== info.method) return false
  if (rule.path === undefined) return true
  return typeof rule.path === 'string' ? rule.path === info.path : rule.path.test(info.path)
}

const reasons: Readonly<Record<number, readonly [string, string]>> = {
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden'],
  409: [
    'Conflict',
    'Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again',
  ],
  429: ['TooManyRequests', 'Too many requests, please try again later.'],
  500: ['InternalError', 'Internal error occurred: etcdserver: request timed out'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'Timeout: request did not complete within the allotted timeout'],
}

/** The answer that a fault gives instead of the real one; undefined where the fault is not an answer. */
export function faultReply(effect: FaultEffect): Reply | undefined {
  switch (effect.kind) {
    case 'status': {
      const [reason, message] = reasons[effect.code] ?? ['', '']
      const seconds = effect.retryAfterSeconds
      const error = new ApiError(
        effect.code,
        reason,
        effect.message ?? message,
        seconds === undefined ? undefined : { retryAfterSeconds: seconds },
      )
      return json(effect.code, error.status, seconds === undefined ? undefined : { 'Retry-After': String(seconds) })
    }
    case 'html':
      return {
        code: 200,
        type: 'text/html',
        body: Buffer.from('<!doctype html><title>Sign in</title><h1>Please sign in to the network</h1>'),
      }
    case 'redirect':
      return { code: 307, type: 'text/plain', body: Buffer.alloc(0), headers: { Location: effect.location } }
    case 'body':
      return { code: effect.code ?? 200, type: effect.type ?? 'application/json', body: Buffer.from(effect.text) }
    default:
      return undefined
  }
}

/** Sends half of an answer that promised to be whole, then breaks the connection. */
export function truncate(response: ServerResponse, reply: Reply): void {
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.concat(reply.body as Buffer[])
  response.writeHead(reply.code, { 'Content-Type': reply.type, 'Content-Length': body.length })
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy())
}
