import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, node, pod } from './objects.ts'

const stuck = (metadata: object = {}): KubeObject => ({
  ...pod({ deletionTimestamp: '2026-11-20T09:50:00Z', ...metadata }),
  spec: { nodeName: 'worker-1' },
})
const dead: KubeObject = { ...node(), status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } }
const alive: KubeObject = { ...node(), status: { conditions: [{ type: 'Ready', status: 'True' }] } }

describe('delete-stuck-pod', () => {
  it('deletes at once, bound to uid and resourceVersion, and says that its containers may still run', () => {
    const made = drafted('delete-stuck-pod', stuck(), {}, { nodes: [dead] })
    expect(made.change).toMatchObject({
      request: {
        method: 'DELETE',
        path: '/api/v1/namespaces/shop/pods/web-1',
        body: JSON.stringify({
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: 'p1', resourceVersion: '7' },
          gracePeriodSeconds: 0,
        }),
      },
    })
    expect(made.risk).toBe('high')
    expect(made.blast.notes).toEqual(['node worker-1 is not ready (Unknown)', 'its containers may still run there'])
    expect(drafted('delete-stuck-pod', stuck(), {}, { nodes: [] }).blast.notes[0]).toBe('node worker-1 is gone')
  })

  it('warns of two writers where the pod is of a StatefulSet', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 's', controller: true }
    const made = drafted('delete-stuck-pod', stuck({ ownerReferences: [owner] }), {}, { nodes: [dead] })
    expect(made.blast.notes.join()).toContain('may write to the same volume')
  })

  it.each([
    ['a pod that is not being deleted', pod(), [dead], 'not-terminating'],
    ['one that only began to end', stuck({ deletionTimestamp: '2026-11-20T09:58:00Z' }), [dead], 'not-stuck'],
    ['one on a node that answers', stuck(), [alive], 'node-answers'],
    ['one that a finalizer holds', stuck({ finalizers: ['acme.dev/x'] }), [dead], 'finalizer-holds'],
  ])('refuses %s', (_, target, nodes, code) => {
    expect(draft('delete-stuck-pod', target, {}, { nodes })).toMatchObject({ code })
  })

  it('refuses where the nodes could not be read', () => {
    expect(draft('delete-stuck-pod', stuck(), {}, { unread: ['nodes'] })).toMatchObject({ code: 'related-unread' })
  })
})
