import { withApp } from './asking/app.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'unfreeze',
  summary: 'let approved plans be carried out again',
  usage: '[CLUSTER] [REASON]',
  examples: ['unfreeze', 'unfreeze prod-eu1 certificates were rotated'],
  flags: {},
  where: 'app',
  run: (context, args) => withApp(context, (app) => app.freeze(false, args.words.join(' '))),
}
