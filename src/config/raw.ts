import { parseDocument } from 'yaml'

const secrets = new Set([
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_APP_TOKEN',
  'REDIS_URL',
  'DOCTOR_SEAL_KEY',
  'GITHUB_TOKEN',
  'GITHUB_READ_TOKEN',
  'GITHUB_PRIVATE_KEY',
  'GITHUB_WEBHOOK_SECRET',
  'PAGERDUTY_TOKEN',
  'PAGERDUTY_WEBHOOK_SECRET',
  'ALERTMANAGER_WEBHOOK_TOKEN',
  'ARGOCD_WEBHOOK_TOKEN',
  'GRAFANA_WEBHOOK_TOKEN',
  'KUBERNETES_AUDIT_WEBHOOK_TOKEN',
  'PROMETHEUS_TOKEN',
  'DOCTOR_WEBHOOK_SECRET',
  'JIRA_TOKEN',
  'EVIDENCE_S3_ACCESS_KEY',
  'EVIDENCE_S3_SECRET_KEY',
  'SMTP_URL',
  'ANTHROPIC_API_KEY',
  'AZURE_OPENAI_API_KEY',
])
const plain = new Set([
  'SLACK_API_URL',
  'SLACK_CHANNEL',
  'HOST',
  'PORT',
  'KUBECONFIG',
  'KUBERNETES_SERVICE_HOST',
  'KUBERNETES_SERVICE_PORT',
  'DOCTOR_CONTEXTS',
  'DOCTOR_WRITER_KUBECONFIG',
  'DOCTOR_WRITER_ACCOUNT',
  'DOCTOR_WRITER_USER',
  'DOCTOR_KUBECONFIG_EXEC',
  'DOCTOR_WATCH',
  'DOCTOR_WATCH_INCIDENTS',
  'GITHUB_APP_ID',
  'GITHUB_API_URL',
  'GITHUB_ISSUES',
  'GITHUB_REPOSITORIES',
  'GITHUB_POLL',
  'GITHUB_BRANCHES',
  'GITHUB_RECORD',
  'PAGERDUTY_FROM',
  'PAGERDUTY_API_URL',
  'PROMETHEUS_URL',
  'DOCTOR_WEBHOOK_URL',
  'JIRA_URL',
  'JIRA_EMAIL',
  'JIRA_PROJECT',
  'JIRA_ISSUE_TYPE',
  'JIRA_DONE',
  'EVIDENCE_S3_URL',
  'EVIDENCE_S3_REGION',
  'DOCTOR_MAIL_FROM',
  'DOCTOR_MAIL_TO',
  'ANTHROPIC_BASE_URL',
  'DOCTOR_MODEL',
  'DOCTOR_MODEL_DAILY_TOKENS',
  'DOCTOR_MODEL_DAILY_USD',
  'DOCTOR_MODEL_PRICE',
  'AZURE_OPENAI_ENDPOINT',
  'AZURE_OPENAI_DEPLOYMENT',
  'DOCTOR_APPROVERS',
  'DOCTOR_DEBUG_IMAGES',
  'DOCTOR_PROFILE',
  'DOCTOR_PLAN_TTL',
  'DOCTOR_REVIEW_REMINDER',
  'DOCTOR_AFTER_DEPLOY',
  'DOCTOR_AUTO_RESTART',
  'DOCTOR_DEBOUNCE',
  'DOCTOR_REPORT_AT',
  'DOCTOR_TIMEZONE',
  'DOCTOR_POLICY',
  'OPA_URL',
  'DOCTOR_HELM',
  'DOCTOR_DATA_DIR',
  'DOCTOR_SPOOL_MB',
  'LOG_LEVEL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
])

/** What doctor.yaml has besides single settings. */
const lists = new Set(['routes', 'maintenance', 'people', 'limits'])

/** The names of all settings, for `--help` and the documentation test. */
export const settingNames: readonly string[] = [...secrets, ...plain].sort()

/** Says that something is wrong, and where. Never give it the value of a secret. */
export type Problem = (place: string, message: string) => void

/** The environment as the process has it. */
export type Env = Readonly<Record<string, string | undefined>>

/** Reads a file as UTF-8 text; throws where it cannot. */
export type Files = (path: string) => string

/** A parsed doctor.yaml; `path` is '' where there is none. */
export type YamlFile = { readonly path: string; readonly values: Readonly<Record<string, unknown>> }

/** Reads doctor.yaml: unknown keys, duplicate keys and syntax errors are problems with their line. */
export const readYaml = (path: string | undefined, readFile: Files, problem: Problem): YamlFile => {
  if (path === undefined || path === '') return { path: '', values: {} }
  try {
    const document = parseDocument(readFile(path), { uniqueKeys: true, version: '1.2', schema: 'core' })
    for (const error of document.errors)
      problem(`${path}:${error.linePos?.[0].line ?? 1}`, error.message.split('\n')[0] ?? 'not YAML')
    const values: unknown = document.errors.length > 0 ? {} : (document.toJS({ maxAliasCount: 20 }) ?? {})
    if (typeof values !== 'object' || values === null || Array.isArray(values)) {
      problem(path, 'must be a mapping of setting names to values')
      return { path, values: {} }
    }
    for (const key of Object.keys(values))
      if (!secrets.has(key) && !plain.has(key) && !lists.has(key))
        problem(`${path}: ${key}`, `is not a setting${nearest(key)}`)
    return { path, values: values as Record<string, unknown> }
  } catch (cause) {
    problem(path, `cannot be read: ${cause instanceof Error ? cause.message : 'unknown error'}`)
    return { path, values: {} }
  }
}

const nearest = (key: string): string => {
  const wanted = key.toUpperCase().replaceAll('-', '_')
  const close = settingNames.find((name) => name === wanted || name.startsWith(wanted) || wanted.startsWith(name))
  return close === undefined ? '' : `; did you mean ${close}?`
}

/** The text of one setting: the environment, else the file that NAME_FILE names, else doctor.yaml. */
export const rawSetting = (
  name: string,
  env: Env,
  file: YamlFile,
  readFile: Files,
  problem: Problem,
): string | undefined => {
  const direct = env[name]
  const fileName = secrets.has(name) ? env[`${name}_FILE`] : undefined
  if (direct !== undefined && direct !== '' && fileName !== undefined)
    problem(name, `is set twice: ${name} and ${name}_FILE; keep one`)
  // An empty secret is a mistake that would weaken a check; an empty plain setting is how compose files say unset.
  if (direct !== undefined && (direct !== '' || (secrets.has(name) && fileName === undefined)))
    return checkText(name, direct, problem)
  if (fileName !== undefined && fileName !== '') {
    try {
      return checkText(name, readFile(fileName).replace(/\r?\n$/, ''), problem)
    } catch {
      problem(`${name}_FILE`, 'names a file that cannot be read')
      return undefined
    }
  }
  const value = file.values[name]
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return value.map(String).join(',')
  if (typeof value === 'object') {
    problem(`${file.path}: ${name}`, 'must be a single value')
    return undefined
  }
  return checkText(name, String(value), problem)
}

const checkText = (name: string, value: string, problem: Problem): string | undefined => {
  if (value.trim() === '') problem(name, 'is set but empty')
  else if (/^(["']).*\1$/s.test(value)) problem(name, 'is wrapped in quotes; remove them')
  else if (value !== value.trim()) problem(name, 'begins or ends with white space')
  else return value
  return undefined
}
