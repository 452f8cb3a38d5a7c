import { at } from './at.ts'
import { canonical } from './canonical.ts'
import type { KubeObject } from './kubernetes.ts'

/**
 * The fields of an object that a manager set by server-side apply, with the values that they have now: what its next apply
 * would take away unless it names it again. Undefined where it applied nothing yet.
 */
export const appliedBy = (object: KubeObject, manager: string): unknown => {
  const fields = fieldsOf(object, manager)
  return fields === undefined ? undefined : valuesAt(fields, object)
}

/** The paths of fields that a manager set by server-side apply and that `manifest` does not name: its next apply takes them away. */
export const leftOut = (object: KubeObject, manager: string, manifest: unknown): readonly string[] =>
  missing(fieldsOf(object, manager), manifest, '')

const fieldsOf = (object: KubeObject, manager: string): unknown =>
  at(
    (object.metadata.managedFields ?? []).find(
      (field) => field.manager === manager && field.operation === 'Apply' && field.subresource === undefined,
    ),
    'fieldsV1',
  )

const missing = (fields: unknown, manifest: unknown, path: string): readonly string[] =>
  Object.entries((fields ?? {}) as Record<string, unknown>).flatMap(([key, inner]) => {
    const told = key.slice(2)
    if (key.startsWith('f:')) {
      const here = path === '' ? told : `${path}.${told}`
      const value = at(manifest, told)
      return value === undefined ? [here] : missing(inner, value, here)
    }
    const list = Array.isArray(manifest) ? manifest : []
    if (key.startsWith('v:'))
      return list.some((item) => canonical(item) === canonical(parsed(told))) ? [] : [`${path}[${told}]`]
    if (!key.startsWith('k:')) return []
    const keys = (parsed(told) ?? {}) as Record<string, unknown>
    // A key that the manifest leaves to its default is the same entry all the same.
    const item = list.find((one) => Object.entries(keys).every(([name, value]) => (at(one, name) ?? value) === value))
    const own = Object.fromEntries(Object.entries((inner ?? {}) as object).filter(([name]) => !(name.slice(2) in keys)))
    return item === undefined
      ? [`${path}[${Object.values(keys).join(',')}]`]
      : missing(own, item, `${path}[${Object.values(keys).join(',')}]`)
  })

const valuesAt = (fields: unknown, live: unknown): unknown => {
  const entries = Object.entries((fields ?? {}) as Record<string, unknown>).filter(([key]) => key !== '.')
  if (entries.length === 0 || typeof live !== 'object' || live === null) return live
  return Array.isArray(live)
    ? entries.flatMap(([key, inner]) => itemAt(key, inner, live))
    : Object.fromEntries(
        entries.flatMap(([key, inner]) => {
          const name = key.startsWith('f:') ? key.slice(2) : undefined
          const value = name === undefined ? undefined : at(live, name)
          return name === undefined || value === undefined ? [] : [[name, valuesAt(inner, value)]]
        }),
      )
}

/** `k:{"name":"app"}` is the entry with these keys, `v:"x"` the entry that is this value. */
const itemAt = (key: string, inner: unknown, live: readonly unknown[]): readonly unknown[] => {
  const told = parsed(key.slice(2))
  if (key.startsWith('v:')) return live.filter((item) => canonical(item) === canonical(told))
  if (!key.startsWith('k:') || typeof told !== 'object' || told === null) return []
  const item = live.find((one) => Object.entries(told).every(([name, value]) => at(one, name) === value))
  if (item === undefined) return []
  const value = valuesAt(inner, item)
  return [typeof value === 'object' ? { ...told, ...value } : value]
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
