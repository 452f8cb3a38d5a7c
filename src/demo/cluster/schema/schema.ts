import { kinds } from './kinds.ts'
import { types1 } from './types-1.ts'
import { types2 } from './types-2.ts'
import { types3 } from './types-3.ts'

/**
 * What is known of one field. Notation of the tables: s string, y base64 bytes, t time, q quantity, x integer or string, i and l
 * integers of 32 and 64 bits, n number, b boolean, * anything, @Name struct, {T} map, [T] list; a leading ! is atomic;
 * |map=keys and |set are the list topologies of server-side apply, |merge=key the key of strategic merge.
 */
export type Shape =
  | { readonly kind: 'scalar'; readonly code: string }
  | { readonly kind: 'any' }
  | {
      readonly kind: 'struct'
      readonly name: string
      readonly atomic: boolean
      readonly fields: ReadonlyMap<string, Shape>
    }
  | { readonly kind: 'map'; readonly atomic: boolean; readonly value: Shape }
  | {
      readonly kind: 'list'
      readonly item: Shape
      readonly topology: 'atomic' | 'set' | 'map'
      readonly keys: readonly string[]
      /** Strategic merge joins this list: by a key, or as a set of scalars when the key is empty. */
      readonly mergeKey: string | undefined
    }

const any: Shape = { kind: 'any' }
const structs = new Map<string, Shape>()
const text = (name: string): string | undefined => types1[name] ?? types2[name] ?? types3[name]

/** The shape of a kind; kinds that are not described (custom resources) have an open shape. */
export function shapeOf(apiVersion: string, kind: string): Shape {
  const name = kinds[`${apiVersion}/${kind}`]
  return name === undefined ? any : struct(name, false)
}

/** The shape of a field inside a shape; anything where it is not known. */
export function fieldShape(shape: Shape, field: string): Shape {
  if (shape.kind === 'struct') return shape.fields.get(field) ?? any
  return shape.kind === 'map' ? shape.value : any
}

/** The shape of a list's items. */
export function itemShape(shape: Shape): Shape {
  return shape.kind === 'list' ? shape.item : any
}

function struct(name: string, forceAtomic: boolean): Shape {
  const id = forceAtomic ? `!${name}` : name
  const known = structs.get(id)
  if (known !== undefined) return known
  const body = text(name) ?? ''
  const fields = new Map<string, Shape>()
  const shape: Shape = {
    kind: 'struct',
    name: name.split('.').at(-1) ?? name,
    atomic: forceAtomic || body.startsWith('! '),
    fields,
  }
  structs.set(id, shape)
  for (const entry of body.replace(/^! /, '').split(' ')) {
    const colon = entry.indexOf(':')
    if (colon > 0) fields.set(entry.slice(0, colon), parse(entry.slice(colon + 1)))
  }
  return shape
}

function parse(code: string): Shape {
  if (code === '*') return any
  if (code.startsWith('!@')) return struct(code.slice(2), true)
  if (code.startsWith('@')) return struct(code.slice(1), false)
  if (code.startsWith('{')) {
    const atomic = code[1] === '!'
    return { kind: 'map', atomic, value: parse(code.slice(atomic ? 2 : 1, -1)) }
  }
  if (code.startsWith('[')) return list(code.slice(1, -1))
  return { kind: 'scalar', code }
}

function list(code: string): Shape {
  const [item = '*', ...traits] = code.split(/\|(?=map=|set|merge=)/)
  const keys = traits
    .find((trait) => trait.startsWith('map='))
    ?.slice(4)
    .split(',')
  return {
    kind: 'list',
    item: parse(item),
    topology: keys !== undefined ? 'map' : traits.includes('set') ? 'set' : 'atomic',
    keys: keys ?? [],
    mergeKey: traits.find((trait) => trait.startsWith('merge='))?.slice(6),
  }
}
