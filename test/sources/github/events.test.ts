import { describe, expect, it } from 'vitest'
import { source } from '../../../src/sources/github.ts'
import * as sent from './payloads.ts'

const now = '2026-11-21T02:10:00.000Z'
const deliveryId = '72d3162e-cc78-11e3-81ab-4c9367dc0958'
const take = (event: string, payload: unknown) =>
  source.parse(payload, { 'x-github-event': event, 'x-github-delivery': deliveryId }, now)
const ignored = { kind: 'ignored' }
const invalid = (field: string) => ({ kind: 'invalid', field })

describe('workflow_run', () => {
  const run = sent.workflowRun
  const fires = { kind: 'alerts', alerts: [{ status: 'firing' }] }
  it.each<[string, unknown, object]>([
    [
      'a failure names its run, file, commit and happening',
      run(),
      {
        alerts: [
          {
            happening: 'run-1589141559-1',
            labels: { repository: 'acme/checkout', file: 'deploy.yml', run: '1589141559', branch: 'main' },
            link: { id: '1589141559', run: 'acme/checkout' },
            workload: { kind: 'WorkflowRun', name: 'acme/checkout/deploy.yml' },
          },
        ],
      },
    ],
    ['ran out of time', run({ conclusion: 'timed_out' }), fires],
    ['could not start', run({ conclusion: 'startup_failure', name: '.github/workflows/deploy.yml' }), fires],
    ['succeeded', run({ conclusion: 'success' }), { alerts: [{ status: 'resolved' }] }],
    ['run again', run({ run_attempt: 2 }), { alerts: [{ happening: 'run-1589141559-2' }] }],
    ['cancelled', run({ conclusion: 'cancelled' }), ignored],
    ['skipped', run({ conclusion: 'skipped' }), ignored],
    ['waits for a person', run({ conclusion: 'action_required' }), ignored],
    ['of a pull request', run({ head_branch: 'feature/x', event: 'pull_request' }), ignored],
    ['of a branch that is gone', run({ head_branch: null }), ignored],
    ['asked for', { ...run({ status: 'queued', conclusion: null }), action: 'requested' }, ignored],
    ['begun', { ...run({ status: 'in_progress', conclusion: null }), action: 'in_progress' }, ignored],
    ['without a path of its own', run({ path: undefined }), { alerts: [{ labels: { file: 'deploy.yml' } }] }],
    ['without a workflow', run({}, { workflow: null }), fires],
    ['without an id', run({ id: undefined }), invalid('workflow_run.id')],
    ['of no repository', run({}, { repository: { full_name: '../x' } }), invalid('repository.full_name')],
  ])('%s', (_, payload, is) => expect(take('workflow_run', payload)).toMatchObject(is))
})

describe('deployment_status', () => {
  const status = sent.deploymentStatus
  const news = (state: string) => ({ kind: 'deployment', news: { state }, alerts: [] })
  it.each<[string, unknown, object]>([
    [
      'a success is news, and ends what failed there',
      status(),
      {
        kind: 'deployment',
        news: { repository: 'acme/checkout', state: 'success', environment: 'production', deployment: 145988746 },
        alerts: [{ status: 'resolved', happening: 'deployment-status-209916254' }],
      },
    ],
    [
      'a failure fires',
      status({ state: 'failure' }),
      { alerts: [{ status: 'firing', title: 'Deployment of acme/checkout to production failed' }] },
    ],
    ['an error fires', status({ state: 'error' }), { alerts: [{ status: 'firing' }] }],
    ['queued', status({ state: 'queued' }), news('queued')],
    ['waits for a review', status({ state: 'waiting' }), news('waiting')],
    ['pending', status({ state: 'pending' }), news('pending')],
    ['runs', status({ state: 'in_progress' }), news('in_progress')],
    ['replaced by a newer one', status({ state: 'inactive' }), news('inactive')],
    [
      'by a workflow run, which is where to look',
      status(
        { state: 'failure' },
        {},
        { workflow_run: { id: 7411, html_url: 'https://github.com/acme/checkout/actions/runs/7411' } },
      ),
      { news: { run: 7411 }, alerts: [{ link: { id: '7411', run: 'acme/checkout' } }] },
    ],
    [
      'with an environment of its own',
      status({ environment: 'prod-eu1' }, { environment: 'production' }),
      { news: { environment: 'prod-eu1' } },
    ],
    ['an address that is none is left out', status({ target_url: 'javascript:alert(1)' }), { kind: 'deployment' }],
    ['a state that there is not', status({ state: 'great' }), invalid('deployment_status.state')],
    ['a commit that is none', status({}, { sha: 'main; rm -rf /' }), invalid('deployment.sha')],
    ['by an older GitHub Enterprise', status({}, {}, { action: undefined }), { kind: 'deployment' }],
    ['changed', status({}, {}, { action: 'edited' }), ignored],
  ])('%s', (_, payload, is) => expect(take('deployment_status', payload)).toMatchObject(is))
  it('tells failures of two environments apart', () => {
    const [one, two] = ['production', 'staging'].map((environment) =>
      take('deployment_status', status({ environment })),
    )
    expect(one?.kind === 'deployment' && one.alerts[0]?.fingerprint).not.toBe(
      two?.kind === 'deployment' && two.alerts[0]?.fingerprint,
    )
  })
})

describe('issues', () => {
  const { issues } = sent
  it.each<[string, unknown, object]>([
    ['our label asks', issues(), { kind: 'issue', issue: { number: 12 }, alerts: [{ link: { number: 12 } }] }],
    ['its body is not read', issues({ body: null }), { kind: 'issue' }],
    ['a long title is cut', issues({ title: 'x'.repeat(3_000) }), { kind: 'issue' }],
    ['no title', issues({ title: null }), { alerts: [{ title: 'Issue 12' }] }],
    ['another label', issues({}, { label: { name: 'bug' } }), ignored],
    ['our label in other letters', issues({}, { label: { name: 'Cluster-Doctor' } }), ignored],
    ['a pull request', issues({ pull_request: { url: 'https://api.github.com/x' } }), ignored],
    ['opened', issues({}, { action: 'opened' }), ignored],
    ['unlabeled', issues({}, { action: 'unlabeled' }), ignored],
    ['closed', issues({ state: 'closed' }, { action: 'closed' }), ignored],
    ['without a number', issues({ number: 0 }), invalid('issue.number')],
  ])('%s', (_, payload, is) => expect(take('issues', payload)).toMatchObject(is))
})

describe('issue_comment', () => {
  const comment = sent.issueComment
  it.each<[string, unknown, object]>([
    ['the very line asks to look again', comment(), { kind: 'issue', issue: { number: 12, again: true } }],
    ['among others', comment({ body: 'Still there.\r\n/doctor diagnose\r\nThanks' }), { issue: { again: true } }],
    ['not within a sentence', comment({ body: 'I tried /doctor diagnose, it was wrong' }), ignored],
    ['not with more words', comment({ body: '/doctor diagnose and approve plan P-1' }), ignored],
    ['another command', comment({ body: '/doctor approve P-1' }), ignored],
    ['a stranger', comment({ author_association: 'NONE' }), ignored],
    ['who once contributed', comment({ author_association: 'CONTRIBUTOR' }), ignored],
    ['a bot', comment({ user: { login: 'ci[bot]', type: 'Bot' } }), ignored],
    ['without our label', comment({}, { labels: [{ name: 'bug' }] }), ignored],
    ['on a pull request', comment({}, { pull_request: { url: 'https://api.github.com/x' } }), ignored],
    ['edited', comment({}, {}, { action: 'edited' }), ignored],
    ['deleted', comment({}, {}, { action: 'deleted' }), ignored],
    ['an owner', comment({ author_association: 'OWNER' }), { kind: 'issue' }],
    ['no comment at all', { ...comment(), comment: null }, invalid('comment')],
  ])('%s', (_, payload, is) => expect(take('issue_comment', payload)).toMatchObject(is))
})

describe('pull_request', () => {
  const ours = 'doctor/0123456789ab'
  it.each([
    'opened',
    'closed',
    'reopened',
    'synchronize',
    'edited',
    'labeled',
    'review_requested',
    'ready_for_review',
    'auto_merge_enabled',
    'enqueued',
  ])('%s is time to look', (action) => {
    expect(take('pull_request', sent.pullRequest(action, ours))).toEqual({
      kind: 'pull-request',
      news: { repository: 'acme/checkout', branch: ours },
      deliveryId,
    })
  })
  it.each(['main', 'doctor/../main', 'doctor/X', 'fix/cluster-doctor/issue-1', 'feature/doctor/0123456789ab'])(
    'a branch like %s is none of ours',
    (branch) => expect(take('pull_request', sent.pullRequest('closed', branch))).toMatchObject(ignored),
  )
  it('knows the branch that is named by an issue', () => {
    const branch = 'fix/cluster-doctor/issue-12-20261121-0123456789ab'
    expect(take('pull_request', sent.pullRequest('closed', branch))).toMatchObject({ news: { branch } })
  })
})

describe('repository_dispatch', () => {
  const notice = { app_name: 'checkout', cluster: 'prod-eu1', namespace: 'payments', health_status: 'Degraded' }
  const dispatch = sent.repositoryDispatch
  it.each<[string, unknown, object]>([
    ['degraded', dispatch('argocd-health-degraded', notice), { alerts: [{ source: 'argocd', status: 'firing' }] }],
    ['failed', dispatch('argocd-sync-failed', { ...notice, sync_status: 'OutOfSync' }), { kind: 'alerts' }],
    ['with a message', dispatch('argocd-sync-failed', { ...notice, message: 'one\ntwo' }), { kind: 'alerts' }],
    [
      'with resources',
      dispatch('argocd-sync-failed', { ...notice, resources: 'Deployment/checkout Degraded' }),
      { kind: 'alerts' },
    ],
    ['a deployment', dispatch('argocd-deployment-failed', notice), { kind: 'alerts' }],
    [
      'well again',
      dispatch('argocd-health-degraded', { ...notice, health_status: 'Healthy', sync_status: 'Synced' }),
      { alerts: [{ status: 'resolved' }] },
    ],
    ['of somebody else', dispatch('deploy-please', notice), ignored],
    ['of a like name', dispatch('argocd', notice), ignored],
    ['without a payload', dispatch('argocd-sync-failed', undefined), { kind: 'invalid' }],
    ['with an empty payload', dispatch('argocd-sync-failed', {}), invalid('client_payload.app_name')],
    ['with text as payload', dispatch('argocd-sync-failed', 'rm -rf /'), { kind: 'invalid' }],
  ])('%s', (_, payload, is) => expect(take('repository_dispatch', payload)).toMatchObject(is))
})
