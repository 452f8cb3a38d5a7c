import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { carryOutOperation } from '../../src/demo/argocd-operation.ts'
import { decide } from '../../src/doctor/decide.ts'
import { execute } from '../../src/doctor/execute.ts'
import { plan } from '../../src/doctor/plan.ts'
import { readPlan } from '../../src/doctor/plans/plan-store.ts'
import { undo } from '../../src/doctor/undo.ts'
import type { ObjectRef } from '../../src/domain/object.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { openWard, person, pressOn, recordOf, requestFor, seedDeployment, type Ward, writesOf } from './ward.ts'

let ward: Ward
beforeAll(async () => {
  ward = await openWard()
  seedDeployment(ward)
  ward.cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } })
})
afterAll(() => ward.close())
beforeEach(() => {
  Object.assign(ward.clock, { offset: 0, waits: () => {} })
})

const request = (action: string, target: ObjectRef, input = {}) =>
  requestFor(action, input, {
    target,
    requester: person('UREQ'),
    reason: { summary: 'asked for', evidence: [] },
  })

const now = async (record: PlanRecord): Promise<PlanRecord> => {
  const read = await readPlan(ward.doctor, record.plan.id)
  if (isRefusal(read)) throw new Error(read.reason)
  return read
}

const carriedOut = async (record: PlanRecord): Promise<PlanRecord> => {
  ward.clock.offset += record.plan.risk === 'high' ? 4_000 : 0
  for (const user of ['UANA', 'UBEN'].slice(0, record.plan.rule.quorum)) {
    const decided = await decide(ward.doctor, pressOn(await now(record), 'approve', user))
    if (isRefusal(decided)) throw new Error(decided.reason)
  }
  await execute(ward.doctor, record.plan.id)
  return now(record)
}
const done = async (action: string, target: ObjectRef, input = {}) =>
  carriedOut(recordOf(await plan(ward.doctor, request(action, target, input))))

const cronJob: ObjectRef = { apiVersion: 'batch/v1', kind: 'CronJob', namespace: 'shop', name: 'nightly' }
const application: ObjectRef = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  namespace: 'argocd',
  name: 'shop',
}

describe('an operation, from the wish to the proof', () => {
  it('is carried out once, verified by its own check, and undone by the inverse that was captured', async () => {
    ward.cluster.store.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly', namespace: 'shop' },
      spec: {
        schedule: '0 3 * * *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'x:1' }] } } },
        },
      },
    })
    const suspended = () =>
      (ward.cluster.store.get('cronjobs.batch', 'shop', 'nightly') as { spec?: { suspend?: boolean } }).spec?.suspend
    const before = writesOf(ward).length
    const record = await done('suspend-cronjob', cronJob)
    expect(record.life).toMatchObject({ state: 'verified', outcome: { note: 'spec.suspend is true' } })
    expect(suspended()).toBe(true)
    expect(writesOf(ward).length).toBe(before + 1)
    const asked = await undo(ward.doctor, pressOn(record, 'undo', 'UBEN'))
    if (isRefusal(asked)) throw new Error(asked.reason)
    const back = await carriedOut(recordOf(await plan(ward.doctor, { ...asked, requester: person('UREQ') })))
    expect(back.life.state).toBe('verified')
    expect(suspended()).toBe(false)
  })

  it('is refused where it is so already, before there is a card', async () => {
    expect(await plan(ward.doctor, request('resume-cronjob', cronJob))).toMatchObject({ code: 'already-there' })
  })

  it('is failed, not verified, when the field does not come to hold in time', async () => {
    ward.cluster.store.apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'fast' },
      provisioner: 'csi.acme.dev',
      allowVolumeExpansion: true,
    })
    ward.cluster.store.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } },
    })
    const status = { phase: 'Bound', capacity: { storage: '10Gi' } }
    ward.cluster.store.patchStatus('persistentvolumeclaims', 'shop', 'data', { status })
    const claim: ObjectRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data' }
    const record = await done('expand-volume', claim, { size: '15Gi' })
    expect(record.life).toMatchObject({ state: 'failed', effect: 'done' })
    expect(record.life.outcome?.note).toContain('status.capacity.storage is "10Gi"')
    const undone = await undo(ward.doctor, pressOn(record, 'undo', 'UBEN'))
    expect(undone).toMatchObject({ code: 'no-way-back' })
    expect((undone as { reason: string }).reason).toContain('cannot be made smaller')
  })
})

describe('a selector', () => {
  it('is done only when the pods that it means, and no others, are behind the Service', async () => {
    const { store } = ward.cluster
    for (const app of ['old', 'web']) {
      store.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${app}-pod`, namespace: 'shop', labels: { app } },
        spec: { containers: [{ name: 'app', image: 'x:1' }] },
      })
      const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
      store.patchStatus('pods', 'shop', `${app}-pod`, { status })
    }
    store.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { selector: { app: 'old' }, ports: [{ port: 80 }] },
    })
    const behind = (pod: string) =>
      store.apply({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        endpoints: [
          { addresses: ['10.0.0.7'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: pod } },
          { addresses: ['10.0.0.8'], conditions: { ready: false }, targetRef: { kind: 'Pod', name: 'other' } },
        ],
      })
    behind('old-pod')
    const service: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web' }
    const seen: string[] = []
    ward.clock.waits = () => {
      seen.push(JSON.stringify(ward.chat.said).includes('old-pod is still behind it') ? 'waited' : '')
      behind('web-pod')
    }
    const record = await done('set-selector', service, { selector: { app: 'web' } })
    expect(record.plan).toMatchObject({ risk: 'high', rule: { quorum: 2 } })
    expect(record.life).toMatchObject({ state: 'verified', outcome: { note: '1 ready pod is behind it' } })
    expect(seen).toContain('waited')
  })
})

describe('an Application', () => {
  const revision = 'c'.repeat(40)
  const seed = (labels: object = {}) =>
    ward.cluster.store.apply({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'shop', namespace: 'argocd', labels },
      spec: { source: { repoURL: 'https://github.com/acme/deploy' }, project: 'default' },
      status: {
        sync: { status: 'OutOfSync', revision },
        health: { status: 'Healthy' },
        reconciledAt: '2026-11-20T10:00:00Z',
      },
    } as never)
  /** What Argo CD does at every look; its status is part of the object, so each look makes a new generation. */
  const argo = (phase: 'Succeeded' | 'Failed' = 'Succeeded') => {
    const actor = { user: 'argocd', manager: 'argocd-controller' }
    const at = new Date(Date.now() + ward.clock.offset).toISOString()
    const where = ['applications.argoproj.io', 'argocd', 'shop'] as const
    carryOutOperation(ward.cluster.store, where, { revision, objects: [], at }, actor)
    const sync = { status: phase === 'Succeeded' ? 'Synced' : 'OutOfSync', revision }
    ward.cluster.store.patch(...where, { status: { sync, reconciledAt: at } }, actor)
    if (phase === 'Failed') ward.cluster.store.patch(...where, { status: { operationState: { phase } } }, actor)
  }

  it('is synced live though Git delivers it, in its protected namespace, and though its status moves all the time', async () => {
    seed({ 'argocd.argoproj.io/instance': 'apps' })
    const record = recordOf(await plan(ward.doctor, request('sync-application', application)))
    expect(record.plan.change.kind).toBe('cluster-write')
    ward.cluster.store.patch(
      'applications.argoproj.io',
      'argocd',
      'shop',
      { status: { reconciledAt: '2026-11-20T10:03:00Z' } },
      { manager: 'argocd-controller' },
    )
    ward.clock.waits = () => argo()
    const after = await carriedOut(record)
    expect(after.life).toMatchObject({ state: 'verified' })
    expect(ward.cluster.store.get('applications.argoproj.io', 'argocd', 'shop')).toMatchObject({
      status: { operationState: { phase: 'Succeeded', operation: { sync: { revision, prune: false } } } },
    })
  })

  it('is said to have failed as soon as its own operation has, not later', async () => {
    seed()
    ward.clock.waits = () => argo('Failed')
    const record = await done('sync-application', application)
    expect(record.life).toMatchObject({ state: 'failed', outcome: { note: 'status.operationState.phase is "Failed"' } })
  })

  it('is not synced over somebody else’s sync: what was planned is stale then', async () => {
    seed()
    const record = recordOf(await plan(ward.doctor, request('sync-application', application)))
    ward.cluster.store.patch(
      'applications.argoproj.io',
      'argocd',
      'shop',
      { operation: { sync: { revision: 'd'.repeat(40) } } } as never,
      { manager: 'argocd-server' },
    )
    const before = writesOf(ward).length
    expect((await carriedOut(record)).life.state).toBe('stale')
    expect(writesOf(ward).length).toBe(before)
  })
})
