import { releaseObject, revisionsOf } from '../../domain/helm/revision.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { type ObjectRef, refText } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ClusterReader } from '../../ports.ts'
import { readRecords } from './live.ts'

/**
 * A Helm release as an object, by its newest record. Without the right to read Secrets in its namespace, which the shipped
 * rights do not give, it cannot be read, and the refusal says so.
 */
export const readRelease = async (
  reader: Pick<ClusterReader, 'list'>,
  ref: ObjectRef,
  signal?: AbortSignal,
): Promise<KubeObject | Refusal> => {
  const records = await readRecords(reader, ref.namespace, ref.name, signal)
  if (records === undefined)
    return refused(
      'target-unreadable',
      `The records of ${refText(ref)} could not be read. The shipped rights reach no Secret; manifests/optional/helm gives them.`,
    )
  const revisions = revisionsOf(records)
  if (isRefusal(revisions)) return revisions
  const [newest] = revisions
  return newest === undefined ? refused('target-gone', `There is no ${refText(ref)}.`) : releaseObject(newest)
}
