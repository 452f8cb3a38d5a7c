import { refused } from '../domain/refusal.ts'
import { askAbout, kinds } from './asking/typed.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'autoscale',
  summary: 'plan other bounds of a HorizontalPodAutoscaler',
  usage: 'HPA [--min N] [--max N] [-n NAMESPACE]',
  examples: ['autoscale hpa/checkout --max 12 -n payments'],
  flags: {
    ...placeFlags,
    min: { value: 'N', help: 'at least so many replicas' },
    max: { value: 'N', help: 'at most so many replicas' },
  },
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.autoscaler], (_, name) => {
      const given = (['min', 'max'] as const).flatMap((bound) => {
        const value = flagText(args, bound)
        return value === undefined ? [] : [[bound, value] as const]
      })
      if (given.length === 0 || given.some(([, value]) => !/^\d{1,6}$/.test(value)))
        return refused('usage', 'Say --min or --max with a whole number, for example --max 12.')
      return {
        action: 'set-autoscaler-bounds',
        input: Object.fromEntries(given.map(([bound, value]) => [bound, Number(value)])),
        summary: `Let ${name} scale with ${given.map(([bound, value]) => `${bound} ${value}`).join(' and ')}`,
      }
    }),
}
