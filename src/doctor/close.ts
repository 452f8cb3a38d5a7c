import type { Incident } from '../domain/incident.ts'
import type { Doctor } from './doctor.ts'
import { note } from './record.ts'

/**
 * Puts it on the record when news from outside ended an incident, or brought it back. The parent message follows by itself:
 * whoever changed the state asks for it to be announced.
 */
export const noteTurn = async (doctor: Doctor, before: Incident, after: Incident, actor: string): Promise<void> => {
  if (before.state === after.state) return
  await note(doctor, {
    kind: 'incident.changed',
    incident: after.id,
    cluster: after.cluster,
    actor,
    data: { from: before.state, to: after.state },
  })
}
