import { refused } from '../domain/refusal.ts'
import { tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

/** A mention as Slack writes it into a command, or a bare id. */
const mention = /^<?@?([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>?$/

export const verb: Verb = {
  name: 'assign',
  summary: 'give an incident, and its page, to somebody; without a name to yourself',
  usage: '[INCIDENT] [@PERSON]',
  examples: ['assign', 'assign @dan', 'assign i-0a1b2c3d4e @dan'],
  flags: {},
  where: 'app',
  run: (context, args) =>
    tendNamed(context, args, ([who = 'me']) => {
      if (who === 'me') return { kind: 'assign' }
      const user = mention.exec(who)?.[1]
      return user === undefined
        ? refused('usage', 'Mention the person with @, so that there is no doubt who is meant.')
        : { kind: 'assign', user }
    }),
}
