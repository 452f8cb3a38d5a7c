import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { onePod } from './asking/pod.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'exec',
  aliases: ['run'],
  summary: 'plan to run one command in a container; its output comes into the thread, redacted',
  usage: 'POD [-n NAMESPACE] [--container NAME] [--shell] -- COMMAND [ARGUMENT…]',
  examples: ['exec shop/checkout -- cat /etc/resolv.conf', 'exec shop/checkout --shell -- sh -c "df -h | tail -3"'],
  flags: {
    ...placeFlags,
    container: { short: 'c', value: 'NAME', help: 'which container, where there are several' },
    shell: { help: 'the program is a shell, and that is meant' },
  },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const [pod, ...command] = args.words
      if (pod === undefined || command.length === 0)
        return refused('usage', 'Name a pod and, after --, the command: exec shop/checkout -- ls /tmp.')
      const found = await onePod(context, args, [pod])
      if (isRefusal(found)) return found
      const container = flagText(args, 'container')
      return app.plan({
        cluster: found.reader.name,
        action: 'exec-in-pod',
        target: found.ref,
        input: {
          command,
          ...(container === undefined ? {} : { container }),
          ...(args.flags.has('shell') ? { shell: true } : {}),
        },
        reason: { summary: `Run a command in ${refText(found.ref)}`, evidence: [] },
      })
    }),
}
