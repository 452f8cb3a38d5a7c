import type { TimelineKind } from '../domain/timeline.ts'
import type { Doctor } from './doctor.ts'
import type { Closed } from './recheck.ts'

const ends: Partial<Record<TimelineKind, string>> = {
  'plan.denied': 'was denied',
  'plan.expired': 'expired',
  'plan.refused': 'was refused',
  'effect.done': 'was carried out',
  'effect.failed': 'was refused by the API server',
}

/**
 * Why a plan that the store shows as approved is over all the same: its end is on the record. A store that went back in
 * time, by a failover or by somebody's hand, must not bring a plan back to life. Undefined where the record knows no end.
 */
export const endedBefore = async (doctor: Pick<Doctor, 'audit'>, id: string): Promise<Closed | undefined> => {
  const end = (await doctor.audit.read({ plan: id })).findLast((entry) => ends[entry.kind] !== undefined)
  if (end === undefined) return undefined
  const reason = `The record says that this plan ${ends[end.kind]} at ${end.at.slice(11, 19)} UTC, but the store had forgotten it. Nothing was done now.`
  return { kind: 'refuse', code: 'store-went-back', reason }
}
