import { describe, expect, it } from 'vitest'
import { source as argocd } from '../../src/sources/argocd.ts'

const now = '2026-11-21T02:10:00.000Z'
const argo = {
  app_name: 'payments',
  app_namespace: 'argocd',
  project: 'default',
  cluster: 'prod-eu1',
  namespace: 'payments',
  sync_status: 'OutOfSync',
  health_status: 'Degraded',
  operation_phase: 'Failed',
  message: 'one or more objects failed to apply, reason: Deployment.apps "checkout" is invalid',
  resources: [
    { kind: 'Deployment', namespace: 'payments', name: 'checkout', status: 'SyncFailed', health: 'Degraded' },
  ],
  revision: '9f31c2e8d1',
  repo_url: 'https://github.com/acme/deploy.git',
  url: 'https://argocd.acme.dev/applications/payments',
  started_at: '2026-11-21T02:03:00Z',
  finished_at: '2026-11-21T02:03:04Z',
}

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
          cluster: 'prod-eu1',
          labels: { revision: '9f31c2e8d1' },
          annotations: { resources: 'Deployment payments/checkout SyncFailed Degraded' },
        },
      ],
    })
  })
  it.each([
    [{ health_status: 'Healthy', operation_phase: 'Succeeded', sync_status: 'Synced' }, 'resolved'],
    [{ health_status: 'Degraded', operation_phase: 'Succeeded', sync_status: 'Synced' }, 'firing'],
    [{ health_status: 'Healthy', operation_phase: 'Failed', sync_status: 'OutOfSync' }, 'firing'],
    [{ health_status: 'Progressing', operation_phase: 'Running', sync_status: 'Unknown' }, 'firing'],
  ])('decides by health and phase: %o', (state, status) => {
    expect(argocd.parse({ ...argo, ...state }, {}, now)).toMatchObject({ alerts: [{ status }] })
  })
  it('needs no list of resources', () => {
    const { resources: _, ...rest } = argo
    expect(argocd.parse(rest, {}, now)).toMatchObject({ alerts: [{ status: 'firing' }] })
  })
  it('ignores what is on its way, and names what is wrong', () => {
    expect(
      argocd.parse(
        { ...argo, health_status: 'Progressing', operation_phase: 'Running', sync_status: 'OutOfSync' },
        {},
        now,
      ).kind,
    ).toBe('ignored')
    for (const app_name of ['../../x', '', 'A B', 'x/../y'])
      expect(argocd.parse({ ...argo, app_name }, {}, now)).toMatchObject({ kind: 'invalid', field: 'app_name' })
  })
  it('needs no more than the fields that many teams post already', () => {
    const small = {
      app_name: 'payments',
      cluster: 'prod-eu1',
      namespace: 'payments',
      health_status: 'Degraded',
      sync_status: 'Synced',
      message: 'x',
      resources: 'Deployment checkout',
    }
    expect(argocd.parse(small, {}, now)).toMatchObject({
      alerts: [{ status: 'firing', annotations: { resources: 'Deployment checkout' } }],
    })
  })
  it('bounds times and texts', () => {
    const odd = argocd.parse({ ...argo, started_at: '1970-01-01T00:00:00Z', message: 'm'.repeat(100_000) }, {}, now)
    expect(odd).toMatchObject({ alerts: [{ startsAt: now }] })
    expect(JSON.stringify(odd).length).toBeLessThan(5_000)
  })
})
