import { type ConfigProblem, configProblemIn } from './log-config.ts'
import { byItsName, type Dependency, dependencyIn } from './log-dependency.ts'
import { isTrouble, type LogDigest, type LogEntry } from './log-lines.ts'

/** An RBAC refusal as the API server words it: who may not do what. Without `name` it is known only that it was refused. */
export type Forbidden = {
  readonly namespace?: string
  /** The ServiceAccount; absent for other users. */
  readonly account?: string
  readonly verb?: string
  readonly resource?: string
  readonly group?: string
  /** The namespace it was wanted in; absent for the whole cluster. */
  readonly inNamespace?: string
}

/** What one log entry says about a cause that has its own code. `entry` is the proof. */
export type LogSign = { readonly entry: LogEntry } & (
  | { readonly kind: 'dependency'; readonly dependency: Dependency }
  | {
      readonly kind: 'certificate'
      readonly problem: 'expired' | 'not-yet-valid' | 'untrusted' | 'wrong-name'
      readonly host?: string
      readonly until?: string
    }
  | { readonly kind: 'forbidden'; readonly forbidden: Forbidden }
  | { readonly kind: 'permission'; readonly path?: string; readonly readOnly: boolean }
  | { readonly kind: 'port-in-use'; readonly port?: number }
  | { readonly kind: 'disk-full'; readonly path?: string }
  | { readonly kind: 'credentials'; readonly user?: string; readonly host?: string }
  | { readonly kind: 'config'; readonly problem: ConfigProblem }
  | { readonly kind: 'command'; readonly command?: string }
  | { readonly kind: 'platform'; readonly path?: string }
  | { readonly kind: 'heap' }
)

type Detect = (text: string, entry: LogEntry) => LogSign | undefined

const forbiddenText =
  /User "(?:system:serviceaccount:([\w.-]{1,253}):([\w.-]{1,253})|[^"]{1,300})" cannot (\w+) resource "([\w./*-]{1,120})" in API group "([\w.-]{0,120})"(?: in the namespace "([\w.-]{1,253})")?/

/** The RBAC refusal in a text of the API server, wherever it is quoted (log, event, status). */
export const forbiddenIn = (text: string): Forbidden | undefined => {
  const plain = text.includes('\\"') ? text.replaceAll('\\"', '"') : text
  const found = forbiddenText.exec(plain)
  if (found === null) return undefined
  const [, namespace, account, verb = '', resource = '', group = '', inNamespace] = found
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(account === undefined ? {} : { account }),
    verb,
    resource,
    group,
    ...(inNamespace === undefined ? {} : { inNamespace }),
  }
}

const forbidden: Detect = (text, entry) => {
  const found = forbiddenIn(text)
  return found === undefined ? undefined : { kind: 'forbidden', forbidden: found, entry }
}

const expired =
  /(?:certificate|cert)\b.{0,60}\b(?:has expired|is expired|expired|was expired|expiration)|CERT_HAS_EXPIRED|certificate_expired|NotAfter: |CertificateExpiredException|(?:expired|notAfter).{0,20}certificate/i
const stillGood = /will expire|expires (?:in|on)|expiring|not expired|renew(?:ed|al) (?:before|scheduled)|valid until/i
const untrusted =
  /certificate signed by unknown authority|self[- ]signed certificate|unable to (?:get local|verify the first|get) issuer certificate|unable to verify the (?:first )?(?:leaf )?certificate|UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|PKIX path building failed|certificate verify failed|UntrustedRoot|unknown ca\b/i
const wrongName =
  /certificate is (?:not )?valid for|Hostname\/IP does not match|ERR_TLS_CERT_ALTNAME|hostname .{1,100} doesn't match|No subject alternative (?:DNS )?names? (?:matching|present)|x509: cannot validate certificate for|RemoteCertificateNameMismatch|certificate .{0,40}does not match (?:target )?host/i

const certificate: Detect = (text, entry) => {
  const host = /(?:https?|wss?|ldaps|postgres(?:ql)?|amqps|rediss):\/\/(?:[^@\s/"']{1,80}@)?([\w.-]{1,253})/.exec(
    text,
  )?.[1]
  const named = host === undefined ? {} : { host }
  const until =
    /is after (\d{4}-\d\d-\d\dT[\d:]{8}Z?)|NotAfter: (.{10,40}?\d{4})|expired (?:on|at) (\d{4}-\d\d-\d\d[T ][\d:]{5,8}Z?|\d{4}-\d\d-\d\d)/.exec(
      text,
    )
  const time = until?.slice(1).find((part) => part !== undefined)
  const whole = { ...named, ...(time === undefined ? {} : { until: time }), entry }
  if (/not yet valid/.test(text) && /is before/.test(text))
    return { kind: 'certificate', problem: 'not-yet-valid', ...whole }
  if (expired.test(text) && !stillGood.test(text)) return { kind: 'certificate', problem: 'expired', ...whole }
  if (untrusted.test(text)) return { kind: 'certificate', problem: 'untrusted', ...whole }
  return wrongName.test(text) ? { kind: 'certificate', problem: 'wrong-name', ...whole } : undefined
}

const portInUse: Detect = (text, entry) => {
  if (
    !/address already in use|EADDRINUSE|port (?:\d+ )?(?:is )?already (?:in use|allocated|bound)|Only one usage of each socket address|port \d+ was already in use/i.test(
      text,
    )
  )
    return undefined
  const port =
    /(?::::|0\.0\.0\.0:|\]:|127\.0\.0\.1:|localhost:|\*:|listen tcp[46]? \S{0,40}?:|port[: ]+|tcp:\/\/\S{1,40}:|\(['"][\d.]+['"], |:)(\d{2,5})\b(?!:\d)/i.exec(
      text,
    )?.[1]
  return { kind: 'port-in-use', ...(port === undefined ? {} : { port: Number(port) }), entry }
}

const diskFull: Detect = (text, entry) => {
  if (
    !/no space left on device|ENOSPC|disk quota exceeded|EDQUOT|disk (?:is )?full|There is not enough space on the disk|not enough (?:free )?disk space|mdb_put: MDB_MAP_FULL|No space left/i.test(
      text,
    )
  )
    return undefined
  // Watches and shared memory have bounds of their own; no volume is full.
  if (/inotify|file watchers|fsnotify|shared memory|\/dev\/shm/i.test(text)) return undefined
  const path = /['"( ](\/[\w./@+-]{2,200})/.exec(text)?.[1]
  return { kind: 'disk-full', ...(path === undefined ? {} : { path }), entry }
}

const permission: Detect = (text, entry) => {
  const readOnly = /read-only file ?system|EROFS/i.test(text)
  if (
    !readOnly &&
    !/permission denied|EACCES|operation not permitted|EPERM|AccessDeniedException: \/|UnauthorizedAccessException|must be run as root|cannot be run as root|can(?:not|'t) run as root|refus\w+ to run as root|do not run as root|setuid\(|chown\(|is not writable|not permitted to (?:write|create)/i.test(
      text,
    )
  )
    return undefined
  if (
    /publickey|for (?:user|database|relation|table|schema|function|sequence|role)\b|psql|ORA-\d|git@|docker\.sock|SQLSTATE|bucket|s3:|rpc error: code = PermissionDenied|IAM|arn:aws/i.test(
      text,
    )
  )
    return undefined
  const path = /['"(: ]((?:\/[\w.@+-]{1,100}){1,12}\/?)/.exec(text)?.[1]
  return { kind: 'permission', ...(path === undefined ? {} : { path }), readOnly, entry }
}

const credentials: Detect = (text, entry) => {
  if (
    !/password authentication failed|Access denied for user|bad user ?name or password|invalid username-password pair|\bAuthenticationE(?:rror|xception): |(?:connection refused|CONNACK|code[:= ]+5)\b.{0,20}not authori[sz]ed|authentication failed|auth(?:entication)? (?:failure|error)|invalid (?:username or password|credentials?|password|api[ -]?key|token|client secret)|(?:WRONGPASS|NOAUTH)\b|SASL(?:Exception| authentication).{0,40}(?:fail|invalid)|ACCESS_REFUSED|login (?:failed|incorrect)|bad credentials|InvalidAccessKeyId|SignatureDoesNotMatch|UnrecognizedClientException|ExpiredToken|(?:api key|token|credential|password)s? (?:is |has |was |are )?(?:invalid|incorrect|wrong|rejected|revoked|expired)|ORA-01017|Login failed for user|401 Unauthorized|status(?: code)?[:= ]+401\b|no password supplied/i.test(
      text,
    )
  )
    return undefined
  const user = /(?:for user|user|for role|role) ['"]([\w.@-]{1,100})['"]/i.exec(text)?.[1]
  const host = dependencyIn(`${text} connection refused`)?.host
  return {
    kind: 'credentials',
    ...(user === undefined ? {} : { user }),
    ...(host === undefined ? {} : { host }),
    entry,
  }
}

const command: Detect = (text, entry) => {
  const found =
    /(?:^|: )(?:line \d+: |\d+: )?([\w./-]{1,120}): (?:command not found|not found)$|exec: "?([\w./-]{1,120})"?: (?:executable file )?not found|^exec ([\w./-]{1,120}): no such file or directory|Cannot find module '(\/[\w./-]{1,200})'|can't open file '([\w./-]{1,200})'|Unable to access jarfile ([\w./-]{1,200})|Could not find or load main class ([\w.$]{1,200})|No module named ([\w.]{1,100})$|cannot execute: (?:required file not found|No such file)|executable file not found/.exec(
      text,
    )
  if (found === null) return undefined
  const name = found.slice(1).find((part) => part !== undefined)
  return { kind: 'command', ...(name === undefined ? {} : { command: name }), entry }
}

const platform: Detect = (text, entry) => {
  if (!/exec format error|cannot execute binary file|rosetta error|qemu-\w+: Could not open/i.test(text))
    return undefined
  const path = /(?:exec )?(\/[\w./-]{1,200}): (?:exec format|cannot execute)|exec (\S{1,200}): exec format/i.exec(text)
  const name = path?.[1] ?? path?.[2]
  return { kind: 'platform', ...(name === undefined ? {} : { path: name }), entry }
}

const heap: Detect = (text, entry) =>
  /java\.lang\.OutOfMemoryError|heap out of memory|Reached heap limit|MemoryError\b|std::bad_alloc|Cannot allocate memory|ENOMEM|fatal error: runtime: out of memory|OutOfMemoryException|Allowed memory size of \d+ bytes exhausted|failed to allocate memory \(NoMemoryError\)|memory allocation of \d+ bytes failed/.test(
    text,
  )
    ? { kind: 'heap', entry }
    : undefined

const config: Detect = (text, entry) => {
  const problem = configProblemIn(text)
  return problem === undefined ? undefined : { kind: 'config', problem, entry }
}

const dependency: Detect = (text, entry) => {
  const found = dependencyIn(text)
  return found === undefined ? undefined : { kind: 'dependency', dependency: found, entry }
}

const order: readonly Detect[] = [
  forbidden,
  diskFull,
  platform,
  portInUse,
  certificate,
  heap,
  credentials,
  permission,
  command,
  dependency,
  config,
]

/** What an entry says, by its headline first and then by its lines, the deepest cause of a trace first. */
export const signOf = (entry: LogEntry): LogSign | undefined => {
  for (const detect of order) {
    const sign = detect(entry.text, entry)
    if (sign !== undefined) return withDetail(sign, entry)
  }
  if (entry.lines.length < 2) return undefined
  const messages = entry.lines.filter((line) => !/^\s*(?:at |File "|\.{3} |from |#\d)/.test(line)).reverse()
  for (const detect of order) {
    for (const line of messages) {
      const sign = detect(line.trim(), entry)
      if (sign !== undefined) return sign
    }
  }
  return undefined
}

/** What the headline leaves out often stands in the lines under it. */
const withDetail = (sign: LogSign, entry: LogEntry): LogSign => {
  if (sign.kind === 'dependency') return withHost(sign, entry)
  if (sign.kind !== 'config' || sign.problem.name !== undefined) return sign
  for (const line of entry.lines.slice(1, 20)) {
    const problem = configProblemIn(line.trim())
    if (problem?.name !== undefined) return { ...sign, problem }
  }
  return sign
}

/** A trace may name the failure in its headline and the peer further down. */
const withHost = (sign: LogSign & { readonly kind: 'dependency' }, entry: LogEntry): LogSign => {
  if (sign.dependency.host !== undefined || entry.lines.length < 2) return sign
  for (const line of entry.lines.slice(0, 40)) {
    const other = dependencyIn(line.trim())
    if (other?.host !== undefined) return { ...sign, dependency: { ...other, how: sign.dependency.how } }
  }
  return sign
}

/** The line that fails may have only an address; what it was to reach was often said right before. */
const withName = (sign: LogSign, before: readonly LogEntry[]): LogSign =>
  sign.kind === 'dependency'
    ? {
        ...sign,
        dependency: byItsName(
          sign.dependency,
          before.map(({ text }) => text),
        ),
      }
    : sign

/**
 * The sign that explains best why a process ended: of the last troubled entry that has one; of the last lines where none is loud.
 * Behind a fatal entry or trace that has no sign, only what was said right before it counts.
 */
export const decidingSign = (digest: LogDigest): LogSign | undefined => {
  const tail = digest.entries.slice(-60).reverse()
  if (!tail.some(isTrouble)) return firstSign(tail.slice(0, 8))
  for (const [index, entry] of tail.entries()) {
    if (!isTrouble(entry) || entry.level === 'debug') continue
    const sign = signOf(entry)
    if (sign !== undefined) return withName(sign, tail.slice(index + 1, index + 6))
    const final = entry.level === 'fatal' || entry.trace
    if (!final) continue
    const near = tail.slice(index + 1, index + 5)
    const before = firstSign(near.filter((one) => isTrouble(one) || configProblemIn(one.text)?.kind === 'flag'))
    return before === undefined ? undefined : withName(before, tail.slice(index + 1, index + 8))
  }
  return undefined
}

const firstSign = (entries: readonly LogEntry[]): LogSign | undefined => {
  for (const entry of entries) {
    const sign = entry.level === 'debug' ? undefined : signOf(entry)
    if (sign !== undefined) return sign
  }
  return undefined
}
