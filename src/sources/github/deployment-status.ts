import { z } from 'zod'
import type { Alert } from '../../domain/alert.ts'
import { sha256 } from '../../domain/canonical.ts'
import type { DeploymentNews } from '../../domain/deployment-news.ts'
import { cleanText, cleanTime, cleanUrl, firstProblem, limits } from '../reading/bounds.ts'
import type { Parsed } from '../source.ts'
import { repository } from './repository.ts'

const states = ['pending', 'queued', 'waiting', 'in_progress', 'success', 'failure', 'error', 'inactive'] as const
const id = z.number().int().nonnegative()
const event = z.object({
  // Older GitHub Enterprise sends none.
  action: z.string().max(50).default('created'),
  repository,
  deployment_status: z.object({
    id,
    state: z.enum(states),
    environment: z.string().min(1).max(255).nullish(),
    target_url: z.string().nullish(),
    log_url: z.string().nullish(),
    created_at: z.string().nullish(),
  }),
  deployment: z.object({
    id,
    sha: z.string().regex(/^[0-9a-f]{40,64}$/),
    ref: z.string().max(255),
    environment: z.string().min(1).max(255),
  }),
  // Where it is a run of GitHub Actions that deploys.
  workflow_run: z.object({ id, html_url: z.string().nullish() }).nullish(),
})

/**
 * `deployment_status`: how a deployment stands. One that failed fires, the next success in the same environment ends it; on
 * success there is also something to watch for a while.
 */
export const deploymentStatus = (payload: unknown, deliveryId: string, receivedAt: string): Parsed => {
  const parsed = event.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { action, deployment, deployment_status: item, repository: repo } = parsed.data
  if (action !== 'created') return { kind: 'ignored', reason: 'nothing new about a deployment' }
  const run = parsed.data.workflow_run ?? undefined
  const url = [run?.html_url, item.log_url, item.target_url].flatMap((one) => cleanUrl(one ?? undefined) ?? [])[0]
  const news: DeploymentNews = {
    repository: repo.full_name,
    deployment: deployment.id,
    statusId: item.id,
    state: item.state,
    environment: cleanText(item.environment ?? deployment.environment, 100),
    sha: deployment.sha,
    ref: cleanText(deployment.ref, 250),
    at: cleanTime(item.created_at ?? undefined, receivedAt),
    ...(run === undefined ? {} : { run: run.id }),
    ...(url === undefined ? {} : { url }),
  }
  return { kind: 'deployment', news, alerts: alertsOf(news, deliveryId), deliveryId }
}

const alertsOf = (news: DeploymentNews, deliveryId: string): readonly Alert[] => {
  const { repository: repo, environment, state, sha, ref } = news
  const status = state === 'failure' || state === 'error' ? 'firing' : state === 'success' ? 'resolved' : undefined
  if (status === undefined) return []
  return [
    {
      source: 'github',
      deliveryId,
      happening: `deployment-status-${news.statusId}`,
      fingerprint: sha256(`github-deployment\0${repo}\0${environment}`),
      status,
      title: cleanText(
        `Deployment of ${repo} to ${environment} ${status === 'firing' ? 'failed' : 'succeeded'}`,
        limits.title,
      ),
      severity: 'warning',
      labels: { repository: repo, environment, sha, ref },
      annotations: {},
      startsAt: news.at,
      link: {
        ...(news.run === undefined ? { id: String(news.deployment) } : { id: String(news.run), run: repo }),
        ...(news.url === undefined ? {} : { url: news.url }),
      },
    },
  ]
}
