import { type Incident, transition } from '../domain/incident.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { Doctor } from './doctor.ts'
import { changeIncident } from './incident/incident-store.ts'
import { note, nowText } from './record.ts'

/** How long a trouble that came and went must stay away before its end is believed, in ms. */
const quietFor = 10 * 60_000

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

/** Looks after the quiet time whether a flapping incident stayed away. */
export const settleLater = (doctor: Pick<Doctor, 'jobs'>, incident: string, since: string): Promise<void> =>
  doctor.jobs.add({ v: 1, kind: 'settle', incident, since }, { key: `settle-${incident}-${since}`, delay: quietFor })

/** The `settle` job: ends an incident that has been quiet since then. Anything that happened meanwhile makes it do nothing. */
export const settle = async (doctor: Doctor, id: string, since: string): Promise<void> => {
  const at = nowText(doctor)
  let before: Incident | undefined
  const after = await changeIncident(doctor, id, (incident) => {
    before = incident
    if (incident.quietSince !== since) return undefined
    const { flapping: _, quietSince: __, turns: ___, ...calm } = incident
    const moved = transition(calm, 'resolved', at)
    return isRefusal(moved) ? calm : moved
  })
  if (after === undefined || before === undefined || before.quietSince !== since) return
  await noteTurn(doctor, before, after, after.source)
  await doctor.jobs.add({ v: 1, kind: 'announce', incident: id }, { key: `announce-${id}` })
}
