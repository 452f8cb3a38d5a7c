import type { Principal } from '../domain/principal.ts'
import type { Doctor } from './doctor.ts'

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
  /** The message with its buttons. */
  readonly card?: { readonly channel: string; readonly ts: string }
}

/** All break-glasses that are remembered, newest first. */
export const breakGlasses = async (doctor: Pick<Doctor, 'store'>): Promise<readonly BreakGlass[]> =>
  (await doctor.store.list<BreakGlass>('break-glass', 100)).map((stored) => stored.value)

/** Whether it holds at this moment. Anything that is not a time ends it. */
export const holds = (glass: BreakGlass, now: number): boolean =>
  glass.granted !== undefined && glass.ended === undefined && now < Date.parse(glass.granted.until)

/** The rules that are lifted now where a change is wanted, each once. */
export const liftedRules = async (
  doctor: Pick<Doctor, 'store'>,
  place: { readonly cluster: string; readonly target: { readonly namespace?: string } },
  now: number,
): Promise<readonly string[]> => {
  const here = (await breakGlasses(doctor)).filter(
    (glass) =>
      holds(glass, now) &&
      glass.cluster === place.cluster &&
      (glass.namespace === undefined || glass.namespace === place.target.namespace),
  )
  return [...new Set(here.flatMap((glass) => glass.rules))].sort()
}
