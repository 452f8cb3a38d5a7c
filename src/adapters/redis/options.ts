import { isIP } from 'node:net'
import type { RedisOptions } from 'ioredis'

/** Connection options; the reply mapping stays the library's default, which its types insist on. */
export type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>

/** Where a Redis is: a URL (redis:// or rediss://, with user, password and database) or a unix socket. */
export type RedisPlace =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'socket'; readonly path: string }

/** What a connection is for: it decides whether commands fail at once or wait while Redis is away. */
export type Purpose = 'commands' | 'worker'

/**
 * The options of one connection. `commands` (store and producers) never queues offline, so that a caller learns within
 * milliseconds that Redis is away; `worker` waits and reconnects for ever, as BullMQ requires.
 */
export const redisOptions = (place: RedisPlace, purpose: Purpose): ConnectionOptions => ({
  ...address(place),
  connectTimeout: 3_000,
  keepAlive: 10_000,
  retryStrategy: (times: number) => Math.min(50 * times, 1_000),
  ...(purpose === 'commands'
    ? {
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        commandTimeout: 2_000,
        autoResendUnfulfilledCommands: false,
      }
    : { maxRetriesPerRequest: null }),
})

/** The place as people may read it: never with the password. */
export const describePlace = (place: RedisPlace): string => {
  if (place.kind === 'socket') return `a private redis on ${place.path}`
  const url = new URL(place.url)
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
}

const address = (place: RedisPlace): ConnectionOptions => {
  if (place.kind === 'socket') return { path: place.path }
  const url = new URL(place.url)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const db = url.pathname.replace(/^\//, '')
  return {
    host,
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username === '' ? {} : { username: decode(url.username) }),
    ...(url.password === '' ? {} : { password: decode(url.password) }),
    ...(db === '' ? {} : { db: Number(db) }),
    ...(url.protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  }
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
