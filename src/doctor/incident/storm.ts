import type { Alert } from '../../domain/alert.ts'
import type { Doctor } from '../doctor.ts'

/** More new troubles than this within a minute are a storm: people can read neither that many threads nor that many causes. */
const newTroubles = 60

/** The fingerprint of a storm begins so; the rest is the cluster. */
export const stormPrefix = 'storm:'

/**
 * The alert itself, or, where it would open one new trouble too many, a part of the one storm incident of its cluster: still
 * counted, still on the record, but without a thread of its own (SAFETY F28).
 */
export const unlessStorm = async (doctor: Doctor, alert: Alert, cluster: string): Promise<Alert> => {
  if (alert.fingerprint.startsWith(stormPrefix)) return alert
  if ((await doctor.store.count('new-troubles', 60)) <= newTroubles) return alert
  const { namespace: _, workload: __, link: ___, ...rest } = alert
  return {
    ...rest,
    fingerprint: `${stormPrefix}${cluster}`,
    severity: 'critical',
    title: `Alert storm on ${cluster}: more than ${newTroubles} new troubles in a minute are gathered here`,
  }
}
