import { releaseKind } from '../../domain/helm/revision.ts'
import { isNamespaceName, isObjectName } from '../../domain/name.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ClusterReader } from '../../ports.ts'
import type { Arguments } from '../arguments.ts'
import type { VerbContext } from '../verb.ts'
import { placeOf } from './place.ts'

/** The Helm release that a line names, as `RELEASE` with a namespace or as `NAMESPACE/RELEASE`. It is not looked up. */
export const releaseNamed = (
  context: VerbContext,
  args: Arguments,
  words: readonly string[],
): { readonly reader: ClusterReader; readonly release: ObjectRef } | Refusal => {
  const place = placeOf(context, args)
  if (isRefusal(place)) return place
  const [word, more] = words
  if (word === undefined || more !== undefined)
    return refused('usage', 'Which release? For example: checkout -n payments, or payments/checkout.')
  const slash = word.indexOf('/')
  const [name, namespace] = slash < 0 ? [word, place.namespace] : [word.slice(slash + 1), word.slice(0, slash)]
  if (namespace === undefined) return refused('usage', `In which namespace is ${name.slice(0, 60)}? Add -n NAMESPACE.`)
  if (!isObjectName(name) || name.length > 53 || !isNamespaceName(namespace))
    return refused('usage', `“${word.slice(0, 80)}” cannot be the name of a release.`)
  return { reader: place.reader, release: { ...releaseKind, namespace, name } }
}
