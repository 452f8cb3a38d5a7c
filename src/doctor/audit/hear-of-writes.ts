import type { Alert } from '../../domain/alert.ts'
import type { AuditedWrite } from '../../domain/audited-change.ts'
import { sha256 } from '../../domain/canonical.ts'
import type { Source } from '../../sources/source.ts'
import type { Doctor } from '../doctor.ts'
import type { Intake } from '../open.ts'
import { note } from '../record.ts'
import { keepChanges } from './audited-changes.ts'
import { unrecordedWrites } from './unrecorded-write.ts'

/** Takes in what a cluster's API server says was written. Returns how many writes of our own account are not ours. */
export type HearOfWrites = (cluster: string, writes: readonly AuditedWrite[]) => Promise<number>

/** Where the alarm comes from: its id is that of the request, and it is never sent by anybody. */
const source: Source = {
  id: 'audit',
  deliveryIds: 'given',
  rememberSeconds: 7 * 86_400,
  verify: () => false,
  parse: () => ({ kind: 'ignored', reason: 'nothing is sent' }),
}

/**
 * Keeps who changed what, and raises an alarm for each write with our own writer's credentials that is not on our record: it is
 * put on the record and opens one incident for the cluster. Safe to repeat. Throws StoreUnavailable.
 */
export const hearOfWrites =
  (doctor: Doctor, intake: Intake): HearOfWrites =>
  async (cluster, writes) => {
    await keepChanges(doctor, cluster, writes)
    const unknown = await unrecordedWrites(doctor, cluster, writes)
    for (const write of unknown) {
      const taken = await intake(source, [alarmOf(cluster, write)], sha256(write.id))
      if (taken.kind !== 'accepted') continue
      if (await doctor.store.once(`unrecorded-${write.id}`, 7 * 86_400))
        await noteIt(doctor, cluster, write, taken.ids[0])
    }
    return unknown.length
  }

const noteIt = (doctor: Doctor, cluster: string, write: AuditedWrite, incident: string | undefined): Promise<void> => {
  const { id, at: when, user, method, path } = write
  doctor.log.error({ cluster, auditId: id, method, path }, 'a write of our own account is not on our record')
  const data = { auditId: id, when, user, method, path }
  return note(doctor, { kind: 'write.unrecorded', cluster, data, ...(incident === undefined ? {} : { incident }) })
}

const alarmOf = (cluster: string, { id, at, user, method, path, object }: AuditedWrite): Alert => ({
  source: 'audit',
  deliveryId: id,
  fingerprint: sha256(`unrecorded-write\0${cluster}`),
  status: 'firing',
  title: `Somebody writes to ${cluster} with the doctor's own credentials: ${method} ${path} is not on its record`,
  severity: 'critical',
  labels: { user, resource: object.resource, verb: method },
  annotations: {},
  startsAt: at,
  cluster,
})
