import type { Principal } from '../domain/principal.ts'
import type { Doctor } from './doctor.ts'

/** A stop of all effects, on one cluster or everywhere. Kept in the store, so it holds for all replicas and over restarts. */
export type Freeze = { readonly on: boolean; readonly by: string; readonly at: string; readonly reason: string }

/** Everything, in place of one cluster's name. */
export const everywhere = '*'

/** Whether effects on this cluster are stopped, and why. A state that cannot be read counts as frozen. */
export const freezeOf = async (
  doctor: Pick<Doctor, 'store'>,
  cluster: string,
): Promise<{ readonly frozen: boolean; readonly reason: string }> => {
  try {
    const found = await Promise.all([
      doctor.store.get<Freeze>('freeze', everywhere),
      doctor.store.get<Freeze>('freeze', cluster),
      doctor.store.get<Freeze>('cluster-lock', cluster),
    ])
    const on = found.find((stored) => stored !== undefined && stored.value.on !== false)?.value
    return on === undefined
      ? { frozen: false, reason: '' }
      : { frozen: true, reason: `Changes are frozen since ${on.at} by ${on.by}: ${on.reason}` }
  } catch {
    return { frozen: true, reason: 'Whether changes are frozen could not be read, so they count as frozen.' }
  }
}

/** Turns the freeze of a cluster (or `*`) on or off and puts it on the record. `lock` is the one set by a wrong identity. */
export const setFreeze = async (
  doctor: Pick<Doctor, 'store' | 'audit' | 'clock'>,
  cluster: string,
  on: boolean,
  by: Principal,
  reason: string,
  kind: 'freeze' | 'cluster-lock' = 'freeze',
): Promise<void> => {
  const at = new Date(doctor.clock.now()).toISOString()
  const state: Freeze = { on, by: by.name, at, reason }
  for (let tries = 0; ; tries += 1) {
    const stored = await doctor.store.get<Freeze>(kind, cluster)
    if (await doctor.store.put(kind, cluster, state, stored?.version ?? 0)) break
    if (tries >= 20) throw new Error('the freeze could not be stored: others kept changing it')
  }
  const event = kind === 'freeze' ? (on ? 'freeze.on' : 'freeze.off') : on ? 'cluster.locked' : 'cluster.unlocked'
  await doctor.audit.append({ kind: event, at, actor: by.id, cluster, data: { reason } })
}
