import { type Answer, note, text } from '../domain/document.ts'
import { isObjectName } from '../domain/name.ts'
import { redact } from '../domain/redact.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { flagNumber, flagText, orRefuse, placeOf, readFrom, refusalAnswer, unreadAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'node-logs',
  aliases: ['nodelogs'],
  summary: 'a service’s log on a node (kubelet by default), through the API server',
  usage: 'NODE [--unit kubelet] [--tail N]',
  examples: ['node-logs worker-1', 'node-logs worker-1 --unit containerd --tail 100'],
  flags: {
    context: placeFlags.context,
    cluster: placeFlags.cluster,
    unit: { value: 'SERVICE', help: 'kubelet, containerd, crio…' },
    tail: { value: 'LINES', help: 'how many lines, 1 to 1000 (100)' },
  },
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), async ({ reader }) => {
      const node = (args.words[0] ?? '').replace(/^nodes?\//, '')
      const unit = flagText(args, 'unit') ?? 'kubelet'
      const tail = flagNumber(args, 'tail', 1, 1000, 100)
      if (isRefusal(tail)) return refusalAnswer(tail)
      if (!isObjectName(node) || !/^[a-z][a-z0-9.@_-]{0,60}$/i.test(unit))
        return refusalAnswer(refused('usage', 'Name a node, for example: node-logs worker-1 --unit kubelet.'))
      const read = await reader.raw(
        `/api/v1/nodes/${node}/proxy/logs/?query=${encodeURIComponent(unit)}&tailLines=${tail}`,
        context.signal,
      )
      if (read.kind === 'unreadable' && read.reason === 'forbidden') return notGiven
      if (read.kind !== 'ok') return unreadAnswer(reader, `The log of ${unit} on ${node}`, read)
      const lines = read.value.trimEnd()
      return {
        status: 'ok',
        document: [
          lines === ''
            ? text('The log is empty.')
            : { kind: 'code', language: 'log', text: redact(lines.slice(-60_000)) },
          readFrom(reader, undefined, `${node} · ${unit}`),
        ],
      }
    }),
}

/** The shipped rights do not reach kubelets, and nobody should add that without knowing what it opens. */
const notGiven: Answer = {
  status: 'could-not-tell',
  document: [
    text('The doctor may not reach the kubelets of this cluster, so it cannot read their logs.'),
    note(
      'Who gives it that right (manifests/optional/node-logs.yaml) lets whoever holds its credentials run commands in every pod.',
    ),
  ],
}
