import { isRefusal } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { namedOf, placeOf, refusalAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

/** `/doctor diagnose`: opens an investigation with its thread. On the command line `diagnose` prints its answer instead. */
export const verb: Verb = {
  name: 'diagnose',
  aliases: ['dx', 'investigate', 'why'],
  summary: 'say what is wrong and why, in a thread of its own',
  usage: '[WORKLOAD | NAMESPACE] [-n NAMESPACE]',
  examples: ['diagnose', 'diagnose payments/checkout', 'diagnose -n payments', 'diagnose deploy/checkout -n payments'],
  flags: { ...placeFlags, question: { short: 'q', value: 'TEXT', help: 'what you want to know' } },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const place = placeOf(context, args)
      if (isRefusal(place)) return place
      const question = String(args.flags.get('question') ?? '')
      const words =
        args.words.length > 0
          ? args.words
          : context.workload === undefined
            ? []
            : [context.workload.kind ?? '', context.workload.name].filter(Boolean)
      const base = { cluster: place.reader.name, question }
      if (words.length === 0)
        return app.investigate({ ...base, ...(place.namespace === undefined ? {} : { namespace: place.namespace }) })
      const named = namedOf(words)
      if (isRefusal(named)) return refusalAnswer(named)
      if (await isNamespace(place.reader, named, context.signal))
        return app.investigate({ ...base, namespace: named.name })
      const namespace = named.namespace ?? place.namespace
      return app.investigate({
        ...base,
        ...(namespace === undefined ? {} : { namespace }),
        focus: { name: named.name, ...(named.kind === undefined ? {} : { kind: named.kind }) },
      })
    }),
}

const isNamespace = async (
  reader: { get: import('../ports.ts').ClusterReader['get'] },
  named: { kind?: string; namespace?: string; name: string },
  signal: AbortSignal,
): Promise<boolean> => {
  if (named.kind !== undefined) return ['namespace', 'namespaces', 'ns'].includes(named.kind.toLowerCase())
  if (named.namespace !== undefined) return false
  const read = await reader.get({ apiVersion: 'v1', kind: 'Namespace', name: named.name }, signal)
  return read.kind === 'ok'
}
