/** One failed attempt to reach something, as a log line told it. `resolve` means that the name could not be looked up. */
export type ConnectionFailure = {
  readonly kind: 'resolve' | 'timeout' | 'refused'
  readonly host?: string
  readonly port?: number
  readonly line: string
}

const hostPort = String.raw`(?:[a-z]{2,12}://)?(?:[^\s/@'"]{1,64}@)?\[?([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?)\]?(?::(\d{1,5}))?`
const rx = (source: string): RegExp => new RegExp(source.replaceAll('HOST', hostPort), 'i')

const resolveWords =
  /no such host|name or service not known|name resolution|nameresolutionerror|enotfound|eai_again|eai_noname|unknownhost|could not resolve|couldn't resolve|failed to resolve|cannot resolve|can't resolve|unable to resolve|could not translate host name|nodename nor servname|getaddrinfo|host not found|bad address|unknown host|server misbehaving|temporary failure in name|lookup \S{1,120} (?:on|:)|gaierror|nxdomain|can't find|resolution timed out|couldn't find host|no address associated/i
const refusedWords = /connection refused|econnrefused|actively refused|connect refused|connection_refused/i
const timeoutWords =
  /i\/o timeout|connection timed out|connect timed out|connecttimeout|etimedout|timed out|timeout expired|context deadline exceeded|timeout was reached|connect timeout|connection timeout|operation timed out|no route to host|ehostunreach|host is unreachable|upstream timed out/i

const hostPatterns: readonly RegExp[] = [
  rx(String.raw`lookup HOST(?: on |:)`),
  rx(String.raw`getaddrinfo (?:enotfound|eai_again|eai_noname)\s+HOST`),
  rx(
    String.raw`(?:could not|couldn't|failed to|cannot|can't|unable to) (?:resolve|find)(?: the)?(?: (?:host(?:name)?|address|dns name))?:?\s*["']?HOST`,
  ),
  rx(String.raw`could not translate host name ["']?HOST`),
  rx(String.raw`unknownhost(?:exception)?:?\s+["']?HOST`),
  rx(String.raw`unknown (?:mysql server )?host:?\s+["']?HOST`),
  rx(String.raw`bad address ["']?HOST`),
  rx(String.raw`host not found(?: in upstream)?:? ["']?HOST`),
  rx(String.raw`can't find ["']?HOST`),
  rx(String.raw`host=["']?HOST["']?(?:,\s*port=(\d{1,5}))?`),
  rx(String.raw`(?:dial|read|write) (?:tcp|udp)[46]?:? (?:\S{1,60}->)?HOST`),
  rx(String.raw`(?:econnrefused|etimedout|ehostunreach)[\s:]+HOST`),
  rx(String.raw`connection to server at ["']?HOST["']?[^,]{0,60}(?:,? port (\d{1,5}))?`),
  rx(String.raw`upstream: ["']?HOST`),
  rx(String.raw`(?:connect(?:ing|ion)?|connected|reach) (?:to|with) ["']?(?:host |server |the )?["']?HOST`),
  rx(String.raw`failed to connect to ["']?HOST`),
  rx(String.raw`["'](?:[a-z]{2,8}://)HOST`),
  rx(String.raw`\b[a-z]{2,10}://HOST`),
]

const notHosts = new Set([
  'the',
  'server',
  'host',
  'database',
  'a',
  'an',
  'port',
  'upstream',
  'to',
  'tcp',
  'http',
  'https',
  'backend',
  'address',
  'name',
  'hostname',
])

const hostIn = (line: string): { readonly host?: string; readonly port?: number } => {
  for (const pattern of hostPatterns) {
    const match = pattern.exec(line)
    const host = match?.[1]
    if (host === undefined || notHosts.has(host.toLowerCase())) continue
    const port = Number(match?.[2] ?? match?.[3])
    const after = Number(/\bport(?: |=|: ?)(\d{1,5})\b/i.exec(line)?.[1])
    const known = Number.isInteger(port) && port > 0 ? port : Number.isInteger(after) && after > 0 ? after : undefined
    return { host: host.replace(/\.$/, ''), ...(known === undefined ? {} : { port: known }) }
  }
  return {}
}

const kindOf = (line: string): ConnectionFailure['kind'] | undefined => {
  if (resolveWords.test(line)) return 'resolve'
  if (refusedWords.test(line)) return 'refused'
  return timeoutWords.test(line) ? 'timeout' : undefined
}

const lineLimit = 1000

/** The failed connections and lookups that a log tells of, in its order; at most its last 2000 lines are read. */
export const connectionFailures = (log: string): readonly ConnectionFailure[] =>
  log
    .split('\n')
    .slice(-2000)
    .flatMap((raw) => {
      const line = raw.slice(0, lineLimit).trim()
      const kind = kindOf(line)
      return kind === undefined ? [] : [{ kind, ...hostIn(line), line }]
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
