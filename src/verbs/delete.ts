import { refText } from '../domain/object.ts'
import { refused } from '../domain/refusal.ts'
import { askAbout } from './asking/whole.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

const policies: Readonly<Record<string, string>> = {
  foreground: 'Foreground',
  background: 'Background',
  orphan: 'Orphan',
}

export const verb: Verb = {
  name: 'delete',
  summary: 'plan to delete one object; the card shows what goes with it',
  usage: 'KIND/NAME [-n NAMESPACE] [--propagation background|foreground|orphan] [--stuck]',
  examples: ['delete cm/settings -n shop', 'delete shop/deploy/old-api', 'delete pod/db-0 -n shop --stuck'],
  flags: {
    ...placeFlags,
    propagation: { value: 'HOW', help: 'what becomes of what it owns: background, foreground or orphan' },
    stuck: { help: 'a pod that should be gone, on a node that does not answer' },
  },
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, (ref) => {
      if (args.flags.has('stuck'))
        return { action: 'delete-stuck-pod', input: {}, summary: `Delete stuck ${refText(ref)}` }
      const how = flagText(args, 'propagation')?.toLowerCase()
      const propagation = how === undefined ? undefined : policies[how]
      if (how !== undefined && propagation === undefined)
        return refused('usage', '--propagation is background, foreground or orphan.')
      return {
        action: 'delete-object',
        input: propagation === undefined ? {} : { propagation },
        summary: `Delete ${refText(ref)}`,
      }
    }),
}
