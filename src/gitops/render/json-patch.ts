import { canonicalText, isMap } from '../field-path.ts'
import { Unrendered } from './manifest.ts'

type Place = { readonly parent: Record<string, unknown> | unknown[]; readonly key: string }

/** A JSON Patch (RFC 6902) applied to a copy: add, replace, remove and test. Throws Unrendered where it does not fit. */
export const jsonPatch = <T>(object: T, operations: readonly unknown[]): T => {
  const root = { it: structuredClone(object) as unknown }
  for (const operation of operations) {
    if (!isMap(operation)) throw new Unrendered('a JSON patch has an entry that is not an operation')
    const { op, path, value } = operation
    const place = placeOf(root, String(path))
    switch (op) {
      case 'test':
        if (canonicalText(valueAt(place)) !== canonicalText(value))
          throw new Unrendered(`a JSON patch's test of ${String(path)} fails`)
        break
      case 'add':
        put(place, value, true)
        break
      case 'replace':
        if (valueAt(place) === undefined)
          throw new Unrendered(`a JSON patch replaces ${String(path)}, which is not there`)
        put(place, value, false)
        break
      case 'remove':
        take(place, String(path))
        break
      default:
        throw new Unrendered(`a JSON patch uses ${String(op)}`)
    }
  }
  return root.it as T
}

const placeOf = (root: { it: unknown }, pointer: string): Place => {
  const steps = pointer === '' ? [] : pointer.slice(1).split('/').map(unescaped)
  const last = steps.pop()
  if (last === undefined) throw new Unrendered('a JSON patch is about a whole object')
  let here = root.it
  for (const step of steps) here = Array.isArray(here) ? here[Number(step)] : isMap(here) ? here[step] : undefined
  if (!Array.isArray(here) && !isMap(here)) throw new Unrendered(`a JSON patch's path ${pointer} is not there`)
  return { parent: here, key: last }
}

const valueAt = ({ parent, key }: Place): unknown => (Array.isArray(parent) ? parent[Number(key)] : parent[key])

const put = ({ parent, key }: Place, value: unknown, insert: boolean): void => {
  const copy = structuredClone(value)
  if (!Array.isArray(parent)) parent[key] = copy
  else if (!insert) parent[Number(key)] = copy
  else {
    const index = key === '-' ? parent.length : Number(key)
    if (!Number.isInteger(index) || index < 0 || index > parent.length)
      throw new Unrendered(`a JSON patch adds at index ${key}, which is not there`)
    parent.splice(index, 0, copy)
  }
}

const take = (place: Place, pointer: string): void => {
  if (valueAt(place) === undefined) throw new Unrendered(`a JSON patch removes ${pointer}, which is not there`)
  const { parent, key } = place
  if (Array.isArray(parent)) parent.splice(Number(key), 1)
  else delete parent[key]
}

const unescaped = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~')
