import { createHash } from 'node:crypto'

/** JSON that has one meaning and one form: plain objects, arrays, strings, booleans, null, finite numbers. */
export class NotCanonical extends Error {
  constructor(path: string, why: string) {
    super(`${path || 'value'}: ${why}`)
    this.name = 'NotCanonical'
  }
}

/**
 * The canonical text of a value: keys sorted by code unit, strings NFC, no white space. Equal meaning gives equal text.
 * Throws NotCanonical for what JSON cannot carry exactly: NaN, unsafe integers, undefined, dates, lone surrogates, cycles.
 */
export const canonical = (value: unknown): string => write(value, '', new Set())

/** SHA-256 of the canonical text, in hex. */
export const canonicalHash = (value: unknown): string => sha256(canonical(value))

/** SHA-256 of UTF-8 text or bytes, in hex. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

const write = (value: unknown, path: string, seen: Set<object>): string => {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return writeNumber(value, path)
  if (typeof value === 'string') return writeString(value, path)
  if (typeof value !== 'object') throw new NotCanonical(path, `a ${typeof value} has no canonical form`)
  if (seen.has(value)) throw new NotCanonical(path, 'refers to itself')
  seen.add(value)
  const text = Array.isArray(value)
    ? `[${value.map((item, index) => write(item, `${path}[${index}]`, seen)).join(',')}]`
    : writeObject(value, path, seen)
  seen.delete(value)
  return text
}

const writeObject = (value: object, path: string, seen: Set<object>): string => {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new NotCanonical(path, 'is not a plain object')
  const entries = Object.entries(value).map(([key, item]) => [writeString(key, path), item] as const)
  const keys = new Set(entries.map(([key]) => key))
  if (keys.size !== entries.length) throw new NotCanonical(path, 'has two keys that are equal in NFC')
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([key, item]) => `${key}:${write(item, `${path}.${key}`, seen)}`).join(',')}}`
}

const writeNumber = (value: number, path: string): string => {
  if (!Number.isFinite(value)) throw new NotCanonical(path, 'is not a finite number')
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new NotCanonical(path, 'is beyond 2^53')
  return JSON.stringify(value === 0 ? 0 : value)
}

const writeString = (value: string, path: string): string => {
  if (!value.isWellFormed()) throw new NotCanonical(path, 'has a lone surrogate')
  return JSON.stringify(value.normalize('NFC'))
}
