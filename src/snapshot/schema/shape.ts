import type PbfReader from 'pbf'
import { readOwnText, readText } from './read-text.ts'

/**
 * How one value looks, told once and read two ways: out of parsed JSON (or YAML), and off the protobuf wire. Reading never
 * throws on odd JSON: what has the wrong type reads as absent. `wireType` is protobuf's: 0 varint, 2 length-delimited.
 */
export type Shape<T> = {
  readonly json: (value: unknown) => T | undefined
  /**
   * Reads one occurrence; `before` is what earlier occurrences of the field gave (lists and maps grow by it), `end` where the
   * message that holds the field ends.
   */
  readonly wire: (pbf: PbfReader, before: unknown, end?: number) => T | undefined
  readonly wireType: 0 | 2
}

/** A field: its protobuf number (a path where the wire nests what JSON inlines) and its shape. */
export type Field<T> = { readonly number: number | readonly [number, number]; readonly shape: Shape<T> }

/** A field of every property of T, so that a schema that forgets or mistypes one does not compile. */
export type Fields<T> = { readonly [P in keyof T]-?: Field<Exclude<T[P], undefined>> }

/** Names a field's number and shape. */
export const f = <T>(number: number | readonly [number, number], shape: Shape<T>): Field<T> => ({ number, shape })

/** A string of an `omitempty` field: the wire's empty string reads as absent, as JSON has it. */
export const text: Shape<string> = {
  json: (value) => (typeof value === 'string' ? value : undefined),
  wire: (pbf) => readText(pbf) || undefined,
  wireType: 2,
}

/** A string that no two objects have in common, such as the name of an event. */
export const ownText: Shape<string> = { json: text.json, wire: (pbf) => readOwnText(pbf) || undefined, wireType: 2 }

/** A string in which empty differs from absent (pointers in Go, and the values of maps). */
export const textOrEmpty: Shape<string> = { json: text.json, wire: (pbf) => readText(pbf), wireType: 2 }

/** An integer; JSON numbers that are not finite read as absent. */
export const int: Shape<number> = {
  json: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
  wire: (pbf) => pbf.readVarint(true),
  wireType: 0,
}

/** An integer of an `omitempty` field: zero reads as absent. */
export const positive: Shape<number> = {
  json: (value) => int.json(value) || undefined,
  wire: (pbf) => pbf.readVarint(true) || undefined,
  wireType: 0,
}

export const bool: Shape<boolean> = {
  json: (value) => (typeof value === 'boolean' ? value : undefined),
  wire: (pbf) => pbf.readBoolean(),
  wireType: 0,
}

/** Anything at all, as it came; not read off the wire. */
export const raw: Shape<unknown> = {
  json: (value) => value,
  wire: () => undefined,
  wireType: 2,
}

const plainTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/

/** A time as RFC 3339 in UTC, to the second, so that texts compare as times do. What is no time reads as absent. */
export const time: Shape<string> = {
  json: (value) => {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : rfc3339(value.getTime())
    if (typeof value !== 'string' || value.length > 64) return undefined
    const at = Date.parse(value)
    if (Number.isNaN(at)) return undefined
    const plain = plainTime.exec(value)?.[1]
    return plain === undefined ? rfc3339(at) : `${plain}Z`
  },
  wire: (pbf) => {
    const seconds = pbf.readFields(readSeconds, { seconds: 0 }, pbf.readVarint() + pbf.pos).seconds
    return seconds <= 0 || seconds > 253_402_300_799 ? undefined : rfc3339Of(seconds)
  },
  wireType: 2,
}

const readSeconds = (tag: number, out: { seconds: number }, pbf: PbfReader): void => {
  if (tag === 1) out.seconds = pbf.readVarint(true)
}

const times: { seconds: number; text: string }[] = Array.from({ length: 4_096 }, () => ({ seconds: -1, text: '' }))

/** Objects of one cluster share their times too: most are made in the seconds of a rollout. */
const rfc3339Of = (seconds: number): string => {
  const known = times[seconds & 4_095] as { seconds: number; text: string }
  if (known.seconds !== seconds) {
    known.text = rfc3339(seconds * 1000)
    known.seconds = seconds
  }
  return known.text
}

const days = new Map<number, string>()
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))

/** Objects of one cluster share few days, so that the calendar is asked once for each. */
const rfc3339 = (milliseconds: number): string => {
  const seconds = Math.floor(milliseconds / 1000)
  const day = Math.floor(seconds / 86_400)
  const rest = seconds - day * 86_400
  let date = days.get(day)
  if (date === undefined) {
    if (days.size > 2_000) days.clear()
    date = new Date(day * 86_400_000).toISOString().slice(0, -14)
    days.set(day, date)
  }
  const minutes = Math.floor(rest / 60)
  return `${date}T${twoDigits[Math.floor(minutes / 60)]}:${twoDigits[minutes % 60]}:${twoDigits[rest % 60]}Z`
}

/** A quantity as the API writes it; YAML that lost its quotes (`cpu: 1`) reads as the text of the number. */
export const quantity: Shape<string> = {
  json: (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : text.json(value)),
  wire: (pbf) => pbf.readFields(readFirstString, { text: '' }, pbf.readVarint() + pbf.pos).text,
  wireType: 2,
}

const readFirstString = (tag: number, out: { text: string }, pbf: PbfReader): void => {
  if (tag === 1) out.text = readText(pbf)
}

/** A port or count that is a number or a name. */
export const intOrString: Shape<number | string> = {
  json: (value) => int.json(value) ?? text.json(value),
  wire: (pbf) => {
    const read = pbf.readFields(readIntOrString, { type: 0, int: 0, text: '' }, pbf.readVarint() + pbf.pos)
    return read.type === 1 ? read.text : read.int
  },
  wireType: 2,
}

const readIntOrString = (tag: number, out: { type: number; int: number; text: string }, pbf: PbfReader): void => {
  if (tag === 1) out.type = pbf.readVarint(true)
  else if (tag === 2) out.int = pbf.readVarint(true)
  else if (tag === 3) out.text = readText(pbf)
}

/** A list: elements that do not read are left out. */
export const list = <T>(element: Shape<T>): Shape<readonly T[]> => ({
  json: (value) => {
    if (!Array.isArray(value)) return undefined
    const out: T[] = []
    for (const item of value) {
      const read = element.json(item)
      if (read !== undefined) out.push(read)
    }
    return out
  },
  wire: (pbf, before) => {
    const out = (before as T[] | undefined) ?? []
    const read = element.wire(pbf, undefined)
    if (read !== undefined) out.push(read)
    return out
  },
  wireType: 2,
})

/** A map from strings: entries whose value does not read are left out. */
export const map = <T>(element: Shape<T>): Shape<Readonly<Record<string, T>>> => {
  type Entry = { key: string; value: T | undefined }
  const readEntry = (tag: number, out: Entry, pbf: PbfReader): void => {
    if (tag === 1) out.key = readText(pbf)
    else if (tag === 2) out.value = element.wire(pbf, undefined)
  }
  return {
    json: (value) => {
      if (!isRecord(value)) return undefined
      const out: Record<string, T> = {}
      for (const key of Object.keys(value)) {
        const read = element.json(value[key])
        if (read !== undefined && key !== '__proto__') out[key] = read
      }
      return out
    },
    wire: (pbf, before) => {
      const out = (before as Record<string, T> | undefined) ?? {}
      const entry = pbf.readFields(readEntry, { key: '', value: undefined } as Entry, pbf.readVarint() + pbf.pos)
      if (entry.value !== undefined && entry.key !== '__proto__') out[entry.key] = entry.value
      return out
    },
    wireType: 2,
  }
}

/** The sorted keys of a map whose values must not be kept. */
export const keysOnly: Shape<readonly string[]> = {
  json: (value) => (isRecord(value) ? Object.keys(value).sort() : undefined),
  wire: (pbf, before) => {
    const entry = pbf.readFields(readFirstString, { text: '' }, pbf.readVarint() + pbf.pos)
    return [...((before as string[] | undefined) ?? []), entry.text].sort()
  },
  wireType: 2,
}

/** A shape whose value passes through a function once it is read. */
export const mapped = <T>(shape: Shape<T>, change: (value: T) => T): Shape<T> => ({
  json: (value) => {
    const read = shape.json(value)
    return read === undefined ? undefined : change(read)
  },
  wire: (pbf, before) => {
    const read = shape.wire(pbf, before)
    return read === undefined ? undefined : change(read)
  },
  wireType: shape.wireType,
})

type Read = (pbf: PbfReader, out: Record<string, unknown>) => Record<string, unknown>

/** What a field number holds: a field, or, where the wire nests what JSON inlines, a message of its own fields. */
type Slot = {
  readonly key: string
  readonly wire: Shape<unknown>['wire']
  readonly wireType: number
  readonly nested: Read | undefined
}

const slotsOf = (fields: readonly (readonly [string, Field<unknown>])[]): readonly (Slot | undefined)[] => {
  const slots: (Slot | undefined)[] = []
  const groups = new Map<number, (readonly [string, Field<unknown>])[]>()
  for (const [key, { number, shape }] of fields) {
    if (typeof number === 'number') {
      slots[number] = { key, wire: shape.wire, wireType: shape.wireType, nested: undefined }
      continue
    }
    const [outer, inner] = number
    groups.set(outer, [...(groups.get(outer) ?? []), [key, f(inner, shape)]])
  }
  for (const [number, inner] of groups)
    slots[number] = { key: '', wire: raw.wire, wireType: 2, nested: readerOf(slotsOf(inner)) }
  return slots
}

const readerOf =
  (slots: readonly (Slot | undefined)[]): Read =>
  (pbf, out) => {
    const end = pbf.readVarint() + pbf.pos
    while (pbf.pos < end) {
      const tag = pbf.readVarint()
      const slot = slots[tag >> 3]
      if (slot === undefined || (tag & 7) !== slot.wireType) pbf.skip(tag)
      else if (slot.nested !== undefined) slot.nested(pbf, out)
      else {
        const value = slot.wire(pbf, out[slot.key], end)
        if (value !== undefined) out[slot.key] = value
      }
    }
    return out
  }

/**
 * Makes plain objects with room for as many fields as its first ones had: `{}` has room for four, and each three more would
 * cost another allocation, a million times over.
 */
const maker = (): (new () => Record<string, unknown>) => {
  function Made() {}
  Made.prototype = Object.prototype
  return Made as unknown as new () => Record<string, unknown>
}

/** An object of known fields; unknown ones are dropped. */
export const message = <T extends object>(fields: Fields<T>): Shape<T> => {
  const entries = Object.entries(fields) as [string, Field<unknown>][]
  const read = readerOf(slotsOf(entries))
  const Made = maker()
  return {
    json: (value) => {
      if (!isRecord(value)) return undefined
      const out: Record<string, unknown> = {}
      for (const [key, { shape }] of entries) {
        const found = value[key]
        if (found === undefined || found === null) continue
        const one = shape.json(found)
        if (one !== undefined) out[key] = one
      }
      return out as T
    },
    wire: (pbf, before) => read(pbf, (before as Record<string, unknown> | undefined) ?? new Made()) as T,
    wireType: 2,
  }
}

/** Whether a value is an object that is neither null nor a list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
