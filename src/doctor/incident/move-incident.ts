import { type Attempt, type IncidentState, transition } from '../../domain/incident.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { endPages } from '../pager/pager-notes.ts'
import { note } from '../record.ts'
import { changeIncident } from './incident-store.ts'

type Mover = Pick<Doctor, 'store' | 'audit' | 'clock' | 'jobs' | 'log'>

/**
 * Moves an incident along where its life has that step, remembers the plan on it, and asks for its parent message to be
 * edited. A step that its life does not have leaves it as it is: a late plan never reopens what is closed.
 */
export const moveIncident = async (
  doctor: Mover,
  id: string | null,
  to: IncidentState,
  plan?: string,
): Promise<void> => {
  if (id === null) return
  const at = new Date(doctor.clock.now()).toISOString()
  let before: IncidentState | undefined
  const after = await changeIncident(doctor, id, (incident) => {
    before = incident.state
    const moved = transition(incident, to, at)
    const kept = isRefusal(moved) ? incident : moved
    const known = plan === undefined || kept.plans.includes(plan)
    if (known && kept === incident) return undefined
    return known ? kept : { ...kept, plans: [...kept.plans, plan] }
  })
  if (after === undefined) return
  if (before !== after.state) {
    const data = { from: before ?? '', to: after.state }
    await note(doctor, { kind: 'incident.changed', incident: id, cluster: after.cluster, data })
  }
  await doctor.jobs.add({ v: 1, kind: 'announce', incident: id }, { key: `announce-${id}` })
  await endPages(doctor, after)
}

/** Remembers on the incident what was tried and how it ended. The same plan is remembered once, with its latest outcome. */
export const rememberOnIncident = async (
  doctor: Pick<Doctor, 'store'>,
  id: string | null,
  attempt: Attempt,
): Promise<void> => {
  if (id === null) return
  await changeIncident(doctor, id, (incident) => ({
    ...incident,
    attempts: [...incident.attempts.filter((known) => known.plan !== attempt.plan), attempt],
  }))
}
