import { tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'escalate',
  summary: 'page the next level of the escalation policy',
  usage: '[INCIDENT]',
  examples: ['escalate'],
  flags: {},
  where: 'app',
  run: (context, args) => tendNamed(context, args, () => ({ kind: 'escalate' })),
}
