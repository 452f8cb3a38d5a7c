import { table, text } from '../domain/document.ts'
import type { Incident } from '../domain/incident.ts'
import { withApp } from './asking/app.ts'
import { age } from './reading/ages.ts'
import type { Verb } from './verb.ts'

const ended = (incident: Incident): boolean => incident.state === 'resolved' || incident.state === 'closed'

export const verb: Verb = {
  name: 'incidents',
  aliases: ['incident'],
  summary: 'the open incidents; with -a those that ended too',
  usage: '[-a]',
  examples: ['incidents', 'incidents -a'],
  flags: { all: { short: 'a', help: 'ended ones too' } },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const all = await app.incidents()
      const shown = all
        .filter((incident) => args.flags.has('all') || !ended(incident))
        .toSorted((a, b) => (a.openedAt < b.openedAt ? 1 : -1))
      if (shown.length === 0)
        return `No open incidents${all.length === 0 ? '' : ` (${all.length} ended; incidents -a lists them)`}.`
      const rows = shown.map((incident) => [
        incident.id,
        incident.state,
        incident.title,
        incident.cluster,
        age(incident.openedAt, context.now),
        String(incident.seen),
        incident.diagnosis?.rootCauses[0]?.summary ?? 'not known yet',
      ])
      return {
        status: 'ok',
        document: [
          table(['Incident', 'State', 'Title', 'Cluster', 'Opened', 'Signals', 'Cause'], rows),
          text('Each has its thread; the parent message says where it stands.'),
        ],
      }
    }),
}
