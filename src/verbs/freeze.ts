import { withApp } from './asking/app.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'freeze',
  summary: 'stop every change until unfreeze; diagnosis goes on',
  usage: '[CLUSTER] [REASON]',
  examples: ['freeze release weekend', 'freeze prod-eu1', 'unfreeze'],
  flags: {},
  where: 'app',
  run: (context, args) => withApp(context, (app) => app.freeze(true, args.words.join(' '))),
}
