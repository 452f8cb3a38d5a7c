import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { type Store, type Stored, StoreUnavailable } from '../../ports.ts'
import { hidden, shown } from './hidden.ts'
import { countScript, holdScript, lockScript, putAsideScript, putScript } from './scripts.ts'
import { sealMatches, sealOf, TamperedRecord } from './seal.ts'

/** Called when a record was put aside because its seal or its shape was wrong. */
export type OnTamper = (kind: string, id: string, why: string) => void

/**
 * The Store port on Redis: compare-and-swap in Lua, each record sealed with `key`, which Redis never sees, and hidden where it is of a Secret. `list` leaves
 * out records that were put aside and reports them; `get` and `put` throw TamperedRecord for them until `remove`.
 */
export const redisStore = (redis: Redis, key: Buffer, onTamper: OnTamper = () => undefined): Store => {
  const run = <T>(work: () => Promise<T>): Promise<T> => work().catch(unavailable)
  const evaluate = (script: string, keys: readonly string[], args: readonly (string | number)[]) =>
    run(() => redis.eval(script, keys.length, ...keys, ...args))

  const putAside = async (kind: string, id: string, why: string): Promise<TamperedRecord> => {
    const aside = `{doctor}:aside:${kind}:${id}:${randomBytes(4).toString('hex')}`
    await evaluate(putAsideScript, [recordKey(kind, id), aside], [why])
    onTamper(kind, id, why)
    return new TamperedRecord(kind, id, why)
  }

  const open = async <T>(kind: string, id: string, fields: Fields): Promise<Stored<T> | undefined> => {
    const read = unseal<T>(key, kind, id, fields)
    if (typeof read !== 'string') return read
    if (read === 'put aside before') throw new TamperedRecord(kind, id, read)
    throw await putAside(kind, id, read)
  }

  const get = async <T>(kind: string, id: string): Promise<Stored<T> | undefined> =>
    open<T>(kind, id, await run(() => redis.hmget(recordKey(kind, id), 'v', 'd', 's', 'q').catch(notAHash)))

  return {
    get,
    put: async (kind, id, value, expected, ttl = 0) => {
      const text = hidden(key, JSON.stringify(value))
      const seal = sealOf(key, kind, id, expected + 1, text)
      const keys = [recordKey(kind, id), indexKey(kind), expiryKey(kind)]
      const done = await evaluate(putScript, keys, [expected, text, seal, Math.ceil(ttl * 1000), id])
      if (done === -1) throw await putAside(kind, id, 'not a record of ours')
      return done === 1
    },
    list: async <T>(kind: string, limit = 100) => {
      const ids = await run(() => redis.zrevrange(indexKey(kind), 0, Math.max(0, limit - 1)))
      const found = await Promise.all(
        ids.map(async (id) => {
          const stored = await get<T>(kind, id).catch((error: unknown) => {
            if (error instanceof TamperedRecord) return undefined
            throw error
          })
          return stored === undefined ? [] : [stored]
        }),
      )
      return found.flat()
    },
    remove: async (kind, id) => {
      await run(() => redis.multi().del(recordKey(kind, id)).zrem(indexKey(kind), id).zrem(expiryKey(kind), id).exec())
    },
    once: async (name, ttl) =>
      (await run(() => redis.set(`{doctor}:once:${name}`, '1', 'PX', Math.ceil(ttl * 1000), 'NX'))) === 'OK',
    count: async (name, ttl) =>
      Number(await evaluate(countScript, [`{doctor}:count:${name}`], [Math.ceil(ttl * 1000)])),
    lock: (name, ttl, work) => lock(evaluate, name, Math.ceil(ttl * 1000), work),
    now: async () => {
      const [seconds, micros] = await run(() => redis.time())
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
    },
    ping: async () => {
      await run(() => redis.ping())
    },
  }
}

/** How long a lock can be held at most, in ms: as long as the longest job. */
const longest = 900_000

type Fields = readonly (string | null)[]
type Evaluate = (script: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>

const recordKey = (kind: string, id: string): string => `{doctor}:record:${kind}:${id}`
const indexKey = (kind: string): string => `{doctor}:index:${kind}`
const expiryKey = (kind: string): string => `{doctor}:expiry:${kind}`

/** The record, undefined where there is none, or why it cannot be trusted. */
const unseal = <T>(key: Buffer, kind: string, id: string, fields: Fields): Stored<T> | string | undefined => {
  const [version, text, seal, aside] = fields
  if (aside !== null && aside !== undefined) return 'put aside before'
  if (version === null && text === null && seal === null) return undefined
  if (typeof version !== 'string' || typeof text !== 'string' || typeof seal !== 'string') return 'a part is missing'
  const number = Number(version)
  if (!Number.isSafeInteger(number) || number < 1) return 'its version is not a number'
  if (!sealMatches(seal, sealOf(key, kind, id, number, text))) return 'its seal does not match'
  try {
    return { value: JSON.parse(shown(key, text)) as T, version: number }
  } catch {
    return 'it does not parse'
  }
}

/** A lock that is renewed while `work` runs, at most for a quarter of an hour, so that hung work cannot hold it for ever. */
const lock = async <T>(
  evaluate: Evaluate,
  name: string,
  ttl: number,
  work: (token: number) => Promise<T>,
): Promise<T | undefined> => {
  const key = `{doctor}:lock:${name}`
  const owner = randomBytes(12).toString('hex')
  const token = Number(await evaluate(lockScript, [key, `{doctor}:fence:${name}`], [owner, ttl]))
  if (token === 0) return undefined
  let renewals = Math.ceil(longest / (ttl / 3))
  const timer = setInterval(() => {
    renewals -= 1
    if (renewals <= 0) clearInterval(timer)
    else evaluate(holdScript, [key], [owner, ttl]).catch(() => undefined)
  }, ttl / 3)
  timer.unref()
  try {
    return await work(token)
  } finally {
    clearInterval(timer)
    await evaluate(holdScript, [key], [owner, 0]).catch(() => undefined)
  }
}

/** A key of another Redis type is not absent: it reads as a record whose parts are wrong. */
const notAHash = (error: unknown): Fields => {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return ['0', '', '', null]
  throw error
}

const unavailable = (error: unknown): never => {
  const message = error instanceof Error ? error.message : String(error)
  throw new StoreUnavailable(`the store is not there: ${message}`, { cause: error })
}
