import type { AuditedChange, AuditedWrite } from '../../domain/audited-change.ts'
import type { Doctor } from '../doctor.ts'

/** How many changes of a cluster are kept, for how long in seconds: as far back as what changed is looked for. */
const mostChanges = 500
const keepSeconds = 86_400

type Kept = { readonly changes: readonly AuditedChange[] }

/** Who keeps a cluster going writes all day, and says nothing about who changed what. */
const machinery = /^system:(?:node:|apiserver$|kube-|serviceaccount:kube-system:)/
const noise = new Set(['events', 'leases', 'endpoints', 'endpointslices', 'pods', 'replicasets', 'controllerrevisions'])

/** Whether a write says who changed what: by people, pipelines or operators, on what they decide about. */
const telling = ({ user, object }: AuditedWrite): boolean =>
  !machinery.test(user) &&
  object.name !== '' &&
  !noise.has(object.resource) &&
  !/(?:accessreviews|rulesreviews|tokenreviews)$/.test(object.resource) &&
  object.subresource !== 'status' &&
  object.subresource !== 'token'

/** Keeps who changed what on a cluster; a write that is known already counts once. Throws StoreUnavailable. */
export const keepChanges = async (doctor: Doctor, cluster: string, writes: readonly AuditedWrite[]): Promise<void> => {
  const told = writes.filter(telling).map(({ method: _, path: __, ...change }): AuditedChange => change)
  if (told.length === 0) return
  const since = new Date(doctor.clock.now() - keepSeconds * 1_000).toISOString()
  for (let tries = 0; tries < 20; tries += 1) {
    const before = await doctor.store.get<Kept>('audited-changes', cluster)
    const byId = new Map([...(before?.value.changes ?? []), ...told].map((change) => [change.id, change]))
    const changes = [...byId.values()]
      .filter(({ at }) => at >= since)
      .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
      .slice(-mostChanges)
    if (await doctor.store.put<Kept>('audited-changes', cluster, { changes }, before?.version ?? 0, keepSeconds)) return
  }
  throw new Error('what was changed could not be kept: others kept changing it')
}

/** Who changed what on a cluster within the last day, as its audit log told us; empty where it tells us nothing. */
export const changesOn = async (doctor: Pick<Doctor, 'store'>, cluster: string): Promise<readonly AuditedChange[]> =>
  (await doctor.store.get<Kept>('audited-changes', cluster))?.value.changes ?? []
