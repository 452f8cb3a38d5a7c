import { table, text } from '../domain/document.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'contexts',
  aliases: ['clusters', 'context'],
  summary: 'the clusters that are connected, and how each proves which one it is',
  usage: '',
  examples: ['contexts'],
  flags: {},
  where: 'everywhere',
  run: async (context) => {
    if (context.readers.size === 0)
      return {
        status: 'could-not-tell',
        document: [text('No cluster is connected: set KUBECONFIG, or DOCTOR_CONTEXTS for several.')],
      }
    const rows = await Promise.all(
      [...context.readers.values()].map(async (reader) => {
        const identity = await reader.identify(context.signal)
        const proof =
          identity.kind === 'confirmed'
            ? identity.signals.map((signal) => signal.name).join(', ')
            : `uncertain: ${identity.reason}`
        return [
          reader.name === context.cluster ? `${reader.name} (default)` : reader.name,
          reader.server,
          identity.kind,
          proof,
        ]
      }),
    )
    return {
      status: rows.some((row) => row[2] !== 'confirmed') ? 'could-not-tell' : 'ok',
      document: [table(['Cluster', 'API server', 'Identity', 'Signals'], rows)],
    }
  },
}
