import { withApp } from './asking/app.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'agreement',
  summary: 'observe mode: what would have been done, beside what people did',
  usage: '',
  examples: ['agreement'],
  flags: {},
  where: 'app',
  run: (context) => withApp(context, async (app) => ({ status: 'ok', document: await app.plans.agreement() })),
}
