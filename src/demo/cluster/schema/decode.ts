import { badRequest } from '../registry/errors.ts'
import { type Fields, isFields } from '../types.ts'
import { quantity, quantityPattern } from './quantity.ts'
import { type Shape, shapeOf } from './schema.ts'

/** What reading an object found: fields that its kind does not have, in the words of the real decoder. */
export type Decoded = { readonly unknown: readonly string[] }

type Walk = { readonly kind: string; readonly version: string; readonly unknown: string[] }

/**
 * Checks an object against its kind as the JSON decoder does: a value of the wrong type is a 400 in the decoder's own words,
 * unknown fields are removed (where the kind is closed) and named.
 */
export function decode(object: Fields, apiVersion: string, kind: string): Decoded {
  const walk: Walk = { kind, version: apiVersion.split('/').at(-1) ?? '', unknown: [] }
  check(object, shapeOf(apiVersion, kind), { owner: kind, go: '', path: '' }, walk)
  return { unknown: walk.unknown }
}

type Place = {
  /** The Go struct that holds the field. */ readonly owner: string
  /** Path as encoding/json prints it: without indexes. */ readonly go: string
  /** Path as the strict decoder prints it: with indexes. */ readonly path: string
}

function check(value: unknown, shape: Shape, place: Place, walk: Walk): void {
  if (value === null || value === undefined || shape.kind === 'any') return
  switch (shape.kind) {
    case 'scalar':
      scalar(value, shape.code, place, walk)
      return
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, `[]${goType(shape.item)}`, place, walk)
      for (const [index, item] of value.entries())
        check(item, shape.item, { ...place, path: `${place.path}[${index}]` }, walk)
      return
    case 'map':
      if (!isFields(value)) throw mismatch(value, `map[string]${goType(shape.value)}`, place, walk)
      for (const [key, item] of Object.entries(value))
        check(item, shape.value, { ...place, path: `${place.path}.${key}` }, walk)
      return
    case 'struct':
      members(value, shape, place, walk)
      return
  }
}

function members(value: unknown, shape: Shape & { kind: 'struct' }, place: Place, walk: Walk): void {
  if (!isFields(value)) throw mismatch(value, goType(shape), place, walk)
  for (const [key, member] of Object.entries(value)) {
    const field = shape.fields.get(key)
    const path = place.path === '' ? key : `${place.path}.${key}`
    if (field === undefined) {
      walk.unknown.push(`unknown field "${path}"`)
      delete value[key]
      continue
    }
    check(member, field, { owner: shape.name, go: place.go === '' ? key : `${place.go}.${key}`, path }, walk)
  }
}

const bounds: Readonly<Record<string, number>> = { i: 2 ** 31, l: 2 ** 63 }

function scalar(value: unknown, code: string, place: Place, walk: Walk): void {
  const type = typeof value
  if (code === 'i' || code === 'l') {
    const limit = bounds[code] ?? 0
    if (type !== 'number') throw mismatch(value, `int${code === 'i' ? 32 : 64}`, place, walk)
    const number = value as number
    if (!Number.isInteger(number) || number >= limit || number < -limit) {
      throw mismatch(value, `int${code === 'i' ? 32 : 64}`, place, walk, `number ${JSON.stringify(value)}`)
    }
  } else if (code === 'b') {
    if (type !== 'boolean') throw mismatch(value, 'bool', place, walk)
  } else if (code === 'q') {
    if (type !== 'string' && type !== 'number')
      throw unreadable(`unmarshalerDecoder: quantities must match the regular expression '${quantityPattern}'`, walk)
    if (!new RegExp(quantityPattern).test(String(value))) {
      throw unreadable(`quantities must match the regular expression '${quantityPattern}'`, walk)
    }
    if (Number.isNaN(quantity(String(value)))) throw unreadable("unable to parse quantity's suffix", walk)
  } else if (code === 'x') {
    if (type !== 'string' && type !== 'number') throw mismatch(value, 'string', place, walk)
  } else if (code === 't') {
    if (type !== 'string' || Number.isNaN(Date.parse(value as string))) throw badTime(value, walk)
  } else if (code === 'y') {
    if (type !== 'string') throw mismatch(value, '[]uint8', place, walk)
    const wrong = (value as string).search(/[^A-Za-z0-9+/=\r\n]/)
    if (wrong >= 0) throw unreadable(`illegal base64 data at input byte ${wrong}`, walk)
  } else if (type !== 'string') throw mismatch(value, 'string', place, walk)
}

function badTime(value: unknown, walk: Walk): Error {
  if (typeof value !== 'string')
    return unreadable(`json: cannot unmarshal ${jsonType(value)} into Go value of type string`, walk)
  return unreadable(
    `parsing time ${JSON.stringify(JSON.stringify(value))} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`.replaceAll(
      '\\"',
      '',
    ),
    walk,
  )
}

function mismatch(value: unknown, type: string, place: Place, walk: Walk, found = jsonType(value)): Error {
  return unreadable(
    `json: cannot unmarshal ${found} into Go struct field ${place.owner}.${place.go} of type ${type}`,
    walk,
  )
}

function unreadable(why: string, walk: Walk): Error {
  return badRequest(`${walk.kind} in version "${walk.version}" cannot be handled as a ${walk.kind}: ${why}`)
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

function goType(shape: Shape): string {
  if (shape.kind === 'struct')
    return shape.name === 'ObjectMeta' || shape.name === 'LabelSelector' ? `v1.${shape.name}` : `v1.${shape.name}`
  if (shape.kind === 'scalar') return { i: 'int32', l: 'int64', b: 'bool' }[shape.code] ?? 'string'
  return 'interface {}'
}
