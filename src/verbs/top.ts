import { type Answer, note, table } from '../domain/document.ts'
import type { Node, NodeMetrics, PodMetrics } from '../domain/kubernetes.ts'
import { bytesText, cpuText, parseQuantity } from '../domain/quantity.ts'
import { refused } from '../domain/refusal.ts'
import { items, types } from './reading/find.ts'
import { orRefuse, type Place, placeOf, readFrom, refusalAnswer, unreadAnswer } from './reading/place.ts'
import { placeFlags, type Verb, type VerbContext } from './verb.ts'

export const verb: Verb = {
  name: 'top',
  summary: 'what pods or nodes use now',
  usage: 'pods|nodes [-n NAMESPACE | -A]',
  examples: ['top pods -n payments', 'top pods -A', 'top nodes'],
  flags: placeFlags,
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), (place) => {
      const what = args.words[0] ?? 'pods'
      if (['nodes', 'node', 'no'].includes(what)) return topNodes(context, place)
      if (['pods', 'pod', 'po'].includes(what)) return topPods(context, place)
      return Promise.resolve(refusalAnswer(refused('usage', 'top shows pods or nodes.')))
    }),
}

const blind = note('These come from the metrics API (metrics-server); without it there is no usage to show.')

const topPods = async (context: VerbContext, { reader, namespace }: Place): Promise<Answer> => {
  const read = await items<PodMetrics>(reader, types.podMetrics, {
    signal: context.signal,
    ...(namespace === undefined ? {} : { namespace }),
  })
  if (read.kind !== 'ok') return withNote(unreadAnswer(reader, 'Pod usage', read))
  const rows = read.value
    .map((pod) => ({ pod, cpu: sum(pod, 'cpu'), memory: sum(pod, 'memory') }))
    .toSorted((a, b) => b.memory - a.memory || (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1))
    .map(({ pod, cpu, memory }) => [
      ...(namespace === undefined ? [pod.metadata.namespace ?? ''] : []),
      pod.metadata.name,
      cpuText(cpu),
      bytesText(memory),
    ])
  return {
    status: 'ok',
    document: [
      table([...(namespace === undefined ? ['Namespace'] : []), 'Name', 'CPU', 'Memory'], rows),
      readFrom(reader, namespace, 'most memory first'),
    ],
  }
}

const sum = (pod: PodMetrics, resource: string): number =>
  (pod.containers ?? []).reduce((total, container) => total + (parseQuantity(container.usage?.[resource]) ?? 0), 0)

const topNodes = async (context: VerbContext, { reader }: Place): Promise<Answer> => {
  const [usage, nodes] = await Promise.all([
    items<NodeMetrics>(reader, types.nodeMetrics, { signal: context.signal }),
    items<Node>(reader, types.nodes, { signal: context.signal }),
  ])
  if (usage.kind !== 'ok') return withNote(unreadAnswer(reader, 'Node usage', usage))
  const allocatable = new Map(
    nodes.kind === 'ok' ? nodes.value.map((node) => [node.metadata.name, node.status?.allocatable]) : [],
  )
  const rows = usage.value.map((node) => {
    const room = allocatable.get(node.metadata.name)
    const cell = (resource: 'cpu' | 'memory') => {
      const used = parseQuantity(node.usage?.[resource]) ?? 0
      const all = parseQuantity(room?.[resource])
      return [
        resource === 'cpu' ? cpuText(used) : bytesText(used),
        all === undefined || all === 0 ? '?' : `${Math.round((100 * used) / all)} %`,
      ]
    }
    return [node.metadata.name, ...cell('cpu'), ...cell('memory')]
  })
  return {
    status: 'ok',
    document: [table(['Name', 'CPU', 'of allocatable', 'Memory', 'of allocatable'], rows), readFrom(reader, undefined)],
  }
}

const withNote = (answer: Answer): Answer => ({ ...answer, document: [...answer.document, blind] })
