import { note, table } from '../domain/document.ts'
import type { Node, Pod } from '../domain/kubernetes.ts'
import { age } from './reading/ages.ts'
import { items, types } from './reading/find.ts'
import { orRefuse, placeOf, readFrom, unreadAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'nodes',
  aliases: ['node', 'node-health', 'no'],
  summary: 'the health of the nodes: ready, pressures, taints, pods, version',
  usage: '',
  examples: ['nodes', 'nodes --context prod-eu1'],
  flags: { context: placeFlags.context, cluster: placeFlags.cluster },
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async ({ reader }) => {
      const [nodes, pods] = await Promise.all([
        items<Node>(reader, types.nodes, { signal: context.signal }),
        items<Pod>(reader, types.pods, { signal: context.signal }),
      ])
      if (nodes.kind !== 'ok') return unreadAnswer(reader, 'Nodes', nodes)
      const counts = new Map<string, number>()
      if (pods.kind === 'ok')
        for (const pod of pods.value)
          if (pod.spec?.nodeName !== undefined) counts.set(pod.spec.nodeName, (counts.get(pod.spec.nodeName) ?? 0) + 1)
      const rows = nodes.value.map((node) => [
        node.metadata.name,
        stateOf(node),
        troubleOf(node) || 'none',
        pods.kind === 'ok'
          ? `${counts.get(node.metadata.name) ?? 0} of ${node.status?.allocatable?.['pods'] ?? '?'}`
          : 'not read',
        node.status?.nodeInfo?.kubeletVersion ?? '?',
        age(node.metadata.creationTimestamp, context.now),
      ])
      const bad = nodes.value.filter((node) => stateOf(node) !== 'Ready' || troubleOf(node) !== '').length
      const unread = pods.kind === 'ok' ? [] : [note('Pods could not be read, so their number is not known.')]
      return {
        status: 'ok',
        document: [
          table(['Name', 'State', 'Trouble', 'Pods', 'Version', 'Age'], rows),
          ...unread,
          readFrom(reader, undefined, `${nodes.value.length - bad} of ${nodes.value.length} without trouble`),
        ],
      }
    }),
}

const stateOf = (node: Node): string => {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  const state = ready?.status === 'True' ? 'Ready' : ready?.status === 'False' ? 'NotReady' : 'Unknown'
  return node.spec?.unschedulable === true ? `${state}, cordoned` : state
}

const troubleOf = (node: Node): string => {
  const pressures = (node.status?.conditions ?? [])
    .filter((condition) => /Pressure$|^NetworkUnavailable$/.test(condition.type ?? '') && condition.status === 'True')
    .map((condition) => condition.type ?? '')
  const taints = (node.spec?.taints ?? [])
    .filter(
      (taint) =>
        !(taint.key ?? '').startsWith('node-role.kubernetes.io/') &&
        taint.effect !== 'PreferNoSchedule' &&
        taint.key !== 'node.kubernetes.io/unschedulable',
    )
    .map((taint) => `${taint.key}:${taint.effect}`)
  return [...pressures, ...taints].join(', ')
}
