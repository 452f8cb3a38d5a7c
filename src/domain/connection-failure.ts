import { dependencyIn, type Unreachable } from './log-dependency.ts'

/** One failed attempt to reach something, as a log line told it. `resolve` means that the name could not be looked up. */
export type ConnectionFailure = {
  readonly kind: 'resolve' | 'timeout' | 'refused'
  readonly host?: string
  readonly port?: number
  readonly line: string
}

const kinds: Readonly<Partial<Record<Unreachable, ConnectionFailure['kind']>>> = {
  name: 'resolve',
  refused: 'refused',
  timeout: 'timeout',
  'no-route': 'timeout',
}

/** Cheap and wide: only lines with one of these words are taken apart. */
const worthReading =
  /time|refused|resol|lookup|host|unreach|enotfound|eai_|no route|getaddrinfo|nxdomain|bad address|misbehaving|deadline/i

/** The failed connections and lookups that a log tells of, in its order; its last 2000 lines are read. */
export const connectionFailures = (log: string): readonly ConnectionFailure[] =>
  log
    .split('\n')
    .slice(-2000)
    .flatMap((raw) => {
      const line = raw.slice(0, 1000).trim()
      const found = worthReading.test(line) ? dependencyIn(line) : undefined
      const kind = found === undefined ? undefined : kinds[found.how]
      if (found === undefined || kind === undefined) return []
      const { host, port } = found
      return [{ kind, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }), line }]
    })

/**
 * The Service that a host name means to a pod of this namespace: `db`, `db.shop`, `db.shop.svc`, `db.shop.svc.cluster.local`.
 * Undefined for addresses and for names that only the outside can have; `certain` where `svc` is part of the name.
 */
export const serviceNameOf = (
  host: string,
  ownNamespace: string,
): { readonly namespace: string; readonly name: string; readonly certain: boolean } | undefined => {
  if (/^[\d.]+$/.test(host) || host.includes(':') || host === 'localhost') return undefined
  const labels = host.toLowerCase().split('.')
  const svc = labels.lastIndexOf('svc')
  if (svc >= 2) return { namespace: labels[svc - 1] ?? '', name: labels[svc - 2] ?? '', certain: true }
  const [name, namespace, ...rest] = labels
  if (name === undefined || rest.length > 0) return undefined
  return { namespace: namespace ?? ownNamespace, name, certain: false }
}
