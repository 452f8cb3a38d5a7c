import { type Follow, nextLookIn } from '../../domain/follow.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { readPlan } from '../plans/plan-store.ts'
import { lookAtDelivery, lookAtProof, lookAtReview } from './follow-look.ts'
import { keepFollow, readFollow } from './follow-store.ts'
import { tellFollow } from './follow-tell.ts'

/** How long one job goes on looking while something moves, in ms; then the queue has the next. */
const oneJob = 30_000

/** How often it looks within a job, in ms. */
const every = 2_000

/**
 * The `follow` job: sees a pull request of ours through after it was opened. Its reviewers, its merge, its delivery by Argo
 * CD or Flux, and the proof that the cause is gone. It only reads; each message and each entry on the record comes once,
 * however often a step is done again.
 */
export const follow = async (
  doctor: Doctor,
  id: string,
  turn: number | undefined,
  signal: AbortSignal,
): Promise<void> => {
  const done = await doctor.store.lock(`follow-${id}`, 60, async () => {
    const record = await readPlan(doctor, id)
    const known = await readFollow(doctor, id)
    if (isRefusal(record) || known === undefined || known.phase === 'ended') return true
    if (turn !== undefined && turn < known.turn) return true
    const now = await goOn(doctor, record, known, signal)
    if (now.phase !== 'ended') await nextTurn(doctor, now)
    return true
  })
  // Somebody else looks right now, who may not have seen this news.
  if (done === undefined)
    await doctor.jobs.add(
      { v: 1, kind: 'follow', plan: id, turn },
      { key: `follow-${id}-${turn ?? 'news'}-again`, delay: 5_000 },
    )
}

/** The job of the next look first, then its number: a crash between the two leaves a job too many, never none. */
const nextTurn = async (doctor: Doctor, now: Follow): Promise<void> => {
  const turn = now.turn + 1
  const delay = nextLookIn(now, doctor.clock.now())
  await doctor.jobs.add({ v: 1, kind: 'follow', plan: now.plan, turn }, { key: `follow-${now.plan}-${turn}`, delay })
  await keepFollow(doctor, { ...now, turn })
}

const goOn = async (doctor: Doctor, record: PlanRecord, known: Follow, signal: AbortSignal): Promise<Follow> => {
  const began = doctor.clock.now()
  let now = known
  for (;;) {
    const seen = await look(doctor, record, now, signal)
    doctor.crashpoint(`follow.seen-${seen.phase}`)
    const told = await tellFollow(doctor, record, now, seen)
    doctor.crashpoint(`follow.told-${seen.phase}`)
    const moved = told.phase !== now.phase
    now = await keepFollow(doctor, told)
    if (now.phase === 'ended' || now.phase === 'review' || now.late === true) return now
    if (moved) continue
    if (doctor.clock.now() - began >= oneJob || doctor.leaving?.aborted === true) return now
    await doctor.clock.sleep(every, signal)
  }
}

const look = (doctor: Doctor, record: PlanRecord, now: Follow, signal: AbortSignal): Promise<Follow> | Follow => {
  switch (now.phase) {
    case 'review':
      return lookAtReview(doctor, record, now, signal)
    case 'delivery':
      return lookAtDelivery(doctor, record, now, signal)
    case 'proof':
      return lookAtProof(doctor, record, now, signal)
    case 'ended':
      return now
  }
}
