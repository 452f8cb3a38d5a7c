import { setTimeout as sleep } from 'node:timers/promises'
import { plainLine } from '../../domain/plain.ts'
import { redact } from '../../domain/redact.ts'
import { errorAnswer } from './answers.ts'

/** Each call ends within this, in ms. */
const callDeadline = 8_000
/** The longest pause that is waited out within one read, in ms; a write leaves waiting to whoever asked for it. */
const longestPause = 5_000
const longestBody = 4_000_000

/** One request, where the API's base is put in front of `path`. `as` is the e-mail address in `From`. */
export type Call = {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly path: string
  readonly body?: object
  readonly as?: string
  readonly signal?: AbortSignal
}

/**
 * What became of a call. `not-sent`: it surely changed nothing and may be sent again after `afterMs`; `unknown`: it left and no
 * answer came that says what it did.
 */
export type Outcome =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'not-sent'; readonly afterMs: number; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }

/** Sends one request and says what is known of it. Never throws; redirects are not followed, so the token stays here. */
export const send = async (base: string, token: string, call: Call): Promise<Outcome> => {
  const deadline = AbortSignal.timeout(callDeadline)
  try {
    const response = await fetch(`${base}${call.path}`, {
      method: call.method,
      redirect: 'error',
      signal: call.signal === undefined ? deadline : AbortSignal.any([deadline, call.signal]),
      headers: {
        accept: 'application/vnd.pagerduty+json;version=2',
        authorization: `Token token=${token}`,
        ...(call.as === undefined ? {} : { from: call.as }),
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    })
    return outcomeOf(response.status, response.headers, await response.text())
  } catch (error) {
    const message = messageOf(error)
    return neverLeft(error) ? { kind: 'not-sent', afterMs: 2_000, message } : { kind: 'unknown', message }
  }
}

/** Reads, trying again a few times what passes, first after `pauseMs`; a pause that PagerDuty asks for is kept where it is short. */
export const read = async (
  base: string,
  token: string,
  path: string,
  pauseMs: number,
  signal?: AbortSignal,
): Promise<Outcome> => {
  for (let tries = 1; ; tries += 1) {
    const outcome = await send(base, token, { method: 'GET', path, ...(signal === undefined ? {} : { signal }) })
    if (outcome.kind === 'ok' || outcome.kind === 'refused' || tries >= 3) return outcome
    const pause = outcome.kind === 'not-sent' ? outcome.afterMs : pauseMs * 2 ** (tries - 1)
    if (pause > longestPause || signal?.aborted === true) return outcome
    await sleep(pause * (0.75 + Math.random() / 2))
  }
}

const outcomeOf = (status: number, headers: Headers, text: string): Outcome => {
  if (status === 429) {
    // PagerDuty says in `ratelimit-reset` how many seconds are left of the minute; proxies say it in Retry-After.
    const seconds = Number(headers.get('retry-after') ?? headers.get('ratelimit-reset') ?? '5')
    const afterMs = Math.min(60_000, Math.max(50, (Number.isFinite(seconds) ? seconds : 5) * 1_000))
    return { kind: 'not-sent', afterMs, message: 'PagerDuty takes no more requests for a moment' }
  }
  if (status >= 500) return { kind: 'unknown', message: `PagerDuty answered ${status}` }
  const body = text.length > longestBody ? undefined : jsonOf(text)
  if (status < 200 || status >= 300) return { kind: 'refused', status, message: refusalOf(status, body) }
  return body === undefined ? { kind: 'unknown', message: 'PagerDuty’s answer is not JSON' } : { kind: 'ok', body }
}

const refusalOf = (status: number, body: unknown): string => {
  const parsed = errorAnswer.safeParse(body)
  if (!parsed.success) return `PagerDuty answered ${status}`
  const { message, errors } = parsed.data.error
  const told = [message ?? '', ...(typeof errors === 'string' ? [errors] : (errors ?? []))].filter(Boolean).join(': ')
  return plainLine(redact(told || `PagerDuty answered ${status}`), 300)
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const never = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
])

/** Whether no connection was made, so that nothing of the request can have arrived. */
const neverLeft = (error: unknown): boolean => {
  const { cause } = error as { cause?: { code?: unknown; errors?: readonly { code?: unknown }[] } }
  const codes = cause?.errors?.map(({ code }) => code) ?? [cause?.code]
  return codes.length > 0 && codes.every((code) => typeof code === 'string' && never.has(code))
}

const messageOf = (error: unknown): string => {
  const { name, cause } = error as { name?: string; cause?: { code?: unknown } }
  if (name === 'TimeoutError') return 'PagerDuty did not answer in time'
  return typeof cause?.code === 'string' ? `PagerDuty cannot be reached (${cause.code})` : 'PagerDuty cannot be reached'
}
