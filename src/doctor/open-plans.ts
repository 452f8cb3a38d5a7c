import type { PlanRequest } from '../domain/job.ts'
import { sameRef } from '../domain/object.ts'
import { ended } from '../domain/plan-life.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { type Refusal, refused } from '../domain/refusal.ts'
import type { Doctor } from './doctor.ts'
import { placeOf } from './show-plan.ts'

/** Cards that may wait for a decision in one channel: more would train people to press without reading (SAFETY T19). */
export const mostOpen = 5

/** The plans that have not ended, newest first. */
export const openPlans = async (doctor: Pick<Doctor, 'store'>): Promise<readonly PlanRecord[]> =>
  (await doctor.store.list<PlanRecord>('plan', 500))
    .map((stored) => stored.value)
    .filter((record) => !ended(record.life))

/**
 * The plan that already stands for the same wish, so that a repeated request shows no second card; a refusal where another
 * change of the same object is under way, or too many cards wait already.
 */
export const openPlanLike = async (
  doctor: Pick<Doctor, 'store' | 'clock' | 'config'>,
  request: PlanRequest,
): Promise<PlanRecord | Refusal | undefined> => {
  const now = doctor.clock.now()
  const standing = (await openPlans(doctor)).filter(
    (record) => record.life.state !== 'pending' || Date.parse(record.plan.expiresAt) > now,
  )
  const here = standing.filter(
    (record) => record.plan.cluster === request.cluster && sameRef(record.plan.target, request.target),
  )
  const same = here.find(
    ({ plan, life }) =>
      life.state === 'pending' &&
      plan.action === request.action &&
      plan.requester.id === request.requester.id &&
      (request.input['wish'] !== undefined || sameInput(plan.input, request.input)),
  )
  if (same !== undefined) return same
  const running = here.find((record) => record.life.state !== 'pending')
  if (running !== undefined)
    return refused('change-running', `Another change of this object is under way: ${running.plan.summary}.`)
  const place = await placeOf(doctor, request.incident ?? null, request.replyTo, request)
  const waiting = standing.filter(
    (record) => record.life.state === 'pending' && record.card?.channel === place?.channel,
  )
  return waiting.length >= mostOpen
    ? refused(
        'too-many-open',
        `${waiting.length} plans wait for a decision in this channel already. Decide about those first.`,
      )
    : undefined
}

const sameInput = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b)
