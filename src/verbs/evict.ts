import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'evict',
  summary: 'plan the eviction of a pod; PodDisruptionBudgets are kept',
  usage: 'POD [-n NAMESPACE]',
  examples: ['evict payments/checkout-6d5f9c7b8-x2x4z'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.pod], (_, name) => ({
      action: 'evict-pod',
      input: {},
      summary: `Evict ${name}`,
    })),
}
