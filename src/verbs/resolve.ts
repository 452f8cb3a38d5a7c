import { tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'resolve',
  summary: 'end an incident, and its page',
  usage: '[INCIDENT]',
  examples: ['resolve', 'resolve i-0a1b2c3d4e'],
  flags: {},
  where: 'app',
  run: (context, args) => tendNamed(context, args, () => ({ kind: 'resolve' })),
}
