import { table, text } from '../domain/document.ts'
import { withApp } from './asking/app.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'status',
  summary: 'how the doctor itself is: clusters, open incidents, freeze',
  usage: '',
  examples: ['status'],
  flags: {},
  where: 'app',
  run: (context) =>
    withApp(context, async (app) => {
      const [incidents, freeze, clusters] = await Promise.all([
        app.incidents(),
        app.frozen(),
        Promise.all(
          [...context.readers.values()].map(async (reader) => ({
            reader,
            identity: await reader.identify(context.signal),
            ready: await reader.raw('/readyz', context.signal),
          })),
        ),
      ])
      const open = incidents.filter((incident) => incident.state !== 'resolved' && incident.state !== 'closed')
      const rows = clusters.map(({ reader, identity, ready }) => [
        reader.name,
        ready.kind === 'ok'
          ? 'answers'
          : `cannot be read: ${ready.kind === 'unreadable' ? ready.message : 'no /readyz'}`,
        identity.kind,
      ])
      const frozen = freeze.on
        ? `Frozen by ${freeze.by ?? 'somebody'}${freeze.reason === undefined ? '' : `: ${freeze.reason}`}. Nothing is changed until unfreeze.`
        : 'Not frozen: approved plans are carried out.'
      return {
        status: rows.every((row) => row[1] === 'answers') ? 'ok' : 'could-not-tell',
        document: [
          table(['Cluster', 'API server', 'Identity'], rows),
          text(`${open.length} open incident${open.length === 1 ? '' : 's'}. ${frozen}`),
        ],
      }
    }),
}
