import { askAbout, kinds } from './asking/typed.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'sync',
  summary: 'plan that Argo CD applies what Git says, or goes back to a commit of its history',
  usage: 'APP [--revision COMMIT] [--prune] [-n NAMESPACE]',
  examples: ['sync checkout', 'sync argocd/checkout --revision 4f2a91c'],
  flags: {
    ...placeFlags,
    revision: { value: 'COMMIT', help: 'a commit that was deployed before' },
    prune: { help: 'also delete what Git no longer has' },
  },
  where: 'app',
  run: (context, args) => {
    const revision = flagText(args, 'revision')
    return askAbout(context, args, args.words, [kinds.application], (_, name) => ({
      action: 'sync-application',
      input: {
        ...(revision === undefined ? {} : { revision }),
        ...(args.flags.has('prune') ? { prune: true } : {}),
      },
      summary: revision === undefined ? `Sync ${name}` : `Roll ${name} back to ${revision}`,
    }))
  },
}
