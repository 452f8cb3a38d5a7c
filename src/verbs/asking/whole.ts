import type { Answer } from '../../domain/document.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ClusterReader } from '../../ports.ts'
import type { Arguments } from '../arguments.ts'
import { namedOf, placeOf, resourceOf } from '../reading/place.ts'
import type { VerbContext } from '../verb.ts'
import { withApp } from './app.ts'
import type { Wish } from './change.ts'

/** An object of any kind that a person named, by the kinds that the cluster serves: `cm/settings`, `payments/cm/settings`. */
export const anyObject = async (
  context: VerbContext,
  args: Arguments,
  words: readonly string[],
): Promise<{ readonly reader: ClusterReader; readonly ref: ObjectRef } | Refusal> => {
  const place = placeOf(context, args)
  if (isRefusal(place)) return place
  const named = namedOf(words)
  if (isRefusal(named)) return named
  if (named.kind === undefined)
    return refused('usage', `Say of which kind ${named.name} is: KIND/NAME, for example deploy/${named.name}.`)
  const type = await resourceOf(place.reader, named.kind, context.signal)
  if (isRefusal(type)) return type
  const namespace = named.namespace ?? place.namespace
  if (type.namespaced && namespace === undefined)
    return refused('usage', `In which namespace is ${named.name}? Add -n NAMESPACE.`)
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  const scope = type.namespaced && namespace !== undefined ? { namespace } : {}
  return { reader: place.reader, ref: { apiVersion, kind: type.kind, ...scope, name: named.name } }
}

/** Asks for a plan about an object of any kind. Nothing changes here: a card appears, and people decide on it. */
export const askAbout = (
  context: VerbContext,
  args: Arguments,
  words: readonly string[],
  wish: (ref: ObjectRef) => Wish | Refusal,
): Promise<Answer> =>
  withApp(context, async (app) => {
    const found = await anyObject(context, args, words)
    if (isRefusal(found)) return found
    const wanted = wish(found.ref)
    if (isRefusal(wanted)) return wanted
    const { action, input, summary } = wanted
    return app.plan({
      cluster: found.reader.name,
      action,
      target: found.ref,
      input,
      reason: { summary, evidence: [] },
    })
  })
