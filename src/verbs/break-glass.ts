import { isRefusal, refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { flagNumber, flagText, placeOf } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'break-glass',
  aliases: ['breakglass'],
  summary: 'ask to lift named rules of the policy for a while; a second person has to grant it',
  usage: '[RULE[,RULE] REASON… [-n NAMESPACE] [--minutes N]]',
  examples: [
    'break-glass',
    'break-glass protected-namespace DNS is down and its fix is in kube-system -n kube-system --minutes 20',
  ],
  flags: {
    ...placeFlags,
    minutes: { value: 'N', help: 'for how long once it is granted, 1 to 60; 30 unless said' },
  },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const [rules, ...reason] = args.words
      if (rules === undefined) return { status: 'ok', document: await app.plans.lifted() }
      const place = placeOf(context, args)
      if (isRefusal(place)) return place
      const minutes = flagNumber(args, 'minutes', 1, 60, 30)
      if (isRefusal(minutes)) return minutes
      if (reason.length === 0)
        return refused('usage', 'Say why, in a few words after the rule: it is on the record and in the channel.')
      // Inside a thread its namespace is meant; the whole cluster only where it is said.
      const namespace = flagText(args, 'namespace') ?? (args.flags.has('all-namespaces') ? undefined : place.namespace)
      return app.plans.breakGlass({
        cluster: place.reader.name,
        ...(namespace === undefined ? {} : { namespace }),
        rules: rules.split(',').filter((rule) => rule !== ''),
        minutes,
        reason: reason.join(' '),
      })
    }),
}
