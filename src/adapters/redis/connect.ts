import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { StoreUnavailable } from '../../ports.ts'
import { findServer, howToGetRedis, installServer } from './find-server.ts'
import { describePlace, type Purpose, type RedisPlace, redisOptions } from './options.ts'
import { startPrivateServer } from './private-server.ts'

/** A Redis that answered: where it is, new connections to it, and the end of what we started. */
export type RedisServer = {
  readonly place: RedisPlace
  /** For people and logs; holds no password. */
  readonly text: string
  connect(purpose: Purpose): Redis
  /** Ends a private server; a Redis that others run is left alone. */
  stop(): Promise<void>
}

/**
 * The Redis of this run: `url` where given, else a private server in `dataDir`/redis (kept), or in a temporary folder
 * (thrown away) without a `dataDir`; installs one where that needs no password. Throws StoreUnavailable with one line
 * that says what to do.
 */
export const openRedis = async (settings: {
  readonly url?: string
  readonly dataDir?: string
  readonly say?: (line: string) => void
}): Promise<RedisServer> => {
  if (settings.url !== undefined) {
    const place: RedisPlace = { kind: 'url', url: settings.url }
    await mustAnswer(place)
    return serverAt(place, async () => undefined)
  }
  const say = settings.say ?? (() => undefined)
  const binary = findServer() ?? (installServer(say) ? findServer() : undefined)
  if (binary === undefined) throw new StoreUnavailable(howToGetRedis())
  const lasting = settings.dataDir !== undefined
  const dir = settings.dataDir === undefined ? mkdtempSync(join(tmpdir(), 'doctor-')) : join(settings.dataDir, 'redis')
  const server = await startPrivateServer(binary, dir, lasting)
  return serverAt({ kind: 'socket', path: server.socket }, () => server.stop())
}

/**
 * What is wrong with a Redis for production, one line each with the exact command that mends it: it must keep what it
 * acknowledged and must never evict.
 */
export const productionProblems = async (redis: Redis): Promise<readonly string[]> => {
  const wanted = { appendonly: 'yes', 'maxmemory-policy': 'noeviction' }
  const problems: string[] = []
  for (const [name, value] of Object.entries(wanted)) {
    const reply = await redis.config('GET', name).catch(() => undefined)
    const current = Array.isArray(reply) ? reply[1] : undefined
    if (typeof current !== 'string') problems.push(`redis does not say its ${name}; allow CONFIG GET for this user`)
    else if (current !== value) problems.push(`redis has ${name} ${current}: run CONFIG SET ${name} ${value}`)
  }
  return problems
}

const serverAt = (place: RedisPlace, stop: () => Promise<void>): RedisServer => ({
  place,
  text: describePlace(place),
  connect: (purpose) => {
    const redis = new Redis(redisOptions(place, purpose))
    redis.on('error', () => undefined)
    return redis
  },
  stop,
})

const mustAnswer = async (place: RedisPlace): Promise<void> => {
  const redis = new Redis({ ...redisOptions(place, 'commands'), lazyConnect: true, retryStrategy: () => null })
  let last: unknown
  redis.on('error', (error) => {
    last = error
  })
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    const why = messageOf(last ?? error)
    throw new StoreUnavailable(`redis at ${describePlace(place)} does not answer: ${why}`, { cause: error })
  } finally {
    redis.disconnect()
  }
}

const messageOf = (error: unknown): string => {
  const { code, reason } = error as { code?: unknown; reason?: unknown }
  // OpenSSL says where in its source it failed; its reason alone is for people.
  if (typeof reason === 'string') return reason
  const message = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''
  return message === '' && typeof code === 'string' ? code : message
}
