import { table } from '../domain/document.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { age } from './reading/ages.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

/** The longest window that is opened by hand, in seconds; longer ones belong in the configuration. */
const longest = 24 * 3_600

export const verb: Verb = {
  name: 'maintenance',
  summary: 'the maintenance windows; open one, in which nobody is told of signals, or end it',
  usage: '[DURATION [REASON] | end] [-n NAMESPACE] [--context CLUSTER]',
  examples: ['maintenance', 'maintenance 2h -n payments upgrade of postgres', 'maintenance end -n payments'],
  flags: { namespace: placeFlags.namespace, context: placeFlags.context, cluster: placeFlags.cluster },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const [first, ...rest] = args.words
      if (first === undefined) {
        const windows = await app.windows()
        if (windows.length === 0) return 'No maintenance now.'
        const now = new Date(context.now).toISOString()
        const rows = windows.map(({ cluster, namespace, until, reason, by }) => [
          cluster ?? 'all clusters',
          namespace ?? 'all namespaces',
          age(now, until),
          reason,
          by,
        ])
        return { status: 'ok', document: [table(['Cluster', 'Namespace', 'Still', 'Reason', 'By'], rows)] }
      }
      const seconds = first === 'end' ? 0 : secondsOf(first)
      if (isRefusal(seconds)) return seconds
      const cluster = flagText(args, 'context') ?? flagText(args, 'cluster')
      const namespace = flagText(args, 'namespace')
      return app.maintain({
        ...(cluster === undefined ? {} : { cluster }),
        ...(namespace === undefined ? {} : { namespace }),
        seconds,
        reason: rest.join(' ') || 'no reason given',
      })
    }),
}

const secondsOf = (text: string) => {
  const match = /^(\d{1,5})(m|h)$/.exec(text)
  const seconds = match === null ? Number.NaN : Number(match[1]) * (match[2] === 'h' ? 3_600 : 60)
  return seconds > 0 && seconds <= longest
    ? seconds
    : refused('usage', 'For how long? Say 30m or 2h, at most 24h; or end.')
}
