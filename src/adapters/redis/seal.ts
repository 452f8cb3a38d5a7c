import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A record that does not carry our seal, or does not parse: somebody else wrote it, or it was cut. Never read as absent. */
export class TamperedRecord extends Error {
  readonly kind: string
  readonly id: string

  constructor(kind: string, id: string, why: string) {
    super(`stored ${kind} ${id} was put aside: ${why}`)
    this.name = 'TamperedRecord'
    this.kind = kind
    this.id = id
  }
}

/** The seal of one version of one record: an HMAC over its place, its version and its text. */
export const sealOf = (key: Buffer, kind: string, id: string, version: number, text: string): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([kind, id, version]))
    .update('\0')
    .update(text)
    .digest('hex')

/** Compares two seals in constant time. */
export const sealMatches = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

/**
 * The key that seals records: 32 random bytes in `dataDir`/seal.key, readable by the owner only, made at the first start.
 * Replicas that share a store must share this file. Throws when it is there but is not a key.
 */
export const loadSealKey = (dataDir: string): Buffer => {
  const path = join(dataDir, 'seal.key')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const existing = readKey(path)
  if (existing !== undefined) return existing
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  const made = readKey(path)
  if (made === undefined) throw new Error(`the seal key ${path} could not be made`)
  return made
}

const readKey = (path: string): Buffer | undefined => {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw new Error(`the seal key ${path} cannot be read`, { cause: error })
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`${path} is not a seal key: 64 hex digits were expected`)
  return Buffer.from(text, 'hex')
}
