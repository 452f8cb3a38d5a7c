import type { Answer } from '../../domain/document.ts'
import { refOf } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { type Arguments, nearest } from '../arguments.ts'
import { findObject } from '../reading/find.ts'
import { namedOf, placeOf, unreadAnswer } from '../reading/place.ts'
import type { VerbContext } from '../verb.ts'
import { withApp } from './app.ts'

/** What a verb asks for: an action of the catalogue, its input, and words for the card. */
export type Wish = {
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  readonly summary: string
}

/**
 * Finds the workload that a person named and asks for a plan about it. Nothing changes here: a card appears, and only its
 * Approve, pressed by the right person, leads to a change.
 */
export const askForChange = (
  context: VerbContext,
  args: Arguments,
  words: readonly string[],
  wish: (name: string) => Wish | Refusal,
): Promise<Answer> =>
  withApp(context, async (app) => {
    const found = await targetOf(context, args, words)
    if (isRefusal(found) || 'status' in found) return found
    const { cluster, target } = found
    const wanted = wish(`${target.namespace}/${target.name}`)
    if (isRefusal(wanted)) return wanted
    const { action, input, summary } = wanted
    return app.plan({ cluster, action, target, input, reason: { summary, evidence: [] } })
  })

/** The workload that a person named, as it is on its cluster now; an answer that says why it could not be found, where not. */
export const targetOf = async (
  context: VerbContext,
  args: Arguments,
  words: readonly string[],
): Promise<{ readonly cluster: string; readonly target: ObjectRef } | Refusal | Answer> => {
  const place = placeOf(context, args)
  if (isRefusal(place)) return place
  const named = namedOf(words.length === 0 && context.workload !== undefined ? [context.workload.name] : words)
  if (isRefusal(named)) return named
  const namespace = named.namespace ?? place.namespace
  if (namespace === undefined) return refused('usage', `In which namespace is ${named.name}? Add -n NAMESPACE.`)
  const read = await findObject(place.reader, { ...named, namespace }, context.signal)
  return read.kind === 'ok'
    ? { cluster: place.reader.name, target: refOf(read.value) }
    : unreadAnswer(place.reader, `${named.kind ?? 'Workload'} ${namespace}/${named.name}`, read)
}

/** Splits `checkout=3`, `checkout to 3` and `checkout 3` into the workload's words and the number's text. */
export const lastValue = (
  words: readonly string[],
): { readonly rest: readonly string[]; readonly value: string | undefined } => {
  const joined = words.flatMap((word) => word.split('=')).filter((word) => word !== '' && word !== 'to')
  const value = joined.at(-1)
  return value !== undefined && /^\d/.test(value) && joined.length > 1
    ? { rest: joined.slice(0, -1), value }
    : { rest: joined, value: undefined }
}

/** What was probably meant by a word that is none of the known ones. */
export const didYouMean = (word: string, known: readonly string[]): string => {
  const near = nearest(word, known)
  return near === undefined ? '' : ` Did you mean ${near}?`
}
