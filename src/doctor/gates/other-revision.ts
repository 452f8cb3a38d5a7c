import { absentMark } from '../../domain/expected.ts'
import { isRecordName } from '../../domain/helm/revision.ts'
import { refText } from '../../domain/object.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { stepNow, stepsOf } from '../../domain/plan-steps.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { ClusterWriter } from '../../ports.ts'
import { type Closed, closed } from './closed.ts'
import { readOrAbsent } from './read-or-absent.ts'

/**
 * A rollback of a Helm release records its new revision last, so until then the number must be free: where Helm took it, Helm
 * is at work on the same objects, and its operation goes before ours.
 */
export const otherRevision = async (
  writer: Pick<ClusterWriter, 'get'>,
  { plan, life }: PlanRecord,
  signal?: AbortSignal,
): Promise<Closed | undefined> => {
  const steps = stepsOf(plan)
  const at = steps.findIndex(
    ({ target, fingerprint }) => fingerprint === absentMark && target.kind === 'Secret' && isRecordName(target.name),
  )
  const record = steps[at]?.target
  // The step that makes it has the same gate, for itself.
  if (record === undefined || stepNow(life) >= at) return undefined
  const read = await readOrAbsent(writer, record, signal)
  if (isRefusal(read)) return closed('refuse', read.code, read.reason)
  return read.absent
    ? undefined
    : closed('stale', 'release-moved', `Helm made a newer revision (${refText(record)}) meanwhile. Nothing was done.`)
}
