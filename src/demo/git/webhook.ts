import { createHmac, randomUUID } from 'node:crypto'
import { type ActedRun, runJson } from './actions/model.ts'
import type { PullRequest } from './pull-requests.ts'

/** Where GitHub sends its webhooks, and the secret that it signs them with. */
export type WebhookReceiver = { readonly url: string; readonly secret: string }

/**
 * Sends a `pull_request` event, as GitHub does, for each pull request that is new or stands differently than before. A
 * receiver that is away misses it, as with GitHub: it has to look for itself.
 */
export const sendPullRequestEvents = async (
  receiver: WebhookReceiver,
  repository: string,
  before: readonly PullRequest[],
  now: readonly PullRequest[],
): Promise<void> => {
  for (const pull of now) {
    const known = before.find(({ number }) => number === pull.number)
    if (known?.state !== pull.state) await send(receiver, 'pull_request', eventOf(repository, pull))
  }
}

/** Sends the `check_run` event of a check that ended. */
export const sendCheckEvent = (receiver: WebhookReceiver, repository: string, branch: string): Promise<void> =>
  send(receiver, 'check_run', {
    action: 'completed',
    repository: { full_name: repository, default_branch: 'main', private: true },
    check_run: { check_suite: { head_branch: branch } },
  })

/** Sends the `workflow_run` event of a run that ended. */
export const sendRunEvent = (
  receiver: WebhookReceiver,
  origin: string,
  repository: string,
  run: ActedRun,
): Promise<void> =>
  send(receiver, 'workflow_run', {
    action: 'completed',
    repository: { full_name: repository, default_branch: 'main', private: true },
    workflow: run.workflow,
    workflow_run: runJson(origin, repository, run),
  })

const eventOf = (repository: string, pull: PullRequest): object => ({
  action: pull.state === 'open' ? 'opened' : 'closed',
  number: pull.number,
  repository: { full_name: repository, default_branch: 'main', private: true },
  pull_request: {
    number: pull.number,
    state: pull.state === 'open' ? 'open' : 'closed',
    merged: pull.state === 'merged',
    title: pull.title,
    html_url: pull.url,
    head: { ref: pull.branch },
    base: { ref: 'main' },
    user: { login: pull.author },
  },
})

const send = async ({ url, secret }: WebhookReceiver, name: string, event: object): Promise<void> => {
  const body = JSON.stringify(event)
  const sent = fetch(url, {
    method: 'POST',
    body,
    signal: AbortSignal.timeout(5_000),
    headers: {
      'content-type': 'application/json',
      'x-github-event': name,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  })
  await sent.catch(() => undefined)
}
