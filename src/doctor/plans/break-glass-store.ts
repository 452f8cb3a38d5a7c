import { type BreakGlass, coversPlace, holds } from '../../domain/break-glass.ts'
import type { Doctor } from '../doctor.ts'

/** How long a break-glass is remembered, in seconds. */
const keep = 35 * 86_400

/** All break-glasses that are remembered, newest first. */
export const breakGlasses = async (doctor: Pick<Doctor, 'store'>): Promise<readonly BreakGlass[]> =>
  (await doctor.store.list<BreakGlass>('break-glass', 100))
    .map((stored) => stored.value)
    .sort((a, b) => (a.asked.at < b.asked.at ? 1 : -1))

/** The rules that are lifted now where a change is wanted, each once. */
export const liftedRules = async (
  doctor: Pick<Doctor, 'store'>,
  { cluster, target }: { readonly cluster: string; readonly target: { readonly namespace?: string } },
  now: number,
): Promise<readonly string[]> => {
  const place = { cluster, namespace: target.namespace }
  const here = (await breakGlasses(doctor)).filter((glass) => holds(glass, now) && coversPlace(glass, place))
  return [...new Set(here.flatMap((glass) => glass.rules))].sort()
}

/** Stores a new one. False when its id is taken. */
export const addBreakGlass = (doctor: Pick<Doctor, 'store'>, glass: BreakGlass): Promise<boolean> =>
  doctor.store.put('break-glass', glass.id, glass, 0, keep)

/** Changes one by compare-and-swap; `change` returns undefined to leave it. Undefined where there is none, or it was left. */
export const changeBreakGlass = async (
  doctor: Pick<Doctor, 'store'>,
  id: string,
  change: (glass: BreakGlass) => BreakGlass | undefined,
): Promise<BreakGlass | undefined> => {
  for (let tries = 0; tries < 20; tries += 1) {
    const stored = await doctor.store.get<BreakGlass>('break-glass', id)
    const next = stored === undefined ? undefined : change(stored.value)
    if (stored === undefined || next === undefined) return undefined
    if (await doctor.store.put('break-glass', id, next, stored.version, keep)) return next
  }
  throw new Error('the break-glass could not be stored: others kept changing it')
}
