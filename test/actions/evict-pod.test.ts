import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, pod } from './objects.ts'

const budget = (name: string): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'shop' },
  spec: { selector: { matchLabels: { app: 'web' } } },
})

describe('evict-pod', () => {
  it('posts an eviction bound to the uid, and never deletes', () => {
    const made = drafted('evict-pod', pod(), {}, { disruptionBudgets: [budget('web')] })
    expect(made.change).toEqual({
      kind: 'cluster-write',
      request: {
        method: 'POST',
        path: '/api/v1/namespaces/shop/pods/web-1/eviction',
        query: [['fieldManager', 'cluster-doctor']],
        contentType: 'application/json',
        body: JSON.stringify({
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'web-1', namespace: 'shop' },
          deleteOptions: { preconditions: { uid: 'p1' } },
        }),
      },
    })
    expect(made.success).toMatchObject({ kind: 'gone', uid: 'p1' })
  })

  it.each([
    ['a pod that nothing would create again', pod({ ownerReferences: [] }), 'bare-pod'],
    ['a mirror pod', pod({ annotations: { 'kubernetes.io/config.mirror': 'x' } }), 'mirror-pod'],
    ['a namespace that is a path', pod({ namespace: '..' }), 'namespace-invalid'],
  ])('refuses %s', (_, target, code) => {
    expect(draft('evict-pod', target)).toMatchObject({ kind: 'refused', code })
  })

  it('refuses under two budgets, and where budgets could not be read', () => {
    const two = { disruptionBudgets: [budget('a'), budget('b')] }
    expect(draft('evict-pod', pod(), {}, two)).toMatchObject({ code: 'several-budgets' })
    expect(draft('evict-pod', pod(), {}, { unread: ['disruptionBudgets'] })).toMatchObject({ code: 'related-unread' })
  })
})
