import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, node, pod } from './objects.ts'

const owned = (name: string, kind = 'ReplicaSet', more: object = {}): KubeObject => ({
  ...pod({ name, uid: name, ownerReferences: [{ kind, name: 'web', uid: `${kind}-web`, controller: true }] }),
  ...more,
})
const budget = (name: string, namespace = 'shop'): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace },
  spec: { selector: { matchLabels: { app: 'web' } } },
})
const stepsOf = (made: ReturnType<typeof drafted>) => {
  if (made.change.kind !== 'sequence') throw new Error('not a sequence')
  return made.change.steps
}
const scratch = {
  spec: {
    volumes: [
      { name: 'scratch', emptyDir: {} },
      { name: 'shm', emptyDir: { medium: 'Memory' } },
    ],
  },
}

describe('drain-node', () => {
  it('cordons first, then evicts pod by pod, and leaves what belongs to the node', () => {
    const pods = [
      owned('web-2'),
      owned('web-1', 'ReplicaSet', scratch),
      owned('agent', 'DaemonSet'),
      pod({ name: 'static', annotations: { 'kubernetes.io/config.mirror': 'x' } }),
      owned('done', 'Job', { status: { phase: 'Succeeded' } }),
    ]
    const made = drafted('drain-node', node(), { within: 60 }, { pods, disruptionBudgets: [budget('web')] })
    expect(stepsOf(made).map((step) => [step.request.method, step.summary, step.within])).toEqual([
      ['PATCH', 'Cordon Node worker-1', 30],
      ['POST', 'Evict Pod shop/web-1', 60],
      ['POST', 'Evict Pod shop/web-2', 60],
    ])
    for (const { request } of stepsOf(made)) expect(request.method).not.toBe('DELETE')
    expect(made).toMatchObject({ risk: 'high', blast: { pods: 2, workloads: 1 }, undo: { action: 'uncordon-node' } })
    expect(made.blast.notes).toEqual([
      'in shop',
      'local data is lost: shop/web-1 (scratch)',
      '2 pods of DaemonSets and the node itself stay',
      'one after the other, PodDisruptionBudgets respected',
    ])
  })

  it('names bare pods and refuses, until they are meant', () => {
    const pods = [pod({ name: 'alone', uid: 'alone', ownerReferences: [] })]
    const refused = draft('drain-node', node(), {}, { pods })
    expect(refused).toMatchObject({ code: 'bare-pods' })
    expect(JSON.stringify(refused)).toContain('shop/alone')
    const made = drafted('drain-node', node(), { bare: true }, { pods })
    expect(made.blast.notes).toContain('GONE FOR GOOD, nothing makes them again: shop/alone')
  })

  it('does not cordon again what is cordoned', () => {
    const made = drafted('drain-node', node({ unschedulable: true }), {}, { pods: [owned('web-1')] })
    expect(stepsOf(made)).toHaveLength(1)
    expect(draft('drain-node', node({ unschedulable: true }))).toMatchObject({ code: 'already-there' })
  })

  it('looks at budgets of the pod’s own namespace', () => {
    const two = [budget('a'), budget('b')]
    expect(draft('drain-node', node(), {}, { pods: [owned('x')], disruptionBudgets: two })).toMatchObject({
      code: 'several-budgets',
    })
    const elsewhere = [budget('a'), budget('b', 'other')]
    expect(
      stepsOf(drafted('drain-node', node(), {}, { pods: [owned('x')], disruptionBudgets: elsewhere })),
    ).toHaveLength(2)
  })

  it.each([
    ['too many pods', {}, { pods: Array.from({ length: 61 }, (_, index) => owned(`p${index}`)) }, 'too-many-pods'],
    ['pods that could not be read', {}, { unread: ['pods'] as const }, 'related-unread'],
    ['no time at all', { within: 1 }, {}, 'input-invalid'],
    ['days', { within: 90_000 }, {}, 'input-invalid'],
  ])('refuses %s', (_, input, related, code) => {
    expect(draft('drain-node', node(), input, related)).toMatchObject({ code })
  })
})
