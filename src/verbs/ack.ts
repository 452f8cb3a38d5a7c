import { tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'ack',
  aliases: ['acknowledge'],
  summary: 'say that you look after an incident; its page is acknowledged',
  usage: '[INCIDENT]',
  examples: ['ack', 'ack i-0a1b2c3d4e'],
  flags: {},
  where: 'app',
  run: (context, args) => tendNamed(context, args, () => ({ kind: 'acknowledge' })),
}
