import { listAt, numberAt, textAt } from '../../domain/at.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import type { Progress } from './success.ts'

/**
 * Whether a pod was replaced: it is gone, and as many other pods of the workload are ready as it wants, whichever template
 * they are of. Told by the pods themselves, for the counters of the workload lag behind an eviction.
 */
export const replacedProgress = (
  workload: KubeObject,
  pods: readonly KubeObject[] | undefined,
  uid: string,
): Progress => {
  if (pods === undefined) return { kind: 'waiting', text: 'its pods could not be read' }
  if (pods.some((pod) => pod.metadata.uid === uid)) return { kind: 'waiting', text: 'the pod is still going' }
  const wanted =
    workload.kind === 'DaemonSet'
      ? (numberAt(workload, 'status', 'desiredNumberScheduled') ?? 0)
      : (numberAt(workload, 'spec', 'replicas') ?? 1)
  const ready = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod)).length
  return { kind: ready >= wanted ? 'met' : 'waiting', text: `${Math.min(ready, wanted)} of ${wanted} ready` }
}

const isReady = (pod: KubeObject): boolean =>
  listAt(pod, 'status', 'conditions').some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True')
