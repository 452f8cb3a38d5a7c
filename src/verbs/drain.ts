import { refused } from '../domain/refusal.ts'
import { askAbout } from './asking/whole.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'drain',
  summary: 'plan to empty a node: cordon it, then evict its pods one after the other',
  usage: 'NODE [--timeout SECONDS] [--bare]',
  examples: ['drain worker-1', 'drain worker-1 --timeout 600 --bare'],
  flags: {
    context: placeFlags.context,
    cluster: placeFlags.cluster,
    timeout: { value: 'SECONDS', help: 'how long each pod may take, 30 to 900 seconds' },
    bare: { help: 'evict pods too that nothing makes again' },
  },
  where: 'app',
  run: (context, args) =>
    askAbout(
      context,
      args,
      [
        'node',
        ...args.words.filter((word) => !/^nodes?$/.test(word)).map((word) => word.replace(/^(?:node|no)\//, '')),
      ],
      (ref) => {
        const seconds = flagText(args, 'timeout')
        const within = seconds === undefined || !/^\d{2,3}$/.test(seconds) ? undefined : Number(seconds)
        if (seconds !== undefined && (within === undefined || within < 30 || within > 900))
          return refused('usage', '--timeout takes seconds, 30 to 900.')
        return {
          action: 'drain-node',
          input: { ...(within === undefined ? {} : { within }), ...(args.flags.has('bare') ? { bare: true } : {}) },
          summary: `Drain ${ref.name}`,
        }
      },
    ),
}
