import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { deployment, draft, drafted, pod, replicaSet } from './objects.ts'

const of = (kind: string, name: string, more: object = {}, apiVersion = 'v1'): KubeObject =>
  ({
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop', uid: `${kind}-${name}`, resourceVersion: '4' },
    ...more,
  }) as never
const bodyOf = (made: ReturnType<typeof drafted>) => {
  if (made.change.kind !== 'cluster-write') throw new Error('not a write')
  return JSON.parse(made.change.request.body)
}
const owned = (name: string) =>
  pod({
    name,
    uid: name,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-2', uid: 'r2', controller: true }],
  })
const service = (selector: object) => of('Service', 'web', { spec: { selector } })
const budget = of('PodDisruptionBudget', 'web', { spec: { selector: { matchLabels: { app: 'web' } } } }, 'policy/v1')

describe('delete-object', () => {
  it('deletes one object by its uid, and counts what goes with it and what is left hanging', () => {
    const related = {
      replicaSets: [replicaSet(1, 'a'), replicaSet(2, 'b')],
      namespacePods: [owned('p1'), owned('p2')],
      services: [service({ app: 'web' }), service({ app: 'other' })],
      disruptionBudgets: [budget],
    }
    const made = drafted('delete-object', deployment(), {}, related)
    expect(made.change).toMatchObject({
      request: { method: 'DELETE', path: '/apis/apps/v1/namespaces/shop/deployments/web', query: [] },
    })
    expect(bodyOf(made)).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: 'u1' },
      propagationPolicy: 'Background',
    })
    expect(made).toMatchObject({ risk: 'high', blast: { pods: 2, workloads: 1, services: 1 } })
    expect(made.blast.notes).toEqual([
      'takes 2 ReplicaSets and 2 pods with it',
      'Service web is left without endpoints',
      'PodDisruptionBudget web guards these pods; deleting does not ask it',
    ])
    expect(made.success).toMatchObject({ kind: 'gone', uid: 'u1' })
  })

  it('keeps a Service that selects pods which stay out of the count', () => {
    const other = pod({ name: 'other', uid: 'other', ownerReferences: [] })
    const related = {
      replicaSets: [replicaSet(2, 'b')],
      namespacePods: [owned('p1'), other],
      services: [service({ app: 'web' })],
    }
    expect(drafted('delete-object', deployment(), {}, related).blast).toMatchObject({ pods: 1, services: 0 })
  })

  it('pins the resourceVersion too where only a change moves it', () => {
    const made = drafted('delete-object', of('ConfigMap', 'settings', { data: { a: '1' } }))
    expect(bodyOf(made).preconditions).toEqual({ uid: 'ConfigMap-settings', resourceVersion: '4' })
    expect(made.blast.notes).toEqual(['no pod uses it'])
    expect(made.undo).toMatchObject({ action: 'apply-object', input: { manifest: { data: { a: '1' } } } })
    expect(JSON.stringify(made.undo)).not.toContain('resourceVersion')
  })

  it('leaves what it owns where that is asked for', () => {
    const related = { replicaSets: [replicaSet(2, 'b')], namespacePods: [owned('p1')] }
    const made = drafted('delete-object', deployment(), { propagation: 'Orphan' }, related)
    expect(bodyOf(made).propagationPolicy).toBe('Orphan')
    expect(made.blast).toMatchObject({ pods: 0, notes: ['what it owns stays, and belongs to nobody then'] })
  })

  it('says that data is lost with a claim, and that there is no way back', () => {
    const claim = of('PersistentVolumeClaim', 'data', { spec: { volumeName: 'pv1' } })
    const volume = of('PersistentVolume', 'pv1', { spec: { persistentVolumeReclaimPolicy: 'Delete' } })
    const user = pod({ uid: 'p9' })
    const mounts = { ...user, spec: { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } }
    const made = drafted('delete-object', claim, {}, { volumes: [volume], namespacePods: [mounts] })
    expect(made.blast.notes).toEqual([
      '1 pod uses it and would not start again without it: web-1',
      'THE DATA on volume pv1 IS DELETED (reclaim policy Delete)',
    ])
    expect(made.undo).toMatchObject({ kind: 'none' })
    expect(drafted('delete-object', claim, {}, {}).blast.notes[1]).toContain('could not be read')
  })

  it.each([
    ['a Job, which would run again', of('Job', 'x', {}, 'batch/v1')],
    ['a bare pod', { ...pod({ ownerReferences: [] }) }],
    [
      'what could not be made again here',
      of('Deployment', 'x', { spec: { template: { spec: { hostNetwork: true } } } }, 'apps/v1'),
    ],
  ])('promises no way back for %s', (_, target) => {
    expect(drafted('delete-object', target as KubeObject).undo.kind).toBe('none')
  })

  it.each([
    ['a pod that a controller keeps', pod(), {}, 'controlled'],
    ['a node', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', uid: 'n' } }, {}, 'kind-not-supported'],
    [
      'a namespace',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', uid: 'n' } },
      {},
      'kind-not-supported',
    ],
    [
      'what is going already',
      of('ConfigMap', 'x', { metadata: { name: 'x', namespace: 'shop', uid: 'x', deletionTimestamp: 't' } }),
      {},
      'being-deleted',
    ],
    ['a propagation that is none', of('ConfigMap', 'x'), { propagation: 'Everything' }, 'input-invalid'],
  ])('refuses %s', (_, target, input, code) => {
    expect(draft('delete-object', target as KubeObject, input)).toMatchObject({ kind: 'refused', code })
  })

  it('refuses where it cannot be told what goes with it', () => {
    expect(draft('delete-object', deployment(), {}, { unread: ['namespacePods'] })).toMatchObject({
      code: 'related-unread',
    })
  })
})
