import { setTimeout as sleep } from 'node:timers/promises'
import type { Read, UnreadableReason } from '../../domain/coverage.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { redact } from '../../domain/redact.ts'
import { type Transport, TransportError, type WireRequest, type WireResponse } from './transport.ts'

/** The deadline of a read, in milliseconds. */
export const readDeadline = 10_000
/** The deadline of a list of a whole cluster, in milliseconds. */
export const listDeadline = 30_000

/**
 * Sends a read and sorts the answer: ok, absent (a well-formed 404 of the API server), or unreadable with its reason.
 * Retries what is safe to retry: 429 and 503 as Retry-After says, a 503 without it and a lost connection once; at most 4 tries
 * within the deadline.
 */
export const readWire = async (transport: Transport, request: WireRequest): Promise<Read<WireResponse>> => {
  const ends = Date.now() + request.deadline
  for (let attempt = 1; ; attempt += 1) {
    const left = Math.max(ends - Date.now(), 1)
    const outcome = await transport.request({ ...request, deadline: left }).catch((error: unknown) => error)
    const wait = attempt >= 4 ? undefined : retryAfter(outcome, attempt)
    if (wait === undefined || Date.now() + wait >= ends) return sort(outcome)
    await sleep(wait, undefined, request.signal === undefined ? {} : { signal: request.signal }).catch(() => undefined)
  }
}

/** Milliseconds to wait before trying again; undefined where trying again is pointless. Jittered, so that replicas spread. */
const retryAfter = (outcome: unknown, attempt: number): number | undefined => {
  if (outcome instanceof TransportError) return outcome.reason === 'truncated' && attempt === 1 ? 50 : undefined
  const { status, headers } = outcome as WireResponse
  if (status !== 429 && status !== 503) return undefined
  const asked = Number(headers['retry-after'])
  // An aggregated API whose server is away answers so for as long as it is; somebody waits for this read.
  if (status === 503 && !(asked > 0) && attempt > 1) return undefined
  const base = Number.isFinite(asked) && asked > 0 ? asked * 1000 : 200 * 2 ** attempt
  return base * (1 + Math.random() * 0.2)
}

const reasons: Readonly<Record<number, UnreadableReason>> = {
  401: 'unauthorized',
  403: 'forbidden',
  406: 'not-served',
  410: 'truncated',
  429: 'throttled',
  503: 'unreachable',
  504: 'timeout',
}

const sort = (outcome: unknown): Read<WireResponse> => {
  if (outcome instanceof TransportError) {
    const reason: UnreadableReason =
      outcome.reason === 'timeout' || outcome.reason === 'aborted'
        ? 'timeout'
        : outcome.reason === 'truncated' || outcome.reason === 'too-large'
          ? 'truncated'
          : 'unreachable'
    return { kind: 'unreadable', reason, message: outcome.message }
  }
  if (outcome instanceof Error) throw outcome
  const response = outcome as WireResponse
  if (response.status >= 200 && response.status < 300) return { kind: 'ok', value: response }
  const status = parseStatus(response)
  if (response.status === 404) {
    if (status === undefined) {
      const plain = Buffer.from(response.body.subarray(0, 40)).toString('utf8').startsWith('404 page not found')
      return plain
        ? { kind: 'unreadable', reason: 'not-served', message: 'the API server does not serve this path' }
        : { kind: 'unreadable', reason: 'malformed', message: '404 that is not from a Kubernetes API server' }
    }
    // A 404 with details names an object; one without means that the path itself is not served.
    return status.named ? { kind: 'absent' } : { kind: 'unreadable', reason: 'not-served', message: status.message }
  }
  const message = status?.message ?? `the API server answered ${response.status}`
  return { kind: 'unreadable', reason: reasons[response.status] ?? 'malformed', message }
}

/** What a Status body says, redacted, for the API server quotes what it was given; undefined where the body is not a Status. */
export const parseStatus = (
  response: Pick<WireResponse, 'body'>,
):
  | { readonly reason: string; readonly message: string; readonly named: boolean; readonly causes: readonly string[] }
  | undefined => {
  const value = parseJson(response.body)
  if (value === undefined || value['kind'] !== 'Status') return undefined
  const details =
    typeof value['details'] === 'object' && value['details'] !== null
      ? (value['details'] as Record<string, unknown>)
      : {}
  const causes = Array.isArray(details['causes'])
    ? details['causes'].map((cause) => redact(String((cause as { message?: unknown })?.message ?? '')))
    : []
  return {
    reason: String(value['reason'] ?? ''),
    message: redact(String(value['message'] ?? '')),
    named: typeof details['name'] === 'string',
    causes,
  }
}

/** The body as a JSON object; undefined where it is anything else. */
export const parseJson = (body: Uint8Array): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** The body as one Kubernetes object with a kind and a name; a Status, a list or a page of HTML is not one. */
export const parseObject = (body: Uint8Array): KubeObject | undefined => {
  const value = parseJson(body)
  const metadata = value?.['metadata']
  const named =
    typeof metadata === 'object' && metadata !== null && typeof (metadata as { name?: unknown }).name === 'string'
  return named && typeof value?.['kind'] === 'string' && typeof value['apiVersion'] === 'string'
    ? (value as KubeObject)
    : undefined
}
