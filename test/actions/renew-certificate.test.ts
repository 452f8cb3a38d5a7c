import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, patchOf } from './objects.ts'

const certificate = (status: object | undefined = { revision: 3, conditions: [{ type: 'Ready', status: 'True' }] }) =>
  ({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'web', namespace: 'shop', uid: 'x1', resourceVersion: '3', generation: 2 },
    spec: { secretName: 'web-tls', issuerRef: { name: 'letsencrypt' } },
    status,
  }) as KubeObject

describe('renew-certificate', () => {
  it('adds the condition that cert-manager acts on, through the status subresource', () => {
    const made = drafted('renew-certificate', certificate())
    const path = made.change.kind === 'cluster-write' ? made.change.request.path : ''
    expect(path).toBe('/apis/cert-manager.io/v1/namespaces/shop/certificates/web/status')
    expect(patchOf(made).slice(2)).toMatchObject([
      {
        op: 'add',
        path: '/status/conditions/-',
        value: { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', observedGeneration: 2 },
      },
    ])
    expect(made.success).toMatchObject({ all: [{}, {}, { path: ['status', 'revision'], value: 4 }] })
    expect(made.undo).toMatchObject({ kind: 'none' })
  })

  it('replaces the condition of an issue that failed, and does not take that old failure for its own', () => {
    const failed = [{ type: 'Issuing', status: 'False', reason: 'Failed' }]
    expect(patchOf(drafted('renew-certificate', certificate({ conditions: failed }))).slice(2)).toMatchObject([
      { op: 'test', path: '/status/conditions/0/type', value: 'Issuing' },
      { op: 'replace', path: '/status/conditions/0' },
    ])
  })

  it('starts with nothing where there is no status yet', () => {
    const { status: _, ...fresh } = certificate()
    expect(patchOf(drafted('renew-certificate', fresh)).at(-1)).toMatchObject({ path: '/status' })
    expect(patchOf(drafted('renew-certificate', certificate({}))).at(-1)).toMatchObject({ path: '/status/conditions' })
  })

  it('refuses what is being issued', () => {
    const issuing = certificate({ conditions: [{ type: 'Issuing', status: 'True' }] })
    expect(draft('renew-certificate', issuing)).toMatchObject({ code: 'already-there' })
  })
})
