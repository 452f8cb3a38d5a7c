import type { Problem } from './raw.ts'
import { secondsOf } from './seconds.ts'

/** How settings are read: each reader returns a valid value or says what is wrong. */
export type Readers = ReturnType<typeof readers>

/** Readers over raw settings. Durations come back in seconds. */
export const readers = (raw: (name: string) => string | undefined, problem: Problem) => {
  const text = (name: string) => raw(name)
  const matching = (name: string, pattern: RegExp, what: string) => {
    const value = raw(name)
    if (value === undefined || pattern.test(value)) return value
    problem(name, `must be ${what}`)
    return undefined
  }
  const oneOf = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
    const value = raw(name)
    if (value === undefined) return fallback
    if ((allowed as readonly string[]).includes(value)) return value as T
    problem(name, `must be one of ${allowed.join(', ')}`)
    return fallback
  }
  const url = (name: string, schemes: readonly string[]): string | undefined => {
    const value = raw(name)
    if (value === undefined) return undefined
    const parsed = URL.canParse(value) ? new URL(value) : undefined
    if (parsed !== undefined && schemes.includes(parsed.protocol.slice(0, -1))) return value.replace(/\/+$/, '')
    problem(name, `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`)
    return undefined
  }
  const integer = (name: string, min: number, max: number, fallback: number): number => {
    const value = raw(name)
    if (value === undefined) return fallback
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    problem(name, `must be a whole number from ${min} to ${max}`)
    return fallback
  }
  const duration = (name: string, min: number, max: number): number | undefined => {
    const value = raw(name)
    if (value === undefined) return undefined
    const seconds = secondsOf(value)
    if (seconds >= min && seconds <= max) return seconds
    problem(name, `must be a duration with its unit, such as 90s or 5m, from ${min} s to ${max} s`)
    return undefined
  }
  const list = (name: string, pattern: RegExp, what: string): readonly string[] => {
    const items = (raw(name) ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
    for (const item of items)
      if (!pattern.test(item)) problem(name, `has ${JSON.stringify(item)}, which is not ${what}`)
    if (new Set(items).size !== items.length) problem(name, 'names something twice')
    return items
  }
  return { text, matching, oneOf, url, integer, duration, list }
}

/** A type without properties that may be undefined: they are optional instead. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** The same object without its undefined properties. */
export const dropUndefined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>
