import { type PlanEvent, type PlanLife, step } from '../../domain/plan-life.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { planHash } from '../../domain/seal-plan.ts'
import type { Doctor } from '../doctor.ts'

/** How long a plan is kept, in seconds: a month, for buttons that are pressed late and for undo. */
const keep = 30 * 86_400

type Keeper = Pick<Doctor, 'store' | 'audit' | 'clock'>

/** The stored plan, after its seal was checked: a plan that is not the one that was sealed reads as a refusal, on the record. */
export const readPlan = async (doctor: Keeper, id: string): Promise<PlanRecord | Refusal> => {
  // One answer for every id that is not a plan of ours: guessing teaches nothing.
  const unknown = refused('plan-unknown', 'There is no such plan (any more).')
  if (!/^[0-9a-f]{32}$/.test(id)) return unknown
  const stored = await doctor.store.get<PlanRecord>('plan', id)
  if (stored === undefined) return unknown
  return intact(id, stored.value) ? stored.value : tampered(doctor, id)
}

/** Stores a new plan. False when the id is taken. */
export const addPlan = (doctor: Keeper, record: PlanRecord): Promise<boolean> =>
  doctor.store.put('plan', record.plan.id, record, 0, keep)

/**
 * Applies one event to a plan's life by compare-and-swap: whatever others do meanwhile, `step` sees the latest life.
 * `also` may add to the rest of the record; it is called with the life after the event.
 */
export const stepPlan = async (
  doctor: Keeper,
  id: string,
  event: PlanEvent,
  also: (record: PlanRecord) => PlanRecord = (record) => record,
): Promise<PlanRecord | Refusal> =>
  changePlan(doctor, id, (record) => {
    const life: PlanLife | Refusal = step(record.plan, record.life, event)
    return isRefusal(life) ? life : also({ ...record, life })
  })

/** Changes a plan's record by compare-and-swap. The plan itself stays as it was sealed. */
export const changePlan = async (
  doctor: Keeper,
  id: string,
  change: (record: PlanRecord) => PlanRecord | Refusal,
): Promise<PlanRecord | Refusal> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const stored = await doctor.store.get<PlanRecord>('plan', id)
    if (stored === undefined) return refused('plan-unknown', 'There is no such plan (any more).')
    if (!intact(id, stored.value)) return tampered(doctor, id)
    const next = change(stored.value)
    if (isRefusal(next)) return next
    const value = { ...next, plan: stored.value.plan }
    if (await doctor.store.put('plan', id, value, stored.version, keep)) return value
  }
  throw new Error('the plan could not be stored: others kept changing it')
}

const intact = (id: string, record: PlanRecord): boolean => {
  try {
    return record.plan.id === id && planHash(record.plan) === record.plan.hash
  } catch {
    return false
  }
}

const tampered = async (doctor: Keeper, id: string): Promise<Refusal> => {
  await doctor.audit.append({ kind: 'tamper.detected', at: new Date(doctor.clock.now()).toISOString(), plan: id })
  return refused('tampered', 'The stored plan was changed by somebody. Nothing was done, and it is on the record.')
}
