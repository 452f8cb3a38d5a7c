import { refused } from '../domain/refusal.ts'
import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'selector',
  summary: 'plan which pods a Service selects',
  usage: 'svc/NAME LABEL=VALUE… [-n NAMESPACE]',
  examples: ['selector svc/checkout app=checkout -n payments'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) => {
    const labels = args.words.flatMap((word) => (word.includes('=') ? word.split(',') : []))
    const names = args.words.filter((word) => !word.includes('='))
    return askAbout(context, args, names, [kinds.service], (_, name) => {
      const pairs = labels.map((label) => label.split('='))
      if (pairs.length === 0 || pairs.some((pair) => pair.length !== 2 || pair[0] === ''))
        return refused('usage', 'Which labels? For example: selector svc/checkout app=checkout')
      return {
        action: 'set-selector',
        input: { selector: Object.fromEntries(pairs) as Record<string, string> },
        summary: `Let ${name} select ${labels.join(', ')}`,
      }
    })
  },
}
