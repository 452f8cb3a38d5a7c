import { z } from 'zod'
import type { Alert } from '../../domain/alert.ts'
import { sha256 } from '../../domain/canonical.ts'
import { cleanText, cleanUrl, firstProblem, limits } from '../reading/bounds.ts'
import type { Parsed } from '../source.ts'
import { repository } from './repository.ts'

/** The label by which people ask for a diagnosis. */
export const askingLabel = 'cluster-doctor'

const label = z.object({ name: z.string().max(200) })
const issue = z.object({
  number: z.number().int().positive(),
  title: z.string().nullish(),
  html_url: z.string().nullish(),
  pull_request: z.unknown().optional(),
  labels: z.array(label).max(200).nullish(),
})
const issues = z.object({ action: z.string().max(50), repository, label: label.nullish(), issue })
const comments = z.object({
  action: z.string().max(50),
  repository,
  issue,
  comment: z.object({
    body: z.string().nullish(),
    author_association: z.string().max(50).nullish(),
    user: z.object({ type: z.string().max(50).nullish() }).nullish(),
  }),
})

/** `issues`: our label on an issue asks for a diagnosis. Its text is only read for where to look. */
export const labelled = (payload: unknown, deliveryId: string, receivedAt: string): Parsed => {
  const parsed = issues.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { action, label: put, issue: item, repository: repo } = parsed.data
  if (action !== 'labeled' || put?.name !== askingLabel || isPull(item))
    return { kind: 'ignored', reason: `only the label ${askingLabel} on an issue asks for something` }
  return asked(repo.full_name, item, deliveryId, receivedAt)
}

/** Who belongs to the repository, as GitHub says: on a public one everybody else may comment too. */
const insiders = new Set(['OWNER', 'MEMBER', 'COLLABORATOR'])

/**
 * `issue_comment`: a line that is exactly `/doctor diagnose`, by somebody of the repository on an issue with our label, asks to
 * look again. No other word of a comment is read.
 */
export const commented = (payload: unknown, deliveryId: string, receivedAt: string): Parsed => {
  const parsed = comments.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { action, comment, issue: item, repository: repo } = parsed.data
  const wanted = /^\/doctor diagnose[ \t]*\r?$/m.test((comment.body ?? '').slice(0, 20_000))
  if (action !== 'created' || !wanted || isPull(item)) return { kind: 'ignored', reason: 'a comment that asks nothing' }
  if (comment.user?.type === 'Bot' || !insiders.has(comment.author_association ?? ''))
    return { kind: 'ignored', reason: 'only people of the repository may ask' }
  if (!(item.labels ?? []).some(({ name }) => name === askingLabel))
    return { kind: 'ignored', reason: `the issue has not the label ${askingLabel}` }
  return asked(repo.full_name, item, deliveryId, receivedAt, true)
}

const isPull = (item: z.infer<typeof issue>): boolean => item.pull_request !== undefined && item.pull_request !== null

const asked = (
  repo: string,
  item: z.infer<typeof issue>,
  deliveryId: string,
  receivedAt: string,
  again = false,
): Parsed => {
  const fingerprint = sha256(`github-issue\0${repo.toLowerCase()}\0${item.number}`)
  const url = cleanUrl(item.html_url ?? undefined)
  const alert: Alert = {
    source: 'github',
    deliveryId,
    ...(again ? {} : { happening: `issue-${repo.toLowerCase()}-${item.number}` }),
    fingerprint,
    status: 'firing',
    title: cleanText(item.title ?? `Issue ${item.number}`, limits.title),
    severity: 'warning',
    labels: { repository: repo, issue: String(item.number) },
    annotations: {},
    startsAt: receivedAt,
    link: { id: String(item.number), number: item.number, ...(url === undefined ? {} : { url }) },
  }
  const labelledIssue = { repository: repo, number: item.number, fingerprint, ...(again ? { again } : {}) }
  return { kind: 'issue', issue: labelledIssue, alerts: [alert], deliveryId }
}
