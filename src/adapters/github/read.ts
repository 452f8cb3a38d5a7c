import type { z } from 'zod'
import type { Read, UnreadableReason } from '../../domain/coverage.ts'
import { isRepository } from '../../domain/repository-path.ts'
import { boundedBody } from './bounded-body.ts'
import type { GitHubClient } from './client.ts'

/** GETs something below `/repos/owner/name`, checked for its shape. Never throws but for an aborted signal. */
export type GitHubRead = <T>(
  repository: string,
  path: string,
  shape: z.ZodType<T>,
  signal?: AbortSignal,
) => Promise<Read<T>>

/** The longest answer that is taken, in bytes, and how many answers are kept to be asked for again only where they changed. */
const bounds = { answer: 8 * 1024 * 1024, kept: 200 } as const

/**
 * Reads by conditional requests: what has not changed since costs nothing of GitHub's limit, and is not sent again. One shape
 * goes with one path.
 */
export const githubReads = (client: GitHubClient): GitHubRead => {
  const known = new Map<string, { readonly etag: string; readonly value: unknown }>()
  return async <T>(repository: string, path: string, shape: z.ZodType<T>, signal?: AbortSignal): Promise<Read<T>> => {
    if (!isRepository(repository)) return { kind: 'unreadable', reason: 'malformed', message: 'that is not owner/name' }
    const whole = `/repos/${repository}${path}`
    const before = known.get(whole)
    try {
      const etag = before === undefined ? {} : { etag: before.etag }
      const response = await client.get(repository.split('/')[0] ?? '', whole, { ...etag, signal })
      if (response.status === 304 && before !== undefined) return { kind: 'ok', value: before.value as T }
      const { text, truncated } = await boundedBody(response, bounds.answer)
      if (response.status !== 200) return refusedRead(response, text)
      if (truncated) return { kind: 'unreadable', reason: 'truncated', message: 'GitHub’s answer is too long' }
      const parsed = shape.safeParse(json(text))
      if (!parsed.success) {
        const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
        return {
          kind: 'unreadable',
          reason: 'malformed',
          message: `GitHub’s answer is not as documented${where === '' ? '' : ` at ${where}`}`,
        }
      }
      const next = response.headers.get('etag')
      known.delete(whole)
      if (next !== null) known.set(whole, { etag: next, value: parsed.data })
      for (const old of [...known.keys()].slice(0, Math.max(0, known.size - bounds.kept))) known.delete(old)
      return { kind: 'ok', value: parsed.data }
    } catch (error) {
      return faultRead(error, signal)
    }
  }
}

const json = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a status other than 200 means. */
export const refusedRead = ({ status, headers }: Pick<Response, 'status' | 'headers'>, text: string): Read<never> => {
  if (status === 404) return { kind: 'absent' }
  const limited =
    status === 429 ||
    (status === 403 && (headers.get('retry-after') !== null || headers.get('x-ratelimit-remaining') === '0'))
  const reasons: Readonly<Record<number, UnreadableReason>> = {
    401: 'unauthorized',
    403: 'forbidden',
    410: 'not-served',
  }
  const reason = limited ? 'throttled' : (reasons[status] ?? 'unreachable')
  const said = json(text)
  const message = typeof said === 'object' && said !== null && 'message' in said ? String(said.message) : ''
  return { kind: 'unreadable', reason, message: `GitHub answered ${status} ${message}`.trim().slice(0, 200) }
}

/** What a request that got no answer means. Throws where it was the caller who ended it. */
export const faultRead = (error: unknown, signal?: AbortSignal): Read<never> => {
  if (signal?.aborted === true) throw error
  const { name, message = 'unknown error', status } = error as { name?: string; message?: string; status?: number }
  const reason = status === 429 ? 'throttled' : name === 'TimeoutError' ? 'timeout' : 'unreachable'
  return { kind: 'unreadable', reason, message: (message.split('\n')[0] ?? '').slice(0, 200) }
}
