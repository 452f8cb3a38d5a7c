import { refused } from '../domain/refusal.ts'
import { askForChange, lastValue } from './asking/change.ts'
import { flagText, refusalAnswer } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'scale',
  summary: 'plan another number of replicas',
  usage: 'WORKLOAD REPLICAS [-n NAMESPACE]',
  examples: ['scale deploy/checkout 4 -n payments', 'scale payments/checkout to 4'],
  flags: { ...placeFlags, replicas: { value: 'N', help: 'how many' } },
  where: 'app',
  run: (context, args) => {
    const { rest, value: last } = lastValue(args.words)
    const value = flagText(args, 'replicas') ?? last
    if (value === undefined || !/^\d{1,6}$/.test(value))
      return Promise.resolve(
        refusalAnswer(refused('usage', 'To how many? A whole number, for example: scale payments/checkout 4.')),
      )
    return askForChange(context, args, rest, (name) => ({
      action: 'scale-workload',
      input: { replicas: Number(value) },
      summary: `Scale ${name} to ${value}`,
    }))
  },
}
