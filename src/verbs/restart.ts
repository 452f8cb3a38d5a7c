import { askForChange } from './asking/change.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'restart',
  summary: 'plan a rolling restart',
  usage: 'WORKLOAD [-n NAMESPACE]',
  examples: ['restart deploy/checkout -n payments'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    askForChange(context, args, args.words, (name) => ({
      action: 'restart-rollout',
      input: {},
      summary: `Restart ${name}`,
    })),
}
