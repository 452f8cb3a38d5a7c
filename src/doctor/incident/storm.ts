import type { Alert } from '../../domain/alert.ts'
import type { Incident } from '../../domain/incident.ts'
import { theDoctor } from '../../domain/principal.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from './incident-store.ts'
import { merge } from './merge.ts'

/** More new troubles than this within a minute are a storm: people can read neither that many threads nor that many causes. */
const newTroubles = 60

/** How long after its last new trouble a storm is over, in seconds. */
const lasts = 120

/** The fingerprint of a storm begins so; the rest is the cluster. */
export const stormPrefix = 'storm:'

type Storm = { readonly at: number }

/**
 * The alert itself, or, where it would open one new trouble too many, a part of the one storm incident of its cluster: still
 * counted, still on the record, but without a thread of its own (SAFETY F28).
 */
export const unlessStorm = async (doctor: Doctor, alert: Alert, cluster: string): Promise<Alert> => {
  if (alert.fingerprint.startsWith(stormPrefix)) return alert
  const storm = await doctor.store.get<Storm>('storm', cluster)
  if (storm === undefined && (await doctor.store.count('new-troubles', 60)) <= newTroubles) return alert
  const at = doctor.clock.now()
  // It lasts as long as new troubles come; writing that down now and then is enough.
  if (storm === undefined || at - storm.value.at > 10_000)
    await doctor.store.put<Storm>('storm', cluster, { at }, storm?.version ?? 0, lasts)
  const { namespace: _, workload: __, link: ___, ...rest } = alert
  return {
    ...rest,
    fingerprint: `${stormPrefix}${cluster}`,
    severity: 'critical',
    title: `Alert storm on ${cluster}: more than ${newTroubles} new troubles in a minute are gathered here`,
  }
}

/**
 * Lets an incident that nobody was told of yet go on in the storm that its cluster is in by now: what came in the second before
 * is no less a part of it. Returns whether it does. What a person asked stays where they asked.
 */
export const goesOnInStorm = async (doctor: Doctor, incident: Incident): Promise<boolean> => {
  const { cluster, fingerprint, source, thread, endedAt } = incident
  if (source === 'slack' || thread !== undefined || endedAt !== undefined || fingerprint.startsWith(stormPrefix))
    return false
  if ((await doctor.store.get<Storm>('storm', cluster)) === undefined) return false
  const link = await doctor.store.get<{ readonly incident: string }>('fingerprint', `${stormPrefix}${cluster}`)
  const into = link === undefined ? undefined : (await readIncident(doctor, link.value.incident))?.value
  if (into === undefined || into.endedAt !== undefined || into.mergedInto !== undefined) return false
  const merged = await merge(doctor, incident.id, into.id, theDoctor.id, undefined, true)
  return !isRefusal(merged)
}
