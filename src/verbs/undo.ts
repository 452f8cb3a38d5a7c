import { refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'undo',
  summary: 'plan the way back of a change: the one named, else the last of this thread',
  usage: '[PLAN]',
  examples: ['undo', 'undo 3f2a…9c'],
  flags: {},
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) =>
      args.words.length > 1
        ? refused('usage', 'Name one plan, as its card does: undo 3f2a…9c. To roll back a workload: rollback WORKLOAD.')
        : app.plans.undo(args.words[0]),
    ),
}
