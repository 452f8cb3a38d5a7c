import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'pause',
  summary: 'plan to stop a rollout where it is',
  usage: 'DEPLOYMENT [-n NAMESPACE]',
  examples: ['pause deploy/checkout -n payments'],
  flags: placeFlags,
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.deployment], (_, name) => ({
      action: 'pause-rollout',
      input: {},
      summary: `Pause ${name}`,
    })),
}
