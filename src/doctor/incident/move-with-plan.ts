import type { IncidentState } from '../../domain/incident.ts'
import type { Plan } from '../../domain/plan.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { planElsewhereMessage } from '../../views/plan-answers.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from './incident-store.ts'
import { moveIncident } from './move-incident.ts'

/** How long it is kept which incidents wait with a plan, in seconds: as long as the plan. */
const keep = 30 * 86_400

/** Moves the incident of a plan, and every other one that waits with it, along. */
export const moveWithPlan = async (
  doctor: Doctor,
  plan: Pick<Plan, 'id' | 'incident'>,
  to: IncidentState,
): Promise<void> => {
  for (const id of await incidentsWith(doctor, plan)) await moveIncident(doctor, id, to)
}

/** The incident a plan was made for, and those that wait with it. */
export const incidentsWith = async (
  doctor: Pick<Doctor, 'store'>,
  plan: Pick<Plan, 'id' | 'incident'>,
): Promise<readonly string[]> => {
  const others = (await doctor.store.get<readonly string[]>('waiting-with', plan.id))?.value ?? []
  return [...(plan.incident === null ? [] : [plan.incident]), ...others]
}

/**
 * An incident whose fix stands on the card of another one, as two alerts about one workload lead to one plan: it waits with
 * that plan, and its thread says where the card is. Safe to repeat.
 */
export const waitWith = async (doctor: Doctor, id: string, record: PlanRecord): Promise<void> => {
  const { plan, card } = record
  if (id === plan.incident) return
  await join(doctor, id, plan.id)
  await moveIncident(doctor, id, 'awaiting-approval', plan.id)
  const thread = (await readIncident(doctor, id))?.value.thread
  if (thread === undefined || card === null) return
  const link = await doctor.chat.permalink(card.channel, card.ts).catch(() => undefined)
  try {
    const key = `elsewhere-${plan.id}-${id}`
    await doctor.chat.post(thread.channel, planElsewhereMessage(record, link), { thread: thread.ts, key })
  } catch (error) {
    doctor.log.warn({ err: error, incident: id }, 'the thread could not be told where its plan is')
  }
}

const join = async (doctor: Pick<Doctor, 'store'>, id: string, plan: string): Promise<void> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const stored = await doctor.store.get<readonly string[]>('waiting-with', plan)
    const known = stored?.value ?? []
    if (known.includes(id)) return
    if (await doctor.store.put('waiting-with', plan, [...known, id].slice(-200), stored?.version ?? 0, keep)) return
  }
  throw new Error('who waits with the plan could not be stored: others kept changing it')
}
