import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type GitHubConfig, githubFrom } from './config/github.ts'
import { type Limits, limitsFrom } from './config/limits.ts'
import { type MaintenanceRule, maintenanceRules } from './config/maintenance.ts'
import { type ModelConfig, modelFrom } from './config/model.ts'
import { type Person, people } from './config/people.ts'
import { type PlacesConfig, placesFrom } from './config/places.ts'
import { type Env, type Files, type Problem, rawSetting, readYaml, type YamlFile } from './config/raw.ts'
import { dropUndefined, type Readers, readers } from './config/readers.ts'
import { secondsOf } from './config/seconds.ts'

export { settingNames } from './config/raw.ts'

/** One thing wrong with the configuration: where it stands and what to do. Never holds the value of a secret. */
export type ConfigProblem = { readonly place: string; readonly message: string }

/** Slack's side: HTTP with a signing secret, or Socket Mode with an app token. */
export type SlackConfig = {
  readonly mode: 'http' | 'socket'
  readonly botToken: string
  readonly signingSecret?: string
  readonly appToken?: string
  readonly apiUrl?: string
  readonly channel?: string
}

/** Which channel incidents of a cluster, namespace, team or severity go to; the first route that matches wins. */
export type Route = {
  readonly cluster?: string
  readonly namespace?: string
  /** As a label of the signal says: `team`, `owner` or `squad`. */
  readonly team?: string
  readonly severity?: 'critical' | 'warning' | 'info'
  readonly channel: string
}

/** The whole configuration, valid and frozen. Durations are in seconds. */
export type Config = {
  readonly profile: 'development' | 'production'
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** How much is kept of what comes while the store is away, in MB; 0: nothing, senders are asked to send it again. */
  readonly spoolMb: number
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly otelEndpoint?: string
  readonly slack?: SlackConfig
  readonly routes: readonly Route[]
  /** Windows in which signals are counted and nobody is told. */
  readonly maintenance: readonly MaintenanceRule[]
  readonly limits: Limits
  readonly redisUrl?: string
  /** The key that seals what is in Redis, 64 hex digits, where replicas share a store; absent: a file in the data folder. */
  readonly sealKey?: string
  readonly kube: {
    readonly kubeconfig?: string
    readonly contexts: readonly string[]
    readonly writerKubeconfig?: string
    /** The ServiceAccount whose ten-minute tokens the executor writes with; absent: its own credentials. */
    readonly writerAccount?: { readonly namespace: string; readonly name: string }
    /** The user that the executor writes as, as an audit log names it, where that is no account of the above. */
    readonly writerUser?: string
    readonly allowExec: boolean
    /** The API server as Kubernetes tells a pod, in its environment. */
    readonly inCluster?: string
    /** Whether a worker keeps what it reads of its clusters by watching them. */
    readonly watch: boolean
    /** Whether what lasts in a cluster's own state opens incidents. */
    readonly watchIncidents: boolean
  }
  readonly github?: GitHubConfig
  readonly pagerduty: {
    readonly token?: string
    readonly webhookSecret?: string
    readonly from?: string
    readonly apiUrl: string
  }
  readonly alertmanagerToken?: string
  readonly argocdToken?: string
  readonly grafanaToken?: string
  /** The token of the API servers' audit webhooks. */
  readonly auditToken?: string
  readonly prometheus?: { readonly url: string; readonly token?: string }
  readonly model?: ModelConfig
  readonly places: PlacesConfig
  readonly approvers: readonly string[]
  /** Who people are on the clusters; empty: their rights there are not asked about. */
  readonly people: readonly Person[]
  readonly planTtlSeconds: number
  /** After how long a pull request without a merge is brought to mind, once. */
  readonly reviewReminderSeconds: number
  /** How long after a rollout a workload is compared with before; 0: it is not. */
  readonly afterDeploySeconds: number
  /** Crash loops with fewer restarts than this are given a fresh start, once in so many seconds each; absent: never. */
  readonly autoRestart?: { readonly restarts: number; readonly seconds: number }
  /** Images that debug-pod may use, each by its digest. */
  readonly debugImages: readonly string[]
  /** Absent: each source's own default. */
  readonly debounceSeconds?: number
  readonly report: { readonly hour: number; readonly minute: number; readonly timezone: string }
  readonly policyDir?: string
  readonly opaUrl?: string
  /** The helm program that charts are rendered with to prove an edit; absent: charts are left to people. */
  readonly helm?: string
}

/** The configuration, or everything that is wrong with it at once. */
export type ConfigResult =
  | { readonly kind: 'valid'; readonly config: Config }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }

/**
 * Reads the environment and, where `DOCTOR_CONFIG` names one, a doctor.yaml with the same names as keys plus `routes`.
 * The environment wins. All problems are collected; nothing of a secret's value is ever in one.
 */
export const loadConfig = (
  env: Env = process.env,
  readFile: Files = (path) => readFileSync(path, 'utf8'),
): ConfigResult => {
  const problems: ConfigProblem[] = []
  const problem = (place: string, message: string) => void problems.push({ place, message })
  const file: YamlFile = readYaml(env['DOCTOR_CONFIG'], readFile, problem)
  const raw = (name: string): string | undefined => rawSetting(name, env, file, readFile, problem)
  const read = readers(raw, problem)
  const config = assemble(read, file, problem)
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'valid', config: deepFreeze(config) }
}

const assemble = (read: Readers, file: YamlFile, problem: Problem): Config => {
  const profile = read.oneOf('DOCTOR_PROFILE', ['development', 'production'], 'development')
  return dropUndefined({
    profile,
    host: read.text('HOST') ?? '127.0.0.1',
    port: read.integer('PORT', 0, 65_535, 3000),
    dataDir: read.text('DOCTOR_DATA_DIR') ?? defaultDataDir(),
    spoolMb: read.integer('DOCTOR_SPOOL_MB', 0, 10_000, 0),
    logLevel: read.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'info'),
    otelEndpoint: read.url('OTEL_EXPORTER_OTLP_ENDPOINT', ['http', 'https']),
    slack: slack(read, profile, problem),
    routes: routes(file, problem),
    maintenance: maintenanceRules(file, problem),
    limits: limitsFrom(file, problem),
    redisUrl: redis(read, profile, problem),
    sealKey: read.matching('DOCTOR_SEAL_KEY', /^[0-9a-f]{64}$/, '64 hex digits, as `openssl rand -hex 32` makes them'),
    kube: kube(read, profile),
    github: githubFrom(read, problem),
    pagerduty: dropUndefined({
      token: read.text('PAGERDUTY_TOKEN'),
      webhookSecret: read.text('PAGERDUTY_WEBHOOK_SECRET'),
      from: read.matching('PAGERDUTY_FROM', /^[^@\s]+@[^@\s]+$/, 'the e-mail address of a PagerDuty user'),
      apiUrl: read.url('PAGERDUTY_API_URL', ['https', 'http']) ?? 'https://api.pagerduty.com',
    }),
    alertmanagerToken: read.text('ALERTMANAGER_WEBHOOK_TOKEN'),
    argocdToken: read.text('ARGOCD_WEBHOOK_TOKEN'),
    grafanaToken: read.text('GRAFANA_WEBHOOK_TOKEN'),
    auditToken: read.text('KUBERNETES_AUDIT_WEBHOOK_TOKEN'),
    prometheus: prometheus(read),
    model: modelFrom(read, problem, profile),
    places: placesFrom(read, problem, profile),
    approvers: read.list(
      'DOCTOR_APPROVERS',
      /^[UWS][A-Z0-9]{2,20}$/,
      'a Slack user or user-group id (U…, W… or S…); names are not accepted',
    ),
    people: people(file, problem),
    planTtlSeconds: read.duration('DOCTOR_PLAN_TTL', 60, 1800) ?? 1800,
    reviewReminderSeconds: read.duration('DOCTOR_REVIEW_REMINDER', 60, 7 * 86_400) ?? 4 * 3_600,
    afterDeploySeconds: read.duration('DOCTOR_AFTER_DEPLOY', 0, 3600) ?? 300,
    autoRestart: autoRestart(read),
    debugImages: read.list(
      'DOCTOR_DEBUG_IMAGES',
      /^[a-z0-9][a-z0-9._/:-]{0,200}@sha256:[0-9a-f]{64}$/,
      'an image by its digest (name@sha256:…)',
    ),
    debounceSeconds: read.duration('DOCTOR_DEBOUNCE', 0, 3600),
    report: report(read, problem),
    policyDir: read.text('DOCTOR_POLICY'),
    opaUrl: opa(read, profile, problem),
    helm: program(read, problem),
  })
}

/** A program is named by its whole path: what a PATH finds may be anybody's. */
const program = (read: Readers, problem: Problem): string | undefined => {
  const path = read.text('DOCTOR_HELM')
  if (path !== undefined && !path.startsWith('/')) problem('DOCTOR_HELM', 'must be the whole path of a program')
  return path
}

/** Who can answer in OPA's place can only take away what Cedar allows, but in production nobody else should. */
const opa = (read: Readers, profile: Config['profile'], problem: Problem): string | undefined => {
  const url = read.url('OPA_URL', ['http', 'https'])
  const plain = url?.startsWith('http://') && !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname)
  if (profile === 'production' && plain)
    problem('OPA_URL', 'must be https, or on this machine, in the production profile')
  return url
}

const autoRestart = (read: Readers): Config['autoRestart'] => {
  const form = /^([1-9]\d?)\/([1-9]\d{0,2}[mh])$/
  const text = read.matching('DOCTOR_AUTO_RESTART', form, 'RESTARTS/WINDOW, such as 5/1h')
  const [, restarts, window = ''] = form.exec(text ?? '') ?? []
  return restarts === undefined ? undefined : { restarts: Number(restarts), seconds: secondsOf(window) }
}

const apiServer = (read: Readers): string => {
  const host = read.text('KUBERNETES_SERVICE_HOST') ?? ''
  return `https://${host.includes(':') ? `[${host}]` : host}:${read.text('KUBERNETES_SERVICE_PORT') ?? '443'}`
}

const writerAccount = (read: Readers): Config['kube']['writerAccount'] => {
  const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
  const form = new RegExp(`^${label}/${label}(?:\\.${label})*$`)
  const text = read.matching('DOCTOR_WRITER_ACCOUNT', form, 'NAMESPACE/NAME of a ServiceAccount')
  const [namespace, name] = text?.split('/') ?? []
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

const kube = (read: Readers, profile: Config['profile']): Config['kube'] =>
  dropUndefined({
    kubeconfig: read.text('KUBECONFIG'),
    contexts: read.list('DOCTOR_CONTEXTS', /^\S{1,253}$/, 'a context name'),
    writerKubeconfig: read.text('DOCTOR_WRITER_KUBECONFIG'),
    writerAccount: writerAccount(read),
    writerUser: read.matching('DOCTOR_WRITER_USER', /^\S{1,250}$/, 'a user name as an audit log has it'),
    inCluster: read.text('KUBERNETES_SERVICE_HOST') === undefined ? undefined : apiServer(read),
    watch: read.oneOf('DOCTOR_WATCH', ['on', 'off'], 'off') === 'on',
    watchIncidents: read.oneOf('DOCTOR_WATCH_INCIDENTS', ['on', 'off'], 'off') === 'on',
    allowExec:
      read.oneOf('DOCTOR_KUBECONFIG_EXEC', ['allow', 'refuse'], profile === 'production' ? 'refuse' : 'allow') ===
      'allow',
  })

/** Where the record, the keys and the private Redis lie: DOCTOR_DATA_DIR, else the platform's place for data. */
export const dataDir = (env: Env = process.env): string => env['DOCTOR_DATA_DIR'] || defaultDataDir()

/** The part that reads of a cluster need, for the command line: what is wrong with the rest does not matter there. */
export const kubeSettings = (env: Env = process.env): Config['kube'] => {
  const raw = (name: string): string | undefined => env[name] || undefined
  return kube(
    readers(raw, () => undefined),
    'development',
  )
}

/** Where metrics come from, for the command line; nothing where PROMETHEUS_URL is unset or no URL. */
export const prometheusSettings = (env: Env = process.env): Config['prometheus'] =>
  prometheus(
    readers(
      (name) => env[name] || undefined,
      () => undefined,
    ),
  )

/** The model, for the command line; nothing where no key is set. What is wrong with it is said by `config check`. */
export const modelSettings = (env: Env = process.env): Config['model'] =>
  modelFrom(
    readers(
      (name) => env[name] || undefined,
      () => undefined,
    ),
    () => undefined,
    'development',
  )

const prometheus = (read: Readers): Config['prometheus'] => {
  const url = read.url('PROMETHEUS_URL', ['http', 'https'])
  const token = read.text('PROMETHEUS_TOKEN')
  return url === undefined ? undefined : dropUndefined({ url, token })
}

const slack = (read: Readers, profile: Config['profile'], problem: Problem): SlackConfig | undefined => {
  const botToken = read.matching('SLACK_BOT_TOKEN', /^xoxb-\S+$/, 'a bot token (xoxb-…)')
  const appToken = read.matching('SLACK_APP_TOKEN', /^xapp-\S+$/, 'an app-level token (xapp-…)')
  const signingSecret = read.matching(
    'SLACK_SIGNING_SECRET',
    /^\S{8,}$/,
    'the signing secret from the app’s Basic Information page',
  )
  const apiUrl = read.url('SLACK_API_URL', ['https', 'http'])
  const channel = read.matching(
    'SLACK_CHANNEL',
    /^[CGD][A-Z0-9]{2,20}$/,
    'a channel id (C…), found at the end of the channel’s details',
  )
  if (apiUrl?.startsWith('http://') && profile === 'production')
    problem('SLACK_API_URL', 'must be https in the production profile')
  if (botToken === undefined) {
    if (appToken !== undefined || signingSecret !== undefined) problem('SLACK_BOT_TOKEN', 'is missing; Slack needs it')
    return undefined
  }
  if (appToken === undefined && signingSecret === undefined) {
    problem('SLACK_SIGNING_SECRET', 'is missing; set it for HTTP mode, or SLACK_APP_TOKEN for Socket Mode')
    return undefined
  }
  return dropUndefined({
    mode: appToken === undefined ? 'http' : 'socket',
    botToken,
    signingSecret,
    appToken,
    apiUrl: apiUrl === undefined ? undefined : `${apiUrl}/`,
    channel,
  } as const)
}

const routes = (file: YamlFile, problem: Problem): readonly Route[] => {
  const value = file.values['routes']
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    problem(`${file.path}: routes`, 'must be a list of { cluster?, namespace?, team?, severity?, channel }')
    return []
  }
  return value.flatMap((item: unknown, index) => {
    const route = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {}
    const place = `${file.path}: routes[${index}]`
    const bad = Object.entries(route).filter(
      ([key, text]) =>
        !['cluster', 'namespace', 'team', 'severity', 'channel'].includes(key) || typeof text !== 'string',
    )
    for (const [key] of bad) problem(`${place}.${key}`, 'is not a field of a route, or not text')
    const { channel, severity } = route as { readonly channel?: unknown; readonly severity?: unknown }
    if (severity !== undefined && !['critical', 'warning', 'info'].includes(String(severity)))
      problem(`${place}.severity`, 'must be critical, warning or info')
    if (typeof channel !== 'string' || !/^[CGD][A-Z0-9]{2,20}$/.test(channel)) {
      problem(`${place}.channel`, 'must be a channel id (C…)')
      return []
    }
    return [
      dropUndefined({
        cluster: route['cluster'] as string | undefined,
        namespace: route['namespace'] as string | undefined,
        team: route['team'] as string | undefined,
        severity: severity as Route['severity'],
        channel,
      }),
    ]
  })
}

const redis = (read: Readers, profile: Config['profile'], problem: Problem): string | undefined => {
  const value = read.text('REDIS_URL')
  if (value === undefined) return undefined
  const parsed = URL.canParse(value) ? new URL(value) : undefined
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol)) {
    problem('REDIS_URL', 'must be redis://[user:password@]host[:port][/db]; a % in the password is written %25')
    return undefined
  }
  if (!/^\/?(\d{1,2})?$/.test(parsed.pathname)) problem('REDIS_URL', 'ends in something that is not a database number')
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname)
  if (profile === 'production' && parsed.protocol === 'redis:' && parsed.password === '' && !local)
    problem('REDIS_URL', 'has neither TLS nor a password; the production profile wants at least one')
  return value
}

const report = (read: Readers, problem: Problem): Config['report'] => {
  const at = read.matching('DOCTOR_REPORT_AT', /^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as 09:00') ?? '09:00'
  const timezone = read.text('DOCTOR_TIMEZONE') ?? Intl.DateTimeFormat().resolvedOptions().timeZone
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch {
    problem('DOCTOR_TIMEZONE', 'must be a time zone name such as Europe/Berlin')
  }
  return { hour: Number(at.slice(0, 2)), minute: Number(at.slice(3)), timezone }
}

const defaultDataDir = (): string =>
  process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Application Support', 'cluster-doctor')
    : join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'cluster-doctor')

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const item of Object.values(value)) deepFreeze(item)
  }
  return value
}
