import { describe, expect, it } from 'vitest'
import { source as argocd } from '../../src/sources/argocd.ts'

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
