import { z } from 'zod'
import { parseNotice } from './argocd.ts'
import { deploymentStatus } from './github/deployment-status.ts'
import { commented, labelled } from './github/issues.ts'
import { isPullRequestEvent, pullRequestNews } from './github/pull-request.ts'
import { repository } from './github/repository.ts'
import { workflowRun } from './github/workflow-run.ts'
import { cleanText, firstProblem } from './reading/bounds.ts'
import { equalText, hmac } from './reading/signature.ts'
import type { Headers, Parsed, Source } from './source.ts'

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

const parse = (payload: unknown, headers: Headers, receivedAt: string): Parsed => {
  const event = headers['x-github-event'] ?? ''
  const deliveryId = headers['x-github-delivery'] ?? ''
  if (!/^[\w-]{8,100}$/.test(deliveryId)) return { kind: 'invalid', field: 'X-GitHub-Delivery', problem: 'is missing' }
  if (isPullRequestEvent(event)) return pullRequestNews(event, payload, deliveryId)
  switch (event) {
    case 'repository_dispatch':
      return dispatched(payload, deliveryId, receivedAt)
    case 'issues':
      return labelled(payload, deliveryId, receivedAt)
    case 'issue_comment':
      return commented(payload, deliveryId, receivedAt)
    case 'deployment_status':
      return deploymentStatus(payload, deliveryId, receivedAt)
    case 'workflow_run':
      return workflowRun(payload, deliveryId, receivedAt)
    default:
      return { kind: 'ignored', reason: `event ${cleanText(event, 50)} changes nothing` }
  }
}

/** GitHub webhooks: `X-Hub-Signature-256` only. What a text of GitHub says is data; what counts is that it happened. */
export const source: Source = {
  id: 'github',
  deliveryIds: 'given',
  rememberSeconds: 3 * 86_400,
  verify: (headers, body, secret) =>
    secret !== '' && equalText(headers['x-hub-signature-256'] ?? '', `sha256=${hmac(secret, body)}`),
  parse,
}
