import type { Condition } from './objects.ts'

/** The conditions with one set; its transition time moves only when its status does. */
export function withCondition(conditions: readonly Condition[] | undefined, next: Condition, now: string): Condition[] {
  const held = conditions ?? []
  const before = held.find((condition) => condition.type === next.type)
  if (
    before !== undefined &&
    before.status === next.status &&
    before.reason === next.reason &&
    before.message === next.message
  )
    return [...held]
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : now
  const entry = { ...next, lastTransitionTime: lastTransitionTime ?? now }
  return before === undefined ? [...held, entry] : held.map((condition) => (condition === before ? entry : condition))
}

/** The condition of a type. */
export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}
