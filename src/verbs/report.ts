import { withApp } from './asking/app.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'report',
  summary: 'the health report now',
  usage: '[--context CLUSTER]',
  examples: ['report', 'report --context prod-eu1'],
  flags: { context: placeFlags.context, cluster: placeFlags.cluster },
  where: 'app',
  run: (context, args) => withApp(context, (app) => app.report(flagText(args, 'context') ?? flagText(args, 'cluster'))),
}
