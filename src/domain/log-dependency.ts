/** How reaching something failed. `answered` means that it was reached and said it cannot serve (503, pool used up). */
export type Unreachable = 'name' | 'refused' | 'timeout' | 'reset' | 'no-route' | 'answered'

/** What a log line says a process could not reach. Host and port as the line wrote them, where it did. */
export type Dependency = { readonly how: Unreachable; readonly host?: string; readonly port?: number }

const host = '\\[?([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?|[0-9a-fA-F:]{3,39})\\]?'
// EHOSTUNREACH is a word of its own: no host stands in it.
const rx = (text: string): RegExp =>
  new RegExp(text.replace(/(?<![A-Z])HOST(?![A-Z])/g, () => host).replaceAll('PORT', '(\\d{1,5})'), 'i')

/** Lines that name the host whose name did not resolve. */
const names: readonly RegExp[] = [
  rx(
    'lookup HOST(?: on [^ ]{1,60})?: (?:no such host|server misbehaving|i/o timeout|Temporary failure|read udp|dial udp|no answer)',
  ),
  rx('getaddrinfo (?:ENOTFOUND|EAI_AGAIN|EAI_NONAME) HOST'),
  rx('UnknownHostException: HOST'),
  rx('could not translate host name "HOST"'),
  rx("Could ?n[o']t resolve (?:host|hostname|proxy|server|address)?:? ?['\"]?HOST(?::PORT)?"),
  rx('Failed to resolve (?:host |hostname |address )?[\'"]HOST[\'"]'),
  rx('failed to resolve (?:host |hostname |address )HOST'),
  rx('host not found in (?:upstream|resolver) "HOST(?::PORT)?"'),
  rx('HOST could not be resolved'),
  rx('bad address [\'"]HOST(?::PORT)?[\'"]'),
  rx("can't (?:resolve|find) ['\"]?HOST['\"]?(?::|$| )(?:.{0,20}(?:NXDOMAIN|Name|Non-existent|$))"),
  rx('getaddrinfo(?: for)? HOST failed'),
  rx('(?:unable|failed) to (?:resolve|look ?up) (?:host|hostname|address)?:? ?[\'"]?HOST[\'"]?'),
  rx('No such host is known\\.? \\(HOST:PORT\\)'),
  rx(
    '(?:Name or service not known|nodename nor servname provided[^(]{0,30}|Temporary failure in name resolution) \\(HOST:PORT\\)',
  ),
  rx('Error -[235] connecting to HOST:PORT'),
  rx('Unknown (?:MySQL server )?host [\'"]HOST[\'"]'),
  rx(
    '(?:ping|ssh|nc|telnet|wget|curl): (?:unable to resolve host address |could not resolve |unknown host )[\'‘"]?HOST',
  ),
  rx(
    'HOST(?::PORT)?: (?:Name or service not known|Temporary failure in name resolution|nodename nor servname|Name does not resolve|Try again)',
  ),
]

const nameWords =
  /no such host|name or service not known|temporary failure in name resolution|name does not resolve|NXDOMAIN|nodename nor servname|getaddrinfo|\bEAI_AGAIN\b|\bENOTFOUND\b|UnknownHostException|NameResolutionError|failed to lookup address|no resolvable bootstrap|\bname resolution/i

/** Lines that name the peer; what failed is told by the words. */
const peers: readonly RegExp[] = [
  rx('dial (?:tcp|udp)[46]?:? (?:lookup )?HOST:PORT'),
  rx('connect (?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET) HOST:PORT'),
  rx('connection to server at "HOST"(?: \\([^)]{1,45}\\))?, port PORT failed'),
  rx('on host "HOST"(?: \\([^)]{1,45}\\))? and accepting TCP/IP connections on port PORT'),
  rx('Connection to (?:node -?\\d+ \\()?/?HOST(?:/[0-9.]{7,15})?:PORT'),
  rx('Connect(?:ion)? to (?:https?://)?HOST:PORT'),
  rx('Failed to connect to (?:\\w{2,12}://)?/?HOST(?:/[0-9.]{7,15})?(?::| port )PORT'),
  rx('(?:connecting|connect|connection) to (?:\\w{2,12} at )?(?:\\w{2,12}://)?(?:[^@\\s/]{1,80}@)?[\'"]?HOST:PORT'),
  rx('connect\\(2\\) for "?HOST"? port PORT'),
  rx('ConnectionPool\\(host=[\'"]HOST[\'"], port=PORT\\)'),
  rx('MySQL server on [\'"]HOST(?::PORT)?[\'"]'),
  rx('tried: /?HOST(?:/[0-9.]{7,15})?:PORT'),
  rx('Connection refused \\(HOST:PORT\\)'),
  rx('Cannot connect to host HOST:PORT'),
  rx('UnableToConnect on HOST:PORT'),
  rx(
    "(?:unable|failed|cannot|can't|could not|couldn't) (?:to )?(?:connect|reach|dial|contact|ping)(?: to)?(?: \\w{2,20}){0,3}:? (?:at |on |server |host )?(?:\\w{2,12}://)?(?:[^@\\s/]{1,80}@)?['\"]?HOST:PORT",
  ),
  rx('upstream: "(?:\\w{2,12}://)?HOST:PORT'),
  rx('(?:nc|telnet): (?:connect to )?HOST \\(?(?:[0-9.]{7,15}:)?PORT'),
  rx(
    'HOST:PORT(?: - no response|: \\[Errno 1[01]\\d\\]|:? (?:is )?(?:unreachable|not reachable|unavailable|connection refused))',
  ),
  rx('waiting for (?:the )?(?:\\w{2,20} ){0,3}?(?:at |on |to |\\()?(?:\\w{2,12}://)?HOST:PORT'),
]

/** A peer without a port, tried last; the words around it have to say that it failed. */
const hosts: readonly RegExp[] = [
  rx(
    '(?:https?|postgres(?:ql)?|mysql|redis|rediss|amqps?|mongodb(?:\\+srv)?|kafka|nats|grpc|tcp|ldaps?|jdbc:\\w{3,12})://(?:[^@\\s/"\']{1,100}@)?HOST(?::PORT)?',
  ),
  rx('Failed to connect to HOST'),
  rx("can't connect to remote host \\(?HOST"),
  rx('waiting for (?:service |host )?HOST(?: to (?:be|become|start|come)|\\.\\.\\.|…|$)'),
  rx('\\bHOST:PORT\\b'),
]

const words: readonly (readonly [Unreachable, RegExp])[] = [
  [
    'refused',
    /connection refused|Connection to \S{1,253} refused|ECONNREFUSED|actively refused|\bos error 111\b|Errno 111|\(111: |can't connect to remote host/i,
  ],
  [
    'no-route',
    /no route to host|EHOSTUNREACH|ENETUNREACH|network is unreachable|host is unreachable|os error 11[03]\b/i,
  ],
  [
    'reset',
    /connection reset|ECONNRESET|broken pipe|EPIPE|unexpected EOF|server closed the connection|socket hang up|connection closed (?:unexpectedly|by)/i,
  ],
  [
    'timeout',
    /i\/o timeout|connection timed out|connect timed? ?out|ETIMEDOUT|ESOCKETTIMEDOUT|context deadline exceeded|read timed out|SocketTimeoutException|ConnectTimeout|operation timed out|timed out (?:connecting|while connecting|waiting for connection)|timeout (?:connecting|while connecting|expired)|upstream timed out|Connection timeout|ServerSelectionTimeout|curl: \(28\)/i,
  ],
  // What could not be reached, and the reason behind it in brackets or after a comma.
  [
    'timeout',
    /(?:could not|cannot|can't|couldn't|unable to|failed to) (?:connect|contact|reach|dial|open)\b.{0,200}\b(?:timed out|time-?out)\b/i,
  ],
  [
    'answered',
    /no (?:servers? available|available connection)|no healthy upstream|upstream connect error|no live upstreams|All host\(s\) tried|503 Service (?:Temporarily )?Unavailable|too many (?:clients|connections)|remaining connection slots|Communications link failure|code = Unavailable|could not be established. (?:Broker|Node) may not be available|broker(?:s are)? (?:down|not available)|\bLEADER_NOT_AVAILABLE\b/i,
  ],
  [
    'refused',
    /no reachable servers?|not possible to connect|(?:could not|cannot|can't|couldn't|unable to|failed to) (?:connect|contact|reach|establish (?:a )?connection|open (?:a )?connection|dial)|failed (?:connection|connecting) to|connection (?:attempt )?failed|error connecting/i,
  ],
  ['answered', /waiting for |is (?:not (?:ready|available|reachable)|unavailable) ?(?:yet|-|,|;|$)/i],
]

/** Words that stand where a host could, but are none. */
const noise =
  /^(?:placeholder|service|type|symbol|import|module|reference|variable|property|alias|version|conflicts?|the|a|an|to|for|on|at|in|and|server|host|database|localhost\.localdomain|null|undefined|none|error|failed|information|all|remote)$/i
/** What processes wait for inside themselves. */
const inner =
  /^(?:locks?|shutdown|response|connections?|signal|events?|jobs?|workers?|requests?|caches?|leader|lease|sync|property|bean|module|package|type|class|more|next|new|input|it|this|all|each)$/i

const found = (how: Unreachable, match: RegExpExecArray): Dependency | undefined => {
  const name = match[1]
  const port = match[2] === undefined ? undefined : Number(match[2])
  if (
    name === undefined ||
    noise.test(name) ||
    (how === 'answered' && port === undefined && inner.test(name)) ||
    (port !== undefined && (port < 1 || port > 65535))
  )
    return undefined
  // A time of day looks like a short IPv6 address, and a timestamp like a host with a port.
  if (
    /^\d+$|^\d{4}-\d\d-\d\d(?:T\d\d)?$/.test(name) ||
    (name.includes(':') && !name.includes('::') && name.split(':').length < 8)
  )
    return undefined
  if (/\.(?:go|java|py|js|ts|rb|php|cs|rs|c|cpp|mjs|sh|ya?ml)$/i.test(name)) return undefined
  return { how, host: name.replace(/\.$/, ''), ...(port === undefined ? {} : { port }) }
}

const firstOf = (how: Unreachable, patterns: readonly RegExp[], text: string): Dependency | undefined => {
  for (const pattern of patterns) {
    const match = pattern.exec(text)
    const dependency = match === null ? undefined : found(how, match)
    if (dependency !== undefined) return dependency
  }
  return undefined
}

const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name)

/** The name that a text gives to the peer at a port: `(mysql:3307)`, `connecting to db.example.com:5432`. */
const nameAtPort = (text: string, port: number): string | undefined => {
  for (const match of text.slice(0, 2000).matchAll(/(?<![\w./:-])([a-z][a-z0-9.-]{1,252}):(\d{2,5})(?![\w:.])/gi)) {
    const name = match[1] ?? ''
    if (Number(match[2]) === port && found('timeout', match) !== undefined && !isLocal.test(name)) return name
  }
  return undefined
}

const isLocal = /^(?:localhost|tcp|udp|line|port)$/i

/**
 * The peer by its name, where one was told: what the same log said shortly before may name what the failing line has only an
 * address of. The nearest text comes first.
 */
export const byItsName = (dependency: Dependency, texts: readonly string[]): Dependency => {
  const { host: told, port } = dependency
  if (told === undefined || port === undefined || !isAddress(told)) return dependency
  for (const text of texts) {
    const name = nameAtPort(text, port)
    if (name !== undefined) return { ...dependency, host: name }
  }
  return dependency
}

/** Prefers a name over a bare address where the line has both: `Get "http://orders:80/": dial tcp 10.96.3.4:80`. */
const named = (dependency: Dependency, text: string): Dependency => {
  if (dependency.host === undefined || !isAddress(dependency.host)) return dependency
  const url = rx('(?:https?|\\w{2,12})://(?:[^@\\s/"\']{1,100}@)?HOST(?::PORT)?').exec(text)
  if (url?.[1] === undefined || isAddress(url[1])) return byItsName(dependency, [text])
  const port = url[2] === undefined ? dependency.port : Number(url[2])
  return { how: dependency.how, host: url[1], ...(port === undefined ? {} : { port }) }
}

/** A process that has used up its own pool has an error of its own; the peer may be well. */
const ownPool =
  /cannot assign requested address|EADDRNOTAVAIL|(?:connection )?pool (?:is )?(?:exhausted|full|timed out|depleted)|QueuePool limit|HikariPool.{0,40}(?:not available|timed out)|Timeout: Pool empty|pool (?:size )?limit/i

/** Words that are about a connection even where no peer is named. */
const strong =
  /refused|no reachable servers?|ECONN|ETIMEDOUT|EHOSTUNREACH|no route|unreachable|connection reset|connect(?:ion)? timed? ?out|i\/o timeout|read timed out|SocketTimeout|ServerSelection|too many (?:clients|connections)|connection slots|link failure|upstream|waiting for (?:the )?(?:database|db|postgres|mysql|redis|kafka|rabbitmq|mongo)/i

/** What a message says could not be reached; undefined where it is about something else. */
export const dependencyIn = (message: string): Dependency | undefined => {
  const text = message
    .slice(0, 2000)
    .replaceAll('`', '"')
    .replace(/":"(\d)/, ':$1')
  if (ownPool.test(text)) return undefined
  const name = firstOf('name', names, text)
  if (name !== undefined) return name
  if (nameWords.test(text)) return firstOf('name', [...peers, ...hosts], text) ?? { how: 'name' }
  const how = words.find(([, pattern]) => pattern.test(text))?.[0]
  if (how === undefined) return undefined
  const peer = firstOf(how, peers, text) ?? firstOf(how, hosts, text)
  if (peer !== undefined) return named(peer, text)
  // Weak words without any peer say too little.
  return strong.test(text) ? { how } : undefined
}
