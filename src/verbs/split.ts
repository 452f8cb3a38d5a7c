import { incidentId, tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'split',
  summary: 'take a merged incident out again',
  usage: '[INCIDENT]',
  examples: ['split', 'split i-0a1b2c3d4e'],
  flags: {},
  where: 'app',
  run: (context, args) => {
    const incident = args.words.find((word) => incidentId.test(word))
    return tendNamed(context, args, () => ({ kind: 'split', ...(incident === undefined ? {} : { incident }) }))
  },
}
