import { note, table, text } from '../domain/document.ts'
import { isRefusal } from '../domain/refusal.ts'
import { eventColumns, eventRows, latestFirst, type RawEvent } from './reading/event-rows.ts'
import { items, types } from './reading/find.ts'
import { flagText, namedOf, orRefuse, placeOf, readFrom, refusalAnswer, unreadAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

const limit = 40

export const verb: Verb = {
  name: 'events',
  aliases: ['event', 'ev'],
  summary: 'what happened lately, the latest first; warnings only with -w',
  usage: '[KIND/NAME] [-n NAMESPACE | -A] [-w]',
  examples: ['events -n payments', 'events deploy/checkout -n payments', 'events -A -w'],
  flags: {
    ...placeFlags,
    warnings: { short: 'w', help: 'only warnings' },
    for: { value: 'KIND/NAME', help: 'only events about this object' },
  },
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async ({ reader, namespace: flagged }) => {
      const target = flagText(args, 'for')
      const words = target === undefined ? args.words : [target]
      const named = words.length === 0 ? undefined : namedOf(words)
      if (isRefusal(named)) return refusalAnswer(named)
      const namespace = named?.namespace ?? flagged
      const read = await items<RawEvent>(reader, types.events, {
        signal: context.signal,
        ...(namespace === undefined ? {} : { namespace }),
      })
      if (read.kind !== 'ok') return unreadAnswer(reader, 'events', read)
      const shown = read.value
        .filter((event) => !args.flags.has('warnings') || event.type === 'Warning')
        .filter((event) => named === undefined || belongsTo(event.involvedObject?.name ?? '', named.name))
        .toSorted(latestFirst)
      if (shown.length === 0)
        return {
          status: 'ok',
          document: [text('No events. The API server keeps them for an hour by default.'), readFrom(reader, namespace)],
        }
      const older = shown.length > limit ? [note(`${shown.length - limit} older ones are not shown.`)] : []
      return {
        status: 'ok',
        document: [
          table(eventColumns, eventRows(shown.slice(0, limit), context.now)),
          ...older,
          readFrom(reader, namespace),
        ],
      }
    }),
}

/** Events of a workload are told about its ReplicaSets and pods too, whose names begin with its own. */
const belongsTo = (object: string, name: string): boolean =>
  object === name || (object.startsWith(`${name}-`) && /^[a-z0-9]+(-[a-z0-9]+)?$/.test(object.slice(name.length + 1)))
