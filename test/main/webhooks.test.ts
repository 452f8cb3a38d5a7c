import { createHmac } from 'node:crypto'
import { beforeEach, expect, it } from 'vitest'
import type { Route } from '../../src/adapters/http/listener.ts'
import { loadConfig } from '../../src/config.ts'
import { webhookRoutes } from '../../src/main/webhooks.ts'

const loaded = loadConfig({ GITHUB_WEBHOOK_SECRET: 'github-secret', ARGOCD_WEBHOOK_TOKEN: 'argo-token' })
if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems))

const told: unknown[] = []
const known = new Set<number>()
beforeEach(() => {
  told.length = 0
  known.clear()
})
const routes = new Map<string, Route>(
  webhookRoutes(
    loaded.config,
    {
      alerts: async (source, alerts) => {
        told.push(['alerts', source.id, alerts.length])
        return { kind: 'accepted', ids: ['i-1'] }
      },
      change: async (news) => {
        told.push(['change', news])
        return news.repository === 'acme/deploy'
      },
      failure: async (alerts, incident) => {
        told.push(['failure', alerts.map(({ source }) => source), incident])
      },
      label: async (issue, incident) => {
        told.push(['label', issue.number, incident])
        return known.has(issue.number) || incident !== undefined
      },
    },
    () => {},
  ),
)

const github = async (event: string, payload: object) => {
  const body = Buffer.from(JSON.stringify(payload))
  const answer = await routes.get('/webhooks/github')?.handle({
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': `sha256=${createHmac('sha256', 'github-secret').update(body).digest('hex')}`,
    },
    body,
    at: Date.now(),
  } as never)
  return [answer?.status, answer?.body]
}
const repository = { full_name: 'acme/deploy', default_branch: 'main' }

it('news of a pull request of ours is accepted; of others it is ignored', async () => {
  const pull = { action: 'closed', repository, pull_request: { head: { ref: 'doctor/0123456789ab' } } }
  expect(await github('pull_request', pull)).toMatchObject([202, { id: '72d3162e-cc78-11e3-81ab-4c9367dc0958' }])
  const other = { ...pull, repository: { full_name: 'acme/other' } }
  expect(await github('pull_request', other)).toMatchObject([202, { ignored: expect.any(String) }])
})

it('a dispatched failure opens an incident and tells of the failure', async () => {
  const client_payload = { app_name: 'shop', health_status: 'Degraded' }
  const dispatch = { action: 'argocd-sync-failed', repository, client_payload }
  expect(await github('repository_dispatch', dispatch)).toMatchObject([202, { id: 'i-1' }])
  expect(told).toEqual([
    ['alerts', 'github', 1],
    ['failure', ['argocd'], 'i-1'],
  ])
})

it('a label on a known issue asks for its diagnosis; on another it opens a case first', async () => {
  const labelled = (number: number) => ({
    action: 'labeled',
    repository,
    label: { name: 'cluster-doctor' },
    issue: { number, title: 'shop/web is down' },
  })
  known.add(7)
  expect(await github('issues', labelled(7))).toMatchObject([202, {}])
  expect(told).toEqual([['label', 7, undefined]])
  told.length = 0
  expect(await github('issues', labelled(8))).toMatchObject([202, { id: 'i-1' }])
  expect(told).toEqual([
    ['label', 8, undefined],
    ['alerts', 'github', 1],
    ['label', 8, 'i-1'],
  ])
})
