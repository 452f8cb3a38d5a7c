import type { PlanRequest } from '../../domain/job.ts'
import { sameRef } from '../../domain/object.ts'
import { ended } from '../../domain/plan-life.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { addPlan } from './plan-store.ts'
import { placeOf } from './show-plan.ts'

/** Cards that may wait for a decision in one channel: more would train people to press without reading (SAFETY T19). */
export const mostOpen = 5

/** How long one request may take to be stored, in seconds. */
const turnSeconds = 5

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
    (record) => record.life.state === 'pending' && (record.card ?? record.thread)?.channel === place?.channel,
  )
  return waiting.length >= mostOpen
    ? refused(
        'too-many-open',
        `${waiting.length} plans wait for a decision in this channel already. Decide about those first.`,
      )
    : undefined
}

/**
 * Stores a new plan while nothing stands in its way, one at a time for each channel over all replicas: requests that come at
 * once show neither two cards for one wish nor more cards than a channel takes. What came first meanwhile is the answer.
 */
export const storeInTurn = async (
  doctor: Pick<Doctor, 'store' | 'clock' | 'config' | 'audit'>,
  request: PlanRequest,
  record: PlanRecord,
): Promise<PlanRecord | Refusal | 'stored'> => {
  const place = await placeOf(doctor, request.incident ?? null, request.replyTo, request)
  for (let tries = 0; tries < 200; tries += 1) {
    const turn = await doctor.store.lock(`cards-${place?.channel ?? '-'}`, turnSeconds, async () => {
      const other = await openPlanLike(doctor, request)
      if (other !== undefined) return other
      if (!(await addPlan(doctor, { ...record, thread: place ?? null })))
        throw new Error('a new plan id was taken already')
      return 'stored' as const
    })
    if (turn !== undefined) return turn
    await doctor.clock.sleep(50)
  }
  throw new Error('other plans kept being stored for this channel')
}

const sameInput = (a: object, b: object): boolean => JSON.stringify(a) === JSON.stringify(b)
