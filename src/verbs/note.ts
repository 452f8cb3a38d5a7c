import { refused } from '../domain/refusal.ts'
import { tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'note',
  summary: 'put a note on the record of an incident, and on its page',
  usage: '[INCIDENT] TEXT',
  examples: ['note the vendor is told', 'note i-0a1b2c3d4e rolled back by hand'],
  flags: {},
  where: 'app',
  run: (context, args) =>
    tendNamed(context, args, (words) =>
      words.length === 0 ? refused('usage', 'What should the note say?') : { kind: 'note', text: words.join(' ') },
    ),
}
