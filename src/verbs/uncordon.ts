import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'uncordon',
  summary: 'plan that a node takes new pods again',
  usage: 'NODE',
  examples: ['uncordon worker-2'],
  flags: { context: placeFlags.context, cluster: placeFlags.cluster },
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.node], (_, name) => ({
      action: 'uncordon-node',
      input: {},
      summary: `Uncordon ${name}`,
    })),
}
