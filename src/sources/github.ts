import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { sha256 } from '../domain/canonical.ts'
import { parseNotice } from './argocd.ts'
import { cleanText, cleanTime, cleanUrl, firstProblem, limits } from './reading/bounds.ts'
import { equalText, hmac } from './reading/signature.ts'
import type { Headers, Parsed, Source } from './source.ts'

const repository = z.object({
  full_name: z.string().regex(/^[A-Za-z0-9][\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/),
  default_branch: z.string().max(255).optional(),
})
const run = z.object({
  action: z.string().max(50),
  repository,
  workflow_run: z.object({
    id: z.number().int().nonnegative(),
    workflow_id: z.number().int().nonnegative(),
    name: z.string().nullish(),
    conclusion: z.string().max(50).nullish(),
    head_branch: z.string().max(255).nullish(),
    head_sha: z.string().max(64).nullish(),
    html_url: z.string().nullish(),
    run_started_at: z.string().nullish(),
    run_attempt: z.number().int().nullish(),
  }),
})

const branch = z.string().max(255)
const pull = z.object({ head: z.object({ ref: branch }) })
const checked = z.object({ head_branch: branch.nullish() })
/** Where each event names the branch that it is about. */
const ofPullRequests = {
  pull_request: z
    .object({ repository, pull_request: pull })
    .transform((data) => ({ repository: data.repository, branch: data.pull_request.head.ref })),
  pull_request_review: z
    .object({ repository, pull_request: pull })
    .transform((data) => ({ repository: data.repository, branch: data.pull_request.head.ref })),
  check_suite: z
    .object({ repository, check_suite: checked })
    .transform((data) => ({ repository: data.repository, branch: data.check_suite.head_branch ?? '' })),
  check_run: z
    .object({ repository, check_run: z.object({ check_suite: checked.nullish() }) })
    .transform((data) => ({ repository: data.repository, branch: data.check_run.check_suite?.head_branch ?? '' })),
} as const

/** News of a pull request of ours: only that it is time to look. What the event says of it is not believed. */
const newsOf = (
  schema: (typeof ofPullRequests)[keyof typeof ofPullRequests],
  payload: unknown,
  deliveryId: string,
): Parsed => {
  const parsed = schema.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { repository: repo, branch: name } = parsed.data
  if (!/^doctor\/[a-z0-9]{6,40}$/.test(name)) return { kind: 'ignored', reason: 'not a branch of the doctor' }
  return { kind: 'pull-request', news: { repository: repo.full_name, branch: name }, deliveryId }
}

const dispatch = z.object({ action: z.string().max(100), repository, client_payload: z.unknown() })

/** `repository_dispatch` as many teams' Argo CD sends it: the notice stands in `client_payload`. */
const dispatched = (payload: unknown, deliveryId: string, receivedAt: string): Parsed => {
  const parsed = dispatch.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  if (!/^argocd-(?:sync|health|deployment)-/.test(parsed.data.action))
    return { kind: 'ignored', reason: 'another dispatch' }
  const notice = parseNotice(parsed.data.client_payload, receivedAt)
  if (notice.kind === 'invalid') return { ...notice, field: `client_payload.${notice.field}` }
  return notice.kind === 'alerts'
    ? { ...notice, alerts: notice.alerts.map((alert) => ({ ...alert, deliveryId })) }
    : notice
}

const issues = z.object({
  action: z.string().max(50),
  repository,
  label: z.object({ name: z.string().max(200) }).nullish(),
  issue: z.object({
    number: z.number().int().positive(),
    title: z.string().nullish(),
    html_url: z.string().nullish(),
    pull_request: z.unknown().optional(),
  }),
})

/** The label by which people ask for a diagnosis. */
const ourLabel = 'cluster-doctor'

const labelled = (payload: unknown, deliveryId: string, receivedAt: string): Parsed => {
  const parsed = issues.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { action, label, issue, repository: repo } = parsed.data
  if (action !== 'labeled' || label?.name !== ourLabel || issue.pull_request !== undefined)
    return { kind: 'ignored', reason: `only the label ${ourLabel} on an issue asks for something` }
  const fingerprint = sha256(`github-issue\0${repo.full_name.toLowerCase()}\0${issue.number}`)
  const url = cleanUrl(issue.html_url ?? undefined)
  const alert: Alert = {
    source: 'github',
    deliveryId,
    fingerprint,
    status: 'firing',
    title: cleanText(issue.title ?? `Issue ${issue.number}`, limits.title),
    severity: 'warning',
    labels: { repository: repo.full_name, issue: String(issue.number) },
    annotations: {},
    startsAt: receivedAt,
    link: { id: String(issue.number), number: issue.number, ...(url === undefined ? {} : { url }) },
  }
  return {
    kind: 'issue',
    issue: { repository: repo.full_name, number: issue.number, fingerprint },
    alerts: [alert],
    deliveryId,
  }
}

const failed = ['failure', 'timed_out', 'startup_failure']

const parse = (payload: unknown, headers: Headers, receivedAt: string): Parsed => {
  const event = headers['x-github-event'] ?? ''
  const deliveryId = headers['x-github-delivery'] ?? ''
  if (!/^[\w-]{8,100}$/.test(deliveryId)) return { kind: 'invalid', field: 'X-GitHub-Delivery', problem: 'is missing' }
  if (event in ofPullRequests) return newsOf(ofPullRequests[event as keyof typeof ofPullRequests], payload, deliveryId)
  if (event === 'repository_dispatch') return dispatched(payload, deliveryId, receivedAt)
  if (event === 'issues') return labelled(payload, deliveryId, receivedAt)
  if (event !== 'workflow_run') return { kind: 'ignored', reason: `event ${cleanText(event, 50)} changes nothing` }
  const parsed = run.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { data } = parsed
  const { conclusion, head_branch: branch } = data.workflow_run
  if (data.action !== 'completed') return { kind: 'ignored', reason: 'the run is not over' }
  if (branch !== (data.repository.default_branch ?? 'main'))
    return { kind: 'ignored', reason: 'not on the default branch' }
  const status = failed.includes(conclusion ?? '') ? 'firing' : conclusion === 'success' ? 'resolved' : undefined
  if (status === undefined) return { kind: 'ignored', reason: 'neither failed nor succeeded' }
  return { kind: 'alerts', alerts: [alertOf(data, deliveryId, status, receivedAt)] }
}

const alertOf = (data: z.infer<typeof run>, deliveryId: string, status: Alert['status'], receivedAt: string): Alert => {
  const { workflow_run: item, repository: repo } = data
  const name = cleanText(item.name ?? 'workflow', 100)
  const url = cleanUrl(item.html_url ?? undefined)
  return {
    source: 'github',
    deliveryId,
    fingerprint: sha256(`github\0${repo.full_name}\0${item.workflow_id}`),
    status,
    title: cleanText(
      `Workflow ${name} of ${repo.full_name} ${status === 'firing' ? 'failed' : 'succeeded'}`,
      limits.title,
    ),
    severity: 'warning',
    labels: {
      repository: repo.full_name,
      workflow: name,
      run: String(item.id),
      ...(item.head_sha ? { sha: cleanText(item.head_sha, 64) } : {}),
      ...(item.head_branch ? { branch: cleanText(item.head_branch, 250) } : {}),
    },
    annotations: {},
    startsAt: cleanTime(item.run_started_at ?? undefined, receivedAt),
    link: { id: String(item.id), ...(url === undefined ? {} : { url }) },
  }
}

/** GitHub webhooks: `X-Hub-Signature-256` only; one incident for one workflow that fails on the default branch. */
export const source: Source = {
  id: 'github',
  deliveryIds: 'given',
  rememberSeconds: 3 * 86_400,
  verify: (headers, body, secret) =>
    secret !== '' && equalText(headers['x-hub-signature-256'] ?? '', `sha256=${hmac(secret, body)}`),
  parse,
}
