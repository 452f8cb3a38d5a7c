import type { Problem } from './raw.ts'
import { dropUndefined, type Readers } from './readers.ts'

/** Other places that are told, each where it is set up. */
export type PlacesConfig = {
  /** A webhook of somebody's own, with what each delivery is signed with. */
  readonly webhook?: { readonly url: string; readonly secret: string }
  readonly jira?: {
    readonly url: string
    readonly email?: string
    readonly token: string
    readonly project: string
    readonly issueType: string
    /** The name of the status or transition that an ended incident's issue goes to. */
    readonly done: string
  }
  /** Where evidence of ended incidents is kept: endpoint with bucket (path style), and a folder in it. */
  readonly evidence?: {
    readonly url: string
    readonly region: string
    readonly accessKey: string
    readonly secretKey: string
  }
  /** Where reports are mailed to. */
  readonly mail?: { readonly url: string; readonly from: string; readonly to: readonly string[] }
}

/** Reads where else to tell; a place that is half set up is a problem that names the missing half. */
export const placesFrom = (read: Readers, problem: Problem, profile: 'development' | 'production'): PlacesConfig => {
  // What is told would go over the line for all to see.
  const schemes = profile === 'production' ? ['https'] : ['https', 'http']
  return dropUndefined({
    webhook: whole(problem, {
      DOCTOR_WEBHOOK_URL: ['url', read.url('DOCTOR_WEBHOOK_URL', schemes)],
      DOCTOR_WEBHOOK_SECRET: ['secret', read.matching('DOCTOR_WEBHOOK_SECRET', /^\S{16,}$/, 'at least 16 characters')],
    }),
    jira: jira(read, problem, schemes),
    evidence: evidence(read, problem, schemes),
    mail: mail(read, problem, profile),
  })
}

/** All of it, nothing, or a problem for each half that is missing. */
const whole = <K extends string, V>(
  problem: Problem,
  parts: Readonly<Record<string, readonly [K, V | undefined]>>,
): { readonly [P in K]: V } | undefined => {
  const entries = Object.entries(parts)
  const missing = entries.filter(([, [, value]]) => value === undefined).map(([name]) => name)
  if (missing.length === entries.length) return undefined
  const there = entries.map(([name]) => name).filter((name) => !missing.includes(name))
  for (const name of missing) problem(name, `is missing; it goes together with ${there.join(' and ')}`)
  if (missing.length > 0) return undefined
  return Object.fromEntries(entries.map(([, pair]) => pair)) as { readonly [P in K]: V }
}

const jira = (read: Readers, problem: Problem, schemes: readonly string[]): PlacesConfig['jira'] => {
  const email = read.matching('JIRA_EMAIL', /^[^@\s]+@[^@\s]+$/, 'the e-mail address of an Atlassian account')
  const issueType = read.text('JIRA_ISSUE_TYPE') ?? 'Task'
  const done = read.text('JIRA_DONE') ?? 'Done'
  const found = whole(problem, {
    JIRA_URL: ['url', read.url('JIRA_URL', schemes)],
    JIRA_TOKEN: ['token', read.text('JIRA_TOKEN')],
    JIRA_PROJECT: ['project', read.matching('JIRA_PROJECT', /^[A-Z][A-Z0-9_]{1,30}$/, 'the key of a project')],
  })
  if (found !== undefined) return dropUndefined({ ...found, email, issueType, done })
  if (email !== undefined && read.text('JIRA_TOKEN') === undefined)
    problem('JIRA_EMAIL', 'says nothing without JIRA_URL, JIRA_TOKEN and JIRA_PROJECT')
  return undefined
}

const evidence = (read: Readers, problem: Problem, schemes: readonly string[]): PlacesConfig['evidence'] => {
  const url = read.url('EVIDENCE_S3_URL', schemes)
  if (url !== undefined && !/^\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w.-]+)*$/.test(new URL(url).pathname))
    problem('EVIDENCE_S3_URL', 'must be https://ENDPOINT/BUCKET, with a folder behind it where you want one')
  const region =
    read.matching('EVIDENCE_S3_REGION', /^[a-z0-9-]{2,40}$/, 'a region such as eu-central-1') ?? 'us-east-1'
  const found = whole(problem, {
    EVIDENCE_S3_URL: ['url', url],
    EVIDENCE_S3_ACCESS_KEY: ['accessKey', read.text('EVIDENCE_S3_ACCESS_KEY')],
    EVIDENCE_S3_SECRET_KEY: ['secretKey', read.text('EVIDENCE_S3_SECRET_KEY')],
  })
  return found === undefined ? undefined : { ...found, region }
}

const mail = (read: Readers, problem: Problem, profile: string): PlacesConfig['mail'] => {
  const url = read.text('SMTP_URL')
  const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : undefined
  if (url !== undefined && (parsed === undefined || !['smtp:', 'smtps:'].includes(parsed.protocol) || !parsed.hostname))
    problem('SMTP_URL', 'must be smtps://[user:password@]host[:port], or smtp:// for STARTTLS')
  const to = read.list('DOCTOR_MAIL_TO', /^[^@\s<>]{1,64}@[^@\s<>]{1,255}$/, 'an e-mail address')
  const from = read.matching('DOCTOR_MAIL_FROM', /^[^@\s<>]{1,64}@[^@\s<>]{1,255}$/, 'an e-mail address')
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(parsed?.hostname ?? '')
  if (profile === 'production' && parsed?.password && parsed.protocol === 'smtp:' && local)
    problem('SMTP_URL', 'sends a password to this machine without TLS')
  const found = whole<'url' | 'from' | 'to', unknown>(problem, {
    SMTP_URL: ['url', url],
    DOCTOR_MAIL_FROM: ['from', from],
    DOCTOR_MAIL_TO: ['to', to.length === 0 ? undefined : to],
  })
  return found as PlacesConfig['mail']
}
