import type { Unreadable } from '../../domain/coverage.ts'
import { type Block, note } from '../../domain/document.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { Arguments } from '../arguments.ts'
import type { Look, LookAt, VerbContext } from '../verb.ts'
import { flagText, placeOf } from './place.ts'

/** What to look with, and where. */
export type Sight = { readonly look: Look; readonly at: LookAt }

/** Resolves the cluster and namespace of a line that looks at a whole view; files have one cluster and need no connection. */
export const sightOf = (context: VerbContext, args: Arguments): Sight | Refusal => {
  const { look, signal } = context
  if (look === undefined) return refused('could-not-tell', 'There is nothing to look at a whole cluster with here.')
  if (look.files === undefined) {
    if (args.flags.has('snapshot'))
      return refused(
        'usage',
        '--snapshot reads files of the machine it is typed on: it works on the command line only.',
      )
    const place = placeOf(context, args)
    if (isRefusal(place)) return place
    const inside = place.namespace === undefined ? {} : { namespace: place.namespace }
    return { look, at: { cluster: place.reader.name, signal, ...inside } }
  }
  const namespace = args.flags.has('all-namespaces') ? undefined : flagText(args, 'namespace')
  return { look, at: { cluster: look.files, signal, ...(namespace === undefined ? {} : { namespace }) } }
}

/** One of the output formats of a verb, `text` where none is asked for. */
export const outputOf = <F extends string>(args: Arguments, formats: readonly F[]): F | 'text' | Refusal => {
  const asked = flagText(args, 'output') ?? 'text'
  const found = formats.find((format) => format === asked)
  if (found !== undefined || asked === 'text') return found ?? 'text'
  return refused('usage', `--output is ${asked.slice(0, 40)}; it must be one of text, ${formats.join(', ')}.`)
}

/** What could not be read, as small print; nothing where all was. */
export const unreadNote = (unavailable: readonly Unreadable[]): readonly Block[] =>
  unavailable.length === 0
    ? []
    : [
        note(
          `Not read: ${unavailable
            .slice(0, 8)
            .map(({ source, reason }) => `${source} (${reason})`)
            .join(', ')}${unavailable.length > 8 ? ` and ${unavailable.length - 8} more` : ''}.`,
        ),
      ]

/** The flag by which a verb reads files instead of a cluster. */
export const snapshotFlag = {
  snapshot: { value: 'PATH', help: 'files instead of a cluster; on the command line only' },
} as const
