import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { deployment, draft, drafted, patchOf } from './objects.ts'

const hpa: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' } },
}
const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' } },
}

describe('scale-workload', () => {
  it('tests the old number and sets the new one; undo is the old number', () => {
    const made = drafted('scale-workload', deployment(), { replicas: 5 })
    expect(patchOf(made).slice(2, 4)).toEqual([
      { op: 'test', path: '/spec/replicas', value: 2 },
      { op: 'replace', path: '/spec/replicas', value: 5 },
    ])
    expect(made).toMatchObject({ risk: 'low', blast: { pods: 3 }, undo: { input: { replicas: 2 } } })
  })

  it('is a high risk where it takes a Service’s last pods away', () => {
    expect(drafted('scale-workload', deployment(), { replicas: 0 }, { services: [service] }).risk).toBe('high')
    expect(drafted('scale-workload', deployment(), { replicas: 0 }).risk).toBe('medium')
  })

  it.each([-1, 1.5, 1e9, '3', Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY, null, undefined])(
    'refuses %j replicas',
    (replicas) => {
      expect(draft('scale-workload', deployment(), { replicas })).toMatchObject({ code: 'input-invalid' })
    },
  )

  it('refuses what an autoscaler owns, what is so already, and ten times as many', () => {
    expect(draft('scale-workload', deployment(), { replicas: 3 }, { autoscalers: [hpa] })).toMatchObject({
      code: 'autoscaled',
    })
    expect(draft('scale-workload', deployment(), { replicas: 2 })).toMatchObject({ code: 'already-there' })
    expect(draft('scale-workload', deployment(), { replicas: 21 })).toMatchObject({ code: 'too-much' })
    expect(draft('scale-workload', deployment(), { replicas: 3 }, { unread: ['autoscalers'] })).toMatchObject({
      code: 'related-unread',
    })
  })

  it('brings back what is at zero, for an autoscaler does not', () => {
    expect(drafted('scale-workload', deployment({ replicas: 0 }), { replicas: 2 }, { autoscalers: [hpa] }).risk).toBe(
      'low',
    )
  })
})
