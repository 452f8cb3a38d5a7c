import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'refresh',
  summary: 'plan that Argo CD compares an Application with Git now',
  usage: 'APP [--hard] [-n NAMESPACE]',
  examples: ['refresh checkout', 'refresh argocd/checkout --hard'],
  flags: { ...placeFlags, hard: { help: 'also forget the rendered manifests' } },
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.application], (_, name) => ({
      action: 'refresh-application',
      input: args.flags.has('hard') ? { hard: true } : {},
      summary: `Refresh ${name}`,
    })),
}
