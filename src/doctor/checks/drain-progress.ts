import { onDrain } from '../../domain/drain.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { count, some } from '../../domain/words.ts'
import type { ClusterReader } from '../../ports.ts'
import { readPods } from '../plans/live.ts'
import type { Progress } from './success.ts'

/** How far a drain is: which pods still run on the node that it would not leave there. Not readable is never drained. */
export const drainProgress = async (
  reader: Pick<ClusterReader, 'get' | 'list'>,
  node: ObjectRef,
  signal?: AbortSignal,
): Promise<Progress> => {
  const read = await reader.get(node, signal)
  if (read.kind !== 'ok') return { kind: 'waiting', text: 'the node could not be read' }
  const pods = await readPods(reader, read.value, signal)
  if (pods === undefined) return { kind: 'waiting', text: 'the pods of the node could not be read' }
  const left = pods.filter((pod) => ['evict', 'bare', 'going'].includes(onDrain(pod)))
  return left.length === 0
    ? { kind: 'met', text: `Node ${node.name} is drained` }
    : {
        kind: 'waiting',
        text: `${count(left.length, 'pod')} still there: ${some(left.map((pod) => pod.metadata.name).sort())}`,
      }
}
