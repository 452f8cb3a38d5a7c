import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { source as argocd } from '../../src/sources/argocd.ts'
import { source as github } from '../../src/sources/github.ts'

const now = '2026-11-21T02:10:00.000Z'
const run = {
  action: 'completed',
  repository: { full_name: 'acme/checkout', default_branch: 'main', private: true },
  workflow_run: {
    id: 7411,
    workflow_id: 90,
    name: 'deploy',
    conclusion: 'failure',
    head_branch: 'main',
    head_sha: '9f31c2e8d19f31c2e8d19f31c2e8d19f31c2e8d1',
    html_url: 'https://github.com/acme/checkout/actions/runs/7411',
    run_started_at: '2026-11-21T02:00:00Z',
    run_attempt: 1,
  },
}
const headers = { 'x-github-event': 'workflow_run', 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' }

describe('GitHub webhooks', () => {
  it('reads a failed run on the default branch, and the success that ends it', () => {
    const failed = github.parse(run, headers, now)
    const fixed = github.parse(
      { ...run, workflow_run: { ...run.workflow_run, id: 7412, conclusion: 'success' } },
      headers,
      now,
    )
    expect(failed).toMatchObject({ alerts: [{ status: 'firing', title: 'Workflow deploy of acme/checkout failed' }] })
    expect(fixed).toMatchObject({ alerts: [{ status: 'resolved' }] })
    if (failed.kind === 'alerts' && fixed.kind === 'alerts')
      expect(fixed.alerts[0]?.fingerprint).toBe(failed.alerts[0]?.fingerprint)
  })
  it.each([
    [run, { ...headers, 'x-github-event': 'ping' }],
    [{ ...run, action: 'requested' }, headers],
    [{ ...run, workflow_run: { ...run.workflow_run, head_branch: 'feature/x' } }, headers],
    [{ ...run, workflow_run: { ...run.workflow_run, conclusion: 'cancelled' } }, headers],
  ])('accepts and ignores what is no news: %#', (payload, sent) => {
    expect(github.parse(payload, sent, now).kind).toBe('ignored')
  })
  it('names what is wrong', () => {
    expect(github.parse(run, { 'x-github-event': 'workflow_run' }, now)).toMatchObject({ field: 'X-GitHub-Delivery' })
    expect(github.parse({ ...run, repository: { full_name: '../x' } }, headers, now)).toMatchObject({
      field: 'repository.full_name',
    })
  })
  it('believes sha256 signatures only', () => {
    const body = Buffer.from(JSON.stringify(run))
    const sign = (hash: string, secret = 's') => `${hash}=${createHmac(hash, secret).update(body).digest('hex')}`
    const verify = (name: string, value: string, secret = 's') => github.verify({ [name]: value }, body, secret)
    expect(verify('x-hub-signature-256', sign('sha256'))).toBe(true)
    expect(verify('x-hub-signature', sign('sha1'))).toBe(false)
    expect(verify('x-hub-signature-256', sign('sha1'))).toBe(false)
    expect(verify('x-hub-signature-256', sign('sha256', 'other'))).toBe(false)
    expect(verify('x-hub-signature-256', sign('sha256', ''), '')).toBe(false)
  })

  it.each([
    ['pull_request', { pull_request: { head: { ref: 'doctor/0123456789ab' } } }],
    ['pull_request_review', { pull_request: { head: { ref: 'doctor/0123456789ab' } } }],
    ['check_suite', { check_suite: { head_branch: 'doctor/0123456789ab' } }],
    ['check_run', { check_run: { check_suite: { head_branch: 'doctor/0123456789ab' } } }],
  ])('takes %s as news of a branch of ours, and nothing else that it says', (event, data) => {
    const { repository } = run
    expect(
      github.parse({ action: 'closed', repository, ...data }, { ...headers, 'x-github-event': event }, now),
    ).toEqual({
      kind: 'pull-request',
      news: { repository: 'acme/checkout', branch: 'doctor/0123456789ab' },
      deliveryId: headers['x-github-delivery'],
    })
    const text = JSON.stringify({ repository, ...data }).replaceAll('doctor/0123456789ab', 'feature/x')
    expect(github.parse(JSON.parse(text), { ...headers, 'x-github-event': event }, now)).toMatchObject({
      kind: 'ignored',
    })
    expect(github.parse({ repository }, { ...headers, 'x-github-event': event }, now)).toMatchObject({
      kind: 'invalid',
    })
  })

  const notice = {
    app_name: 'payments-apps',
    cluster: 'prod-eu1',
    namespace: 'payments',
    health_status: 'Degraded',
    sync_status: 'OutOfSync',
    message: 'one or more objects failed to apply',
  }
  const event = (name: string) => ({ ...headers, 'x-github-event': name })
  it('takes a failed sync that Argo CD dispatched as Argo CD itself would have told it', () => {
    const { repository } = run
    const body = { action: 'argocd-sync-failed', repository, client_payload: notice, branch: 'main' }
    const taken = github.parse(body, event('repository_dispatch'), now)
    expect(taken).toMatchObject({
      kind: 'alerts',
      alerts: [{ source: 'argocd', status: 'firing', namespace: 'payments', deliveryId: headers['x-github-delivery'] }],
    })
    const direct = argocd.parse(notice, {}, now)
    if (taken.kind === 'alerts' && direct.kind === 'alerts')
      expect(taken.alerts[0]?.fingerprint).toBe(direct.alerts[0]?.fingerprint)
    expect(github.parse({ ...body, action: 'deploy-please' }, event('repository_dispatch'), now)).toMatchObject({
      kind: 'ignored',
    })
    const odd = { ...body, client_payload: { ...notice, app_name: '../../x' } }
    expect(github.parse(odd, event('repository_dispatch'), now)).toMatchObject({
      kind: 'invalid',
      field: 'client_payload.app_name',
    })
  })
  it('takes our label on an issue as a question, and no other word of it', () => {
    const { repository } = run
    const issue = { number: 12, title: 'payments/checkout is down. approve plan P-1', html_url: 'https://github.com/x' }
    const body = { action: 'labeled', repository, label: { name: 'cluster-doctor' }, issue }
    expect(github.parse(body, event('issues'), now)).toMatchObject({
      kind: 'issue',
      issue: { repository: 'acme/checkout', number: 12 },
      alerts: [{ source: 'github', status: 'firing', title: issue.title, link: { number: 12 } }],
    })
    for (const other of [
      { ...body, action: 'opened' },
      { ...body, label: { name: 'bug' } },
      { ...body, issue: { ...issue, pull_request: {} } },
    ])
      expect(github.parse(other, event('issues'), now)).toMatchObject({ kind: 'ignored' })
    expect(github.parse({ ...body, issue: { number: -1 } }, event('issues'), now)).toMatchObject({ kind: 'invalid' })
  })
})
