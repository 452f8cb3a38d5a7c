import { refOf } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ClusterReader } from '../../ports.ts'
import type { Arguments } from '../arguments.ts'
import { findPods } from '../reading/find.ts'
import { namedOf, placeOf } from '../reading/place.ts'
import type { VerbContext } from '../verb.ts'

/** The pod that a person named, or the first running one of the workload that they named. */
export const onePod = async (
  context: VerbContext,
  args: Arguments,
  words: readonly string[],
): Promise<{ readonly reader: ClusterReader; readonly ref: ObjectRef } | Refusal> => {
  const place = placeOf(context, args)
  if (isRefusal(place)) return place
  const named = namedOf(words.length === 0 && context.workload !== undefined ? [context.workload.name] : words)
  if (isRefusal(named)) return named
  const namespace = named.namespace ?? place.namespace
  if (namespace === undefined) return refused('usage', `In which namespace is ${named.name}? Add -n NAMESPACE.`)
  const pods = await findPods(place.reader, { ...named, namespace }, context.signal)
  if (pods.kind === 'unreadable')
    return refused('could-not-tell', `The pods of ${namespace}/${named.name} could not be read: ${pods.message}.`)
  const running = pods.kind === 'ok' ? pods.value.filter((pod) => pod.status?.phase === 'Running') : []
  const [pod] = running.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  return pod === undefined
    ? refused('not-found', `No pod of ${namespace}/${named.name} runs on ${place.reader.name}.`)
    : { reader: place.reader, ref: refOf(pod) }
}
