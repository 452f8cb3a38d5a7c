import { randomBytes } from 'node:crypto'
import type { Incident } from '../../domain/incident.ts'
import type { Stored } from '../../ports.ts'
import type { Doctor } from '../doctor.ts'

/** An incident's id: short enough to say aloud, random so that it tells nothing. */
export const newIncidentId = (): string =>
  `i-${BigInt(`0x${randomBytes(6).toString('hex')}`)
    .toString(36)
    .padStart(10, '0')}`

/** The incident as it is now, with its version; undefined when there is none of this id. */
export const readIncident = (doctor: Pick<Doctor, 'store'>, id: string): Promise<Stored<Incident> | undefined> =>
  doctor.store.get<Incident>('incident', id)

/**
 * Changes an incident by compare-and-swap. `change` sees the latest one and returns the next, or undefined to leave it.
 * Returns what is stored now; undefined when there is no such incident.
 */
export const changeIncident = async (
  doctor: Pick<Doctor, 'store'>,
  id: string,
  change: (incident: Incident) => Incident | undefined,
): Promise<Incident | undefined> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const stored = await readIncident(doctor, id)
    if (stored === undefined) return undefined
    const next = change(stored.value)
    if (next === undefined) return stored.value
    if (await doctor.store.put('incident', id, next, stored.version)) return next
  }
  throw new Error('the incident could not be stored: others kept changing it')
}

/** Incidents by when they last changed, newest first. */
export const recentIncidents = async (doctor: Pick<Doctor, 'store'>, limit = 50): Promise<readonly Incident[]> =>
  (await doctor.store.list<Incident>('incident', limit)).map((stored) => stored.value)

/** The incident whose thread this is: its parent message is `ts` in `channel`. */
export const incidentOfThread = async (
  doctor: Pick<Doctor, 'store'>,
  channel: string,
  ts: string,
): Promise<Incident | undefined> => {
  const link = await doctor.store.get<{ readonly incident: string }>('thread', `${channel}:${ts}`)
  return link === undefined ? undefined : (await readIncident(doctor, link.value.incident))?.value
}
