import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, patchOf } from './objects.ts'

const hpa = (spec: object = {}, status: object = { currentReplicas: 4 }, metadata: object = {}): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop', uid: 'h1', resourceVersion: '3', ...metadata },
  spec: { minReplicas: 2, maxReplicas: 4, scaleTargetRef: { kind: 'Deployment', name: 'web' }, ...spec },
  status,
})

describe('set-autoscaler-bounds', () => {
  it('tests and sets only what differs; undo is the old bounds', () => {
    const made = drafted('set-autoscaler-bounds', hpa(), { max: 8 })
    expect(patchOf(made).slice(1, 3)).toEqual([
      { op: 'test', path: '/spec/maxReplicas', value: 4 },
      { op: 'add', path: '/spec/maxReplicas', value: 8 },
    ])
    expect(made).toMatchObject({ risk: 'low', blast: { pods: 0 }, undo: { input: { min: 2, max: 4 } } })
  })

  it('is a high risk where pods are taken away at once, and says how many', () => {
    const made = drafted('set-autoscaler-bounds', hpa(), { max: 2 })
    expect(made).toMatchObject({ risk: 'high', blast: { pods: 2 } })
    expect(made.blast.notes[0]).toBe('Deployment web goes from 4 to 2 replicas at once')
  })

  it('does not wait for replicas of what stands at zero', () => {
    const made = drafted('set-autoscaler-bounds', hpa({}, { currentReplicas: 0 }), { min: 3 })
    expect(JSON.stringify(made.success)).not.toContain('desiredReplicas')
  })

  it.each([
    ['a minimum over the maximum', { min: 5 }, hpa(), 'bounds-crossed'],
    ['what is so already', { min: 2, max: 4 }, hpa(), 'already-there'],
    ['more than ten times', { max: 41 }, hpa(), 'too-much'],
    ['nothing', {}, hpa(), 'input-invalid'],
    ['zero', { min: 0 }, hpa(), 'input-invalid'],
    [
      'what KEDA owns',
      { max: 8 },
      hpa({}, {}, { ownerReferences: [{ kind: 'ScaledObject', name: 'web' }] }),
      'keda-owned',
    ],
  ])('refuses %s', (_, input, target, code) => {
    expect(draft('set-autoscaler-bounds', target, input)).toMatchObject({ code })
  })
})
