import type { FieldChange, PathStep } from './field-changes.ts'

/** The value at a path of plain data; undefined where a step is missing. */
export const fieldAt = (object: unknown, path: readonly PathStep[]): unknown => {
  let here: unknown = object
  for (const step of path) {
    if (typeof step === 'string') here = own(here, step)
    else here = Array.isArray(here) ? here.find((item) => own(item, step.key) === step.value) : undefined
  }
  return here
}

/** A copy of an object with a change made; undefined where the way to the field is not there. */
export const withChange = <T>(object: T, change: FieldChange): T | undefined => {
  const copy = structuredClone(object)
  const last = change.path.at(-1)
  let parent: unknown = copy
  for (const step of change.path.slice(0, -1)) {
    let next = fieldAt(parent, [step])
    if (next === undefined && typeof step === 'string' && isMap(parent)) {
      next = {}
      parent[step] = next
    }
    parent = next
  }
  if (typeof last !== 'string' || !isMap(parent)) return undefined
  if (change.after === undefined) delete parent[last]
  else parent[last] = structuredClone(change.after)
  return copy
}

/** Whether a value is a mapping of plain data. */
export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined

/** Plain data with the keys of every mapping in order, as text: equal for equal data. */
export const canonicalText = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'undefined'

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isMap(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
