import { sha256 } from '../../domain/canonical.ts'
import type { RootCause } from '../../domain/diagnosis.ts'
import type { Incident } from '../../domain/incident.ts'
import { refText } from '../../domain/object.ts'
import { theDoctor } from '../../domain/principal.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from './incident-store.ts'
import { merge } from './merge.ts'

/** How long it is kept which incident has a cause, in seconds; an incident that ended no longer has it anyway. */
const keep = 7 * 86_400

type Owner = { readonly incident: string }

/**
 * Lets an incident go on in the one that has the same root cause at the same object: many alerts of one trouble are one thread.
 * The first to find a cause has it. Returns the incident that it goes on in; undefined where it goes on by itself.
 */
export const joinSameCause = async (doctor: Doctor, incident: Incident): Promise<string | undefined> => {
  const cause = incident.diagnosis?.rootCauses[0]
  // What a person asked is answered where they asked; an incident without an alert has nothing to be counted elsewhere.
  if (cause === undefined || incident.source === 'slack' || incident.endedAt !== undefined) return undefined
  if (!hurts(cause, incident)) return undefined
  const key = sha256(JSON.stringify([incident.cluster, cause.code, refText(cause.object)]))
  for (let tries = 0; tries < 20; tries += 1) {
    const known = await doctor.store.get<Owner>('cause-of', key)
    const owner = known === undefined ? undefined : await openIncident(doctor, known.value.incident)
    if (owner?.id === incident.id) return undefined
    if (owner === undefined) {
      const mine = await doctor.store.put<Owner>('cause-of', key, { incident: incident.id }, known?.version ?? 0, keep)
      if (mine) return undefined
      continue
    }
    const merged = await merge(doctor, incident.id, owner.id, theDoctor.id, cause.summary)
    return isRefusal(merged) ? undefined : owner.id
  }
  return undefined
}

/**
 * Whether the cause is one of what the signal is about, or hurts it. A signal that names no place gets the worst of the whole
 * cluster as its answer, which need not be its own.
 */
const hurts = (cause: RootCause, { namespace, focus }: Incident): boolean => {
  if (namespace === undefined && focus === undefined) return false
  return [cause.object, ...cause.affected].some(
    (ref) =>
      (namespace === undefined ||
        ref.namespace === namespace ||
        (ref.kind === 'Namespace' && ref.name === namespace)) &&
      (focus === undefined || ref.name === focus.name || ref.name.startsWith(`${focus.name}-`)),
  )
}

/** The incident, or the one it goes on in, where that is open. */
const openIncident = async (doctor: Doctor, id: string): Promise<Incident | undefined> => {
  const found = (await readIncident(doctor, id))?.value
  const there = found?.mergedInto === undefined ? found : (await readIncident(doctor, found.mergedInto))?.value
  return there?.endedAt === undefined && there?.mergedInto === undefined && there?.source !== 'slack'
    ? there
    : undefined
}
