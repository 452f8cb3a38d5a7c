import { type Document, note } from '../domain/document.ts'
import type { Neighbourhood } from '../domain/neighbourhood.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { dotText } from './drawing/dot.ts'
import { mermaidText } from './drawing/mermaid.ts'
import { treeText } from './drawing/tree.ts'
import { flagNumber, type Named, namedOf, refusalAnswer } from './reading/place.ts'
import { outputOf, sightOf, snapshotFlag, unreadNote } from './reading/sight.ts'
import { placeFlags, type Verb, type VerbContext } from './verb.ts'

export const verb: Verb = {
  name: 'graph',
  aliases: ['around', 'neighbours'],
  summary: 'what stands around an object: owners, Services, config, nodes, scalers, what it needs, who delivers it',
  usage: 'KIND/NAME [-n NAMESPACE] [--depth N] [-o text|json|mermaid|dot]',
  examples: ['graph deploy/checkout -n payments', 'graph node/worker-1 --depth 1', 'graph svc/web -o mermaid'],
  flags: {
    ...placeFlags,
    ...snapshotFlag,
    depth: { value: 'N', help: 'steps from the object, 1 to 6 (2)' },
    output: { short: 'o', value: 'text|markdown|json|mermaid|dot', help: 'the form of the answer' },
  },
  where: 'everywhere',
  run: async (context, args) => {
    const output = outputOf(args, ['json', 'markdown', 'mermaid', 'dot'])
    if (isRefusal(output)) return refusalAnswer(output)
    const depth = flagNumber(args, 'depth', 1, 6, 2)
    if (isRefusal(depth)) return refusalAnswer(depth)
    const named = namedIn(context, args.words)
    if (isRefusal(named)) return refusalAnswer(named)
    const sight = sightOf(context, args)
    if (isRefusal(sight)) return refusalAnswer(sight)
    const namespace = named.namespace ?? sight.at.namespace
    const around = await sight.look.graph(
      { ...sight.at, ...(namespace === undefined ? {} : { namespace }) },
      { name: named.name, depth, ...(named.kind === undefined ? {} : { kind: named.kind }) },
    )
    if (isRefusal(around)) return refusalAnswer(around)
    return { status: 'ok', document: drawn(around, output) }
  },
}

/** What a line names; in an incident's thread a line without a name means its workload. */
const namedIn = (context: VerbContext, words: readonly string[]): Named | Refusal => {
  if (words.length > 0) return namedOf(words)
  return (
    context.workload ??
    refused('usage', 'Around what? Write it as: graph KIND/NAME, for example graph deploy/checkout.')
  )
}

const drawn = (around: Neighbourhood, output: 'text' | 'markdown' | 'json' | 'mermaid' | 'dot'): Document => {
  switch (output) {
    case 'json':
      return [{ kind: 'code', text: JSON.stringify(around, null, 2) }]
    case 'mermaid':
      return [{ kind: 'code', text: mermaidText(around) }]
    case 'dot':
      return [{ kind: 'code', text: dotText(around) }]
    default:
      return [
        { kind: 'code', text: treeText(around) },
        note(`${around.cluster} · ${around.nodes.length} objects within ${around.depth} steps`),
        ...unreadNote(around.unavailable),
      ]
  }
}
