import { askAbout, kinds } from './asking/typed.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'cordon',
  summary: 'plan that a node takes no new pods',
  usage: 'NODE',
  examples: ['cordon worker-2'],
  flags: { context: placeFlags.context, cluster: placeFlags.cluster },
  where: 'app',
  run: (context, args) =>
    askAbout(context, args, args.words, [kinds.node], (_, name) => ({
      action: 'cordon-node',
      input: {},
      summary: `Cordon ${name}`,
    })),
}
