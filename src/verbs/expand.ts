import { refused } from '../domain/refusal.ts'
import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'expand',
  summary: 'plan a larger volume claim; there is no way back',
  usage: 'pvc/NAME SIZE [-n NAMESPACE]',
  examples: ['expand pvc/data-postgres-0 20Gi -n payments'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) => {
    const words = args.words.filter((word) => word !== 'to')
    const size = words.length > 1 ? words.at(-1) : undefined
    return askAbout(context, args, size === undefined ? words : words.slice(0, -1), [kinds.claim], (_, name) =>
      size === undefined || !/^\d/.test(size)
        ? refused('usage', 'How large? For example: expand pvc/data-postgres-0 20Gi')
        : { action: 'expand-volume', input: { size }, summary: `Expand ${name} to ${size}` },
    )
  },
}
