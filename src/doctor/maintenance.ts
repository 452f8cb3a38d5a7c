import type { Incident } from '../domain/incident.ts'
import type { Doctor } from './doctor.ts'

/** A time in which signals of a place are counted and looked into only once it is over. `until` is ms since the epoch. */
export type Maintenance = {
  readonly cluster?: string
  readonly namespace?: string
  readonly until: number
  readonly reason: string
  readonly by: string
}

type Place = Pick<Incident, 'cluster' | 'namespace'>

/** The maintenance that a place is in now, the one that ends last; undefined where it is in none. */
export const maintenanceAt = async (
  doctor: Pick<Doctor, 'store' | 'clock'>,
  place: Place,
): Promise<Maintenance | undefined> => {
  const now = doctor.clock.now()
  const kept = await doctor.store.list<Maintenance>('maintenance', 100)
  return kept
    .map(({ value }) => value)
    .filter((one) => one.until > now && covers(one, place))
    .sort((a, b) => b.until - a.until)[0]
}

/** Whether a window is about a place; one without a namespace is about all of them. */
export const covers = (window: Pick<Maintenance, 'cluster' | 'namespace'>, place: Place): boolean =>
  (window.cluster === undefined || window.cluster === place.cluster) &&
  (window.namespace === undefined || window.namespace === place.namespace)
