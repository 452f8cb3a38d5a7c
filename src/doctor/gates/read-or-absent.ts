import type { KubeObject } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isRefusal, type Refusal } from '../../domain/refusal.ts'
import { readTarget } from './gates.ts'

/**
 * The object a plan is about, or where the plan makes it, a stand-in that only names it; refused where it is there or not
 * against what the plan expects.
 */
export const readOrAbsent = async (
  cluster: Parameters<typeof readTarget>[0],
  ref: ObjectRef,
  signal?: AbortSignal,
): Promise<{ readonly object: KubeObject; readonly absent: boolean } | Refusal> => {
  const object = await readTarget(cluster, ref, signal)
  if (!isRefusal(object)) return { object, absent: false }
  if (object.code !== 'target-gone') return object
  const { apiVersion, kind, name, namespace } = ref
  return {
    object: { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } },
    absent: true,
  }
}
