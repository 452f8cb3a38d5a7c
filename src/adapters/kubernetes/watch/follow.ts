import type { IncomingMessage } from 'node:http'
import type { ResourceType } from '../../../ports.ts'
import { listPath } from '../paths.ts'
import { parseJson, readDeadline } from '../reads.ts'
import type { Transport } from '../transport.ts'
import { eachLine } from './lines.ts'

/** One word of a watch: an object that came, changed or went, or how far the server is. */
export type WatchEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: Record<string, unknown>
  readonly bytes: number
}

/**
 * How a watch ended: as it does from time to time, because its version is too old, because nothing was heard for too long,
 * because these credentials or this server do not allow it, or otherwise.
 */
export type WatchEnd =
  | { readonly kind: 'ended' | 'too-old' | 'silent' }
  | { readonly kind: 'refused' | 'failed'; readonly message: string }

/** A connection of its own: one that lay idle for minutes may be dead without anybody having been told. */
export const onItsOwn = { connection: 'close' } as const

/**
 * Watches a kind from a version on and tells each event, until it ends. `heard` is told of every word, bookmarks included.
 * Rejects never; an end that the signal asked for is `ended`. What `tell` throws is an end that failed.
 */
export const follow = async (
  transport: Transport,
  watched: { readonly type: ResourceType; readonly from: string; readonly metadataOnly: boolean },
  limits: { readonly silent: number; readonly seconds: number; readonly signal: AbortSignal },
  told: { readonly heard: () => void; readonly tell: (event: WatchEvent) => void },
): Promise<WatchEnd> => {
  const query = new URLSearchParams({
    watch: 'true',
    resourceVersion: watched.from,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(Math.max(1, Math.ceil(limits.seconds))),
  })
  const accept = watched.metadataOnly
    ? 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
    : 'application/json'
  try {
    const response = await transport.stream({
      path: `${listPath(watched.type)}?${query}`,
      headers: { accept, 'accept-encoding': 'identity', ...onItsOwn },
      deadline: readDeadline,
      signal: limits.signal,
    })
    if (response.statusCode !== 200) return await refusalOf(response)
    told.heard()
    return await read(response, limits.silent, told)
  } catch (error) {
    if (limits.signal.aborted) return { kind: 'ended' }
    return { kind: 'failed', message: error instanceof Error ? error.message : 'the watch broke off' }
  }
}

/** What is written instead of an event ends the watch. */
class Ended extends Error {
  readonly end: WatchEnd
  constructor(end: WatchEnd) {
    super(end.kind)
    this.end = end
  }
}

const read = async (
  response: IncomingMessage,
  silent: number,
  told: { readonly heard: () => void; readonly tell: (event: WatchEvent) => void },
): Promise<WatchEnd> => {
  const quiet = setTimeout(() => response.destroy(new Ended({ kind: 'silent' })), silent)
  try {
    await eachLine(response, (line) => {
      quiet.refresh()
      told.heard()
      told.tell(eventOf(line))
    })
    return { kind: 'ended' }
  } catch (error) {
    if (error instanceof Ended) return error.end
    throw error
  } finally {
    clearTimeout(quiet)
  }
}

const eventOf = (line: Buffer): WatchEvent => {
  const value = parseJson(line)
  const object = value?.['object']
  const type = value?.['type']
  if (typeof object !== 'object' || object === null) throw new Error('a line of the watch is no event')
  const whole = object as Record<string, unknown>
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type, object: whole, bytes: line.length }
    case 'ERROR':
      throw new Ended(
        whole['code'] === 410
          ? { kind: 'too-old' }
          : {
              kind: 'failed',
              message: `the API server ended the watch: ${String(whole['reason'] ?? '').slice(0, 80)}`,
            },
      )
    default:
      throw new Error('a line of the watch is no event')
  }
}

/** Forbidden, not served, and not watchable stay so for a while; everything else may be better the next time. */
const refusalOf = async (response: IncomingMessage): Promise<WatchEnd> => {
  const status = response.statusCode ?? 0
  response.resume()
  if (status === 410) return { kind: 'too-old' }
  const message = `the API server answered the watch with ${status}`
  return { kind: status === 403 || status === 404 || status === 405 ? 'refused' : 'failed', message }
}
