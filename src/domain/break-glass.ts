import type { Principal } from './principal.ts'

/**
 * Two people's decision that some named rules of the policy do not hold for a while in one place. Times are RFC 3339.
 * It holds only while `granted` is there and before its `until`; `ended` takes it back early.
 */
export type BreakGlass = {
  readonly id: string
  readonly cluster: string
  /** Absent: the whole cluster. */
  readonly namespace?: string
  readonly rules: readonly string[]
  readonly reason: string
  readonly minutes: number
  readonly asked: { readonly by: Principal; readonly at: string }
  readonly granted?: { readonly by: Principal; readonly at: string; readonly until: string }
  readonly ended?: { readonly by: Principal; readonly at: string }
  /** The message with its buttons; null until it is posted. */
  readonly card: { readonly channel: string; readonly ts: string } | null
}

/** Whether it holds at this moment, in ms. Anything that is not a time ends it. */
export const holds = (glass: BreakGlass, now: number): boolean =>
  glass.granted !== undefined && glass.ended === undefined && now < Date.parse(glass.granted.until)

/** Whether it lifts rules for what is in this place, of one cluster. */
export const coversPlace = (
  glass: BreakGlass,
  place: { readonly cluster: string; readonly namespace?: string | undefined },
): boolean => glass.cluster === place.cluster && (glass.namespace === undefined || glass.namespace === place.namespace)

/** How long somebody else has to grant it, in ms. */
export const grantWithin = 600_000
