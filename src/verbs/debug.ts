import type { DebugCheck } from '../domain/debug-check.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { Arguments } from './arguments.ts'
import { withApp } from './asking/app.ts'
import { onePod } from './asking/pod.ts'
import { flagText } from './reading/place.ts'
import { placeFlags, type Verb } from './verb.ts'

export const verb: Verb = {
  name: 'debug',
  summary: 'plan a look from inside a pod: a DNS, TCP or HTTP check, or a container to sit in',
  usage: 'POD [-n NAMESPACE] [--dns HOST | --tcp HOST:PORT | --http HOST[:PORT][/PATH]]',
  examples: [
    'debug shop/checkout --dns payments.shop',
    'debug shop/checkout --tcp postgres:5432',
    'debug shop/checkout --http payments:8080/healthz',
    'debug pod/checkout-7d9 -n shop --share app --ttl 900',
  ],
  flags: {
    ...placeFlags,
    dns: { value: 'HOST', help: 'look a name up' },
    tcp: { value: 'HOST:PORT', help: 'open a connection' },
    http: { value: 'HOST[:PORT][/PATH]', help: 'ask with GET, without reading the answer’s body' },
    share: { value: 'CONTAINER', help: 'share the processes of this container (a higher risk)' },
    ttl: { value: 'SECONDS', help: 'how long a container without a check stays, 60 to 3600' },
  },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const check = checkOf(args)
      if (isRefusal(check)) return check
      const ttl = flagText(args, 'ttl')
      if (ttl !== undefined && !/^\d{2,4}$/.test(ttl)) return refused('usage', '--ttl takes seconds, 60 to 3600.')
      const found = await onePod(context, args, args.words)
      if (isRefusal(found)) return found
      const share = flagText(args, 'share')
      return app.plan({
        cluster: found.reader.name,
        action: 'debug-pod',
        target: found.ref,
        input: {
          ...(check === undefined ? {} : { check }),
          ...(ttl === undefined ? {} : { ttl: Number(ttl) }),
          ...(share === undefined ? {} : { target: share }),
        },
        reason: { summary: `Look from inside ${refText(found.ref)}`, evidence: [] },
      })
    }),
}

const checkOf = (args: Arguments): DebugCheck | undefined | Refusal => {
  const asked = ['dns', 'tcp', 'http'].filter((name) => args.flags.has(name))
  if (asked.length > 1) return refused('usage', 'One check at a time: --dns, --tcp or --http.')
  const dns = flagText(args, 'dns')
  if (dns !== undefined) return { kind: 'dns', host: dns }
  const tcp = flagText(args, 'tcp')
  const [host, port] = partsOf(tcp ?? '')
  if (tcp !== undefined)
    return port === undefined ? refused('usage', '--tcp takes HOST:PORT.') : { kind: 'tcp', host, port }
  const http = flagText(args, 'http')?.replace(/^http:\/\//, '')
  if (http === undefined) return undefined
  const slash = http.indexOf('/')
  const [name, number = 80] = partsOf(slash < 0 ? http : http.slice(0, slash))
  return { kind: 'http', host: name, port: number, path: slash < 0 ? '/' : http.slice(slash) }
}

const partsOf = (text: string): readonly [string, number | undefined] => {
  const [host = '', port] = text.split(':')
  return [host, port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : undefined]
}
