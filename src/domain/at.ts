import type { Condition, Labels } from './kubernetes.ts'

/**
 * The value at a path of an untyped object (custom resources), or undefined where any step is missing or of another shape.
 * Only own properties are followed, so a hostile key such as `__proto__` reads as absent.
 */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown => {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = (here as Record<string | number, unknown>)[step]
  }
  return here
}

/** The string at a path; undefined for anything else, the empty string included. */
export const textAt = (value: unknown, ...path: readonly (string | number)[]): string | undefined => {
  const found = at(value, ...path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** The finite number at a path, else undefined. */
export const numberAt = (value: unknown, ...path: readonly (string | number)[]): number | undefined => {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}

/** Whether the value at a path is exactly true. */
export const trueAt = (value: unknown, ...path: readonly (string | number)[]): boolean => at(value, ...path) === true

/** The list at a path; empty where there is none. Its elements are untyped still. */
export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The entries with string values of the map at a path. */
export const labelsAt = (value: unknown, ...path: readonly (string | number)[]): Labels => {
  const found = at(value, ...path)
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return {}
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

const textFields = [
  'type',
  'status',
  'reason',
  'message',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastHeartbeatTime',
] as const

/** A Kubernetes condition read from an untyped value: fields of the wrong type are left out. */
export const conditionFrom = (value: unknown): Condition => {
  const read: { -readonly [P in keyof Condition]: Condition[P] } = {}
  for (const field of textFields) {
    const found = textAt(value, field)
    if (found !== undefined) read[field] = found
  }
  const observedGeneration = numberAt(value, 'observedGeneration')
  if (observedGeneration !== undefined) read.observedGeneration = observedGeneration
  return read
}

/** The conditions at a path, by default `status.conditions`. */
export const conditionsAt = (value: unknown, ...path: readonly (string | number)[]): readonly Condition[] =>
  listAt(value, ...(path.length === 0 ? ['status', 'conditions'] : path)).map(conditionFrom)

/** The condition of a type, where there is one. */
export const conditionOf = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find((condition) => condition.type === type)
