import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/domain/delivered-by.ts'
import { deliveryState, readDelivery } from '../../src/gitops/delivery.ts'
import type { ClusterReader } from '../../src/ports.ts'

const commit = 'c'.repeat(40)
const app: Delivery = { tool: 'argocd', kind: 'Application', name: 'shop' }
const flux: Delivery = { tool: 'flux', kind: 'Kustomization', name: 'apps', namespace: 'flux-system' }
const release: Delivery = { tool: 'flux', kind: 'HelmRelease', name: 'web', namespace: 'shop' }

const seen = async (owner: Delivery, status: object, spec: object = {}) => {
  const value = { metadata: { name: owner.name, generation: 3 }, spec, status }
  const reader = { get: async () => ({ kind: 'ok', value }) } as unknown as ClusterReader
  const read = await readDelivery(reader, owner)
  if (read.kind !== 'ok') throw new Error('not read')
  return { ...read.value, state: deliveryState(owner, read.value) }
}
const ready = (status: string, reason: string, more: object = {}) => ({
  observedGeneration: 3,
  conditions: [{ type: 'Ready', status, reason, message: 'what it says' }],
  ...more,
})

describe('how a delivery stands', () => {
  it('is as Argo CD says it: sync, health, commits, and what went wrong', async () => {
    const status = { sync: { status: 'Synced', revision: commit }, health: { status: 'Healthy' } }
    expect(await seen(app, status, { syncPolicy: { automated: {} } })).toMatchObject({
      revisions: [commit],
      synced: true,
      health: 'healthy',
      manual: false,
      state: 'Argo CD app shop is Synced, Healthy',
    })
    expect(await seen(app, status)).toMatchObject({ manual: true })
    expect(await seen(app, status, { syncPolicy: { automated: { enabled: false } } })).toMatchObject({ manual: true })
    const many = { sync: { status: 'OutOfSync', revisions: [commit, 'x'] }, health: { status: 'Missing' } }
    expect(await seen(app, many)).toMatchObject({ revisions: [commit, 'x'], synced: false, health: 'degraded' })
    expect(
      await seen(app, { ...status, operationState: { phase: 'Failed', message: 'one or more\nobjects failed' } }),
    ).toMatchObject({ state: 'Argo CD app shop is Synced, Healthy: one or more objects failed' })
    expect(await seen(app, { conditions: [{ type: 'ComparisonError', message: 'no such path' }] })).toMatchObject({
      synced: false,
      health: 'unknown',
      failure: 'no such path',
    })
  })
  it('is as Flux says it: ready at this generation, and at which commit', async () => {
    const applied = { lastAppliedRevision: `main@sha1:${commit}` }
    expect(await seen(flux, ready('True', 'ReconciliationSucceeded', applied))).toMatchObject({
      revisions: [commit],
      synced: true,
      health: 'healthy',
      state: 'Flux Kustomization apps is Ready True (ReconciliationSucceeded)',
    })
    expect(await seen(flux, { ...ready('True', 'x', applied), observedGeneration: 2 })).toMatchObject({ synced: false })
    expect(await seen(flux, ready('False', 'BuildFailed'))).toMatchObject({
      health: 'degraded',
      failure: 'what it says',
    })
    expect(await seen(flux, ready('Unknown', 'Progressing'), { suspend: true })).toMatchObject({
      health: 'progressing',
      manual: true,
    })
    expect(await seen(flux, {})).toMatchObject({ synced: false, health: 'unknown', revisions: [] })
    expect(await seen(release, ready('True', 'UpgradeSucceeded', { lastAttemptedRevision: '1.2.3' }))).toMatchObject({
      revisions: [],
      synced: true,
    })
  })
  it('is not known where it cannot be read', async () => {
    const reader = {
      get: async () => ({ kind: 'unreadable', reason: 'forbidden', message: '' }),
    } as unknown as ClusterReader
    expect(await readDelivery(reader, app)).toMatchObject({ kind: 'unreadable' })
  })
})
