import { refused } from '../domain/refusal.ts'
import { askForChange, lastValue } from './asking/change.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'rollback',
  aliases: ['undo-rollout'],
  summary: 'plan a rollback to the previous or a named revision',
  usage: 'WORKLOAD [--to-revision N] [-n NAMESPACE]',
  examples: ['rollback deploy/checkout -n payments', 'rollback payments/checkout --to-revision 41'],
  flags: { ...placeFlags, 'to-revision': { value: 'N', help: 'the revision to go back to' } },
  where: 'app',
  run: (context, args) => {
    const { rest, value: last } = lastValue(args.words)
    const revision = flagText(args, 'to-revision') ?? last
    return askForChange(context, args, rest, (name) => {
      if (revision === undefined)
        return { action: 'rollback-rollout', input: {}, summary: `Roll ${name} back to its previous revision` }
      return /^\d{1,9}$/.test(revision)
        ? {
            action: 'rollback-rollout',
            input: { revision: Number(revision) },
            summary: `Roll ${name} back to revision ${revision}`,
          }
        : refused('usage', '--to-revision takes the number of a revision.')
    })
  },
}
