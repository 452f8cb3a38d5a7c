import { askForChange } from './asking/change.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'restart',
  summary: 'plan a rolling restart, or one pod at a time',
  usage: 'WORKLOAD [--one-by-one] [-n NAMESPACE]',
  examples: ['restart deploy/checkout -n payments', 'restart sts/payments-db -n payments --one-by-one'],
  flags: {
    ...placeFlags,
    'one-by-one': {
      help: 'evict each pod when all others are ready; also for paused, OnDelete, Recreate and Git’s own',
    },
  },
  where: 'app',
  run: (context, args) =>
    askForChange(context, args, args.words, (name) => ({
      action: args.flags.has('one-by-one') ? 'restart-one-by-one' : 'restart-rollout',
      input: {},
      summary: `Restart ${name}${args.flags.has('one-by-one') ? ' one by one' : ''}`,
    })),
}
