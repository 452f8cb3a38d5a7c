import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { source as argocd } from '../../src/sources/argocd.ts'
import { source as github } from '../../src/sources/github.ts'
import { placeOfText } from '../../src/sources/place.ts'

const now = '2026-11-21T02:10:00.000Z'
const argo = {
  app: 'payments',
  appNamespace: 'argocd',
  project: 'default',
  destination: { server: 'https://kubernetes.default.svc', namespace: 'payments', name: null },
  sync: 'OutOfSync',
  health: 'Degraded',
  phase: 'Failed',
  message: 'one or more objects failed to apply, reason: Deployment.apps "checkout" is invalid',
  revision: '9f31c2e8d1',
  repoURL: 'https://github.com/acme/deploy.git',
  url: 'https://argocd.acme.dev/applications/payments',
  startedAt: '2026-11-21T02:03:00Z',
  finishedAt: '2026-11-21T02:03:04Z',
}
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

describe('Argo CD notifications', () => {
  it('reads a failed sync', () => {
    const parsed = argocd.parse(argo, {}, now)
    expect(parsed).toMatchObject({
      kind: 'alerts',
      alerts: [
        {
          status: 'firing',
          title: 'Argo CD application payments sync failed',
          namespace: 'payments',
          labels: { revision: '9f31c2e8d1' },
        },
      ],
    })
  })
  it.each([
    [{ health: 'Healthy', phase: 'Succeeded', sync: 'Synced' }, 'resolved'],
    [{ health: 'Degraded', phase: 'Succeeded', sync: 'Synced' }, 'firing'],
    [{ health: 'Healthy', phase: 'Failed', sync: 'OutOfSync' }, 'firing'],
    [{ health: 'Progressing', phase: 'Running', sync: 'Unknown' }, 'firing'],
  ])('decides by health and phase: %o', (state, status) => {
    expect(argocd.parse({ ...argo, ...state }, {}, now)).toMatchObject({ alerts: [{ status }] })
  })
  it('ignores what is on its way, and names what is wrong', () => {
    expect(argocd.parse({ ...argo, health: 'Progressing', phase: 'Running', sync: 'OutOfSync' }, {}, now).kind).toBe(
      'ignored',
    )
    for (const app of ['../../x', '', 'A B', 'x/../y'])
      expect(argocd.parse({ ...argo, app }, {}, now)).toMatchObject({ kind: 'invalid', field: 'app' })
  })
  it('bounds times and texts', () => {
    const odd = argocd.parse({ ...argo, startedAt: '1970-01-01T00:00:00Z', message: 'm'.repeat(100_000) }, {}, now)
    expect(odd).toMatchObject({ alerts: [{ startsAt: now }] })
    expect(JSON.stringify(odd).length).toBeLessThan(5_000)
  })
})

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
})

describe('the place in a title', () => {
  it.each([
    ['payments/checkout is failing', { namespace: 'payments', workload: { name: 'checkout' } }],
    [
      '[FIRING:1] KubePodCrashLooping namespace=payments pod=checkout-1',
      { namespace: 'payments', workload: { kind: 'Pod', name: 'checkout-1' } },
    ],
    ['disk full on prod-eu1', { cluster: 'prod-eu1' }],
    ['error rate 5/10 too high', {}],
    ['the server is on fire', {}],
    ['see https://example.com/a/b for more', {}],
  ])('%s', (text, place) => {
    expect(placeOfText(text, ['prod-eu1', 'staging'])).toEqual(place)
  })
})
