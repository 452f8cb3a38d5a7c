import { refused } from '../domain/refusal.ts'
import { incidentId, tendNamed } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'merge',
  summary: 'let an incident go on in another one, since they are the same trouble',
  usage: '[INCIDENT] INTO',
  examples: ['merge i-0a1b2c3d4e', 'merge i-0a1b2c3d4e i-5f6g7h8i9j'],
  flags: {},
  where: 'app',
  // In a thread one id is where it goes to; elsewhere the first is which one goes.
  run: (context, args) =>
    tendNamed(context, args.words.length < 2 ? { ...args, words: ['', ...args.words] } : args, ([into = '']) =>
      incidentId.test(into)
        ? { kind: 'merge', into }
        : refused('usage', 'Into which one? The verb incidents lists them.'),
    ),
}
