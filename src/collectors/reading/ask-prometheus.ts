import type { Read } from '../../domain/coverage.ts'
import { type RangeSeries, readRange } from './prometheus-answer.ts'

/** Where Prometheus (or what speaks its HTTP API) is, and the bearer token it wants. */
export type PrometheusAccess = {
  readonly url: string
  readonly token?: string
  /** Whether it may hold other clusters than the one that is diagnosed: then series have to say whose they are. */
  readonly shared?: boolean
}

/** GET of a range query's path. Never throws; whoever asks sets the deadline, which is said in seconds. */
export const askPrometheus = async (
  { url, token }: PrometheusAccess,
  path: string,
  signal: AbortSignal,
  seconds: number,
): Promise<Read<readonly RangeSeries[]>> => {
  try {
    const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }
    // A redirect would carry the token elsewhere.
    return await readRange(await fetch(`${url}${path}`, { headers, redirect: 'error', signal }))
  } catch {
    return signal.aborted
      ? { kind: 'unreadable', reason: 'timeout', message: `Prometheus did not answer within ${seconds} s` }
      : { kind: 'unreadable', reason: 'unreachable', message: 'Prometheus cannot be reached, or hung up' }
  }
}
