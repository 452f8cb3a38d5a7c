import { type Fields, isFields } from '../types.ts'
import { fieldShape, itemShape, type Shape } from './schema.ts'

/** Lists that the API writes even when they are empty. */
const keptEmpty = new Set(['containers', 'rules', 'items', 'endpoints'])

/** Drops, in place, empty lists, empty maps and nulls of known fields: Go leaves them out when it writes an object. */
export function prune(value: unknown, shape: Shape): void {
  if (Array.isArray(value)) {
    for (const item of value) prune(item, itemShape(shape))
    return
  }
  if (!isFields(value) || shape.kind !== 'struct') return
  for (const [key, member] of Object.entries(value)) {
    const field = fieldShape(shape, key)
    prune(member, field)
    if (field.kind !== 'any' && !keptEmpty.has(key) && isEmpty(member, field)) delete (value as Fields)[key]
  }
}

function isEmpty(value: unknown, shape: Shape): boolean {
  if (value === null) return !(shape.kind === 'scalar' && shape.code === 't')
  if (Array.isArray(value)) return value.length === 0
  return shape.kind === 'map' && isFields(value) && Object.keys(value).length === 0
}
