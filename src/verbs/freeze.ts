import { withApp } from './asking/app.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'freeze',
  summary: 'stop every change until unfreeze; diagnosis goes on',
  usage: '[REASON]',
  examples: ['freeze release weekend', 'unfreeze'],
  flags: {},
  where: 'app',
  run: (context, args) => withApp(context, (app) => app.freeze(true, args.words.join(' '))),
}
