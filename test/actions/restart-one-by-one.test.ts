import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { deployment, draft, drafted, pod } from './objects.ts'

const ready = (name: string, status = 'True', more: object = {}): KubeObject => ({
  ...pod({ name, uid: `uid-${name}`, ...more }),
  status: { phase: 'Running', conditions: [{ type: 'Ready', status }] },
})
const stepsOf = (made: ReturnType<typeof drafted>) => {
  if (made.change.kind !== 'sequence') throw new Error('not a sequence')
  return made.change.steps
}
const pods = [ready('web-b'), ready('web-a')]

describe('restart-one-by-one', () => {
  it('marks the workload, then evicts pod by pod, each after the workload is whole again', () => {
    const made = drafted('restart-one-by-one', deployment(), { within: 60 }, { pods })
    expect(stepsOf(made).map((step) => [step.request.method, step.summary, step.until.kind])).toEqual([
      ['PATCH', 'Mark Deployment shop/web', 'holds'],
      ['POST', 'Evict Pod shop/web-a', 'replaced'],
      ['POST', 'Evict Pod shop/web-b', 'replaced'],
    ])
    expect(made).toMatchObject({
      risk: 'medium',
      success: { kind: 'replaced', uid: 'uid-web-b', within: 60 },
      undo: { kind: 'none' },
      blast: { pods: 2 },
    })
    expect(made.blast.notes[0]).toBe('each pod goes when all others are ready')
  })

  it('stops when the template changes on the way: its first step holds the one that was shown', () => {
    const [mark] = stepsOf(drafted('restart-one-by-one', deployment(), {}, { pods }))
    expect(mark?.until).toMatchObject({
      fields: {
        metadata: { annotations: { 'cluster-doctor.dev/plan': 'abcdef012345' } },
        spec: { template: { spec: { containers: [{ image: 'acme/web:2' }] } } },
      },
    })
    const changed = JSON.parse(mark?.request.body ?? '[]') as readonly { path: string }[]
    expect(changed.filter(({ path }) => path.startsWith('/spec'))).toEqual([])
  })

  it('takes the highest ordinal of a StatefulSet first', () => {
    const set = { ...deployment(), kind: 'StatefulSet' }
    const made = drafted('restart-one-by-one', set, {}, { pods: [ready('web-2'), ready('web-10'), ready('web-0')] })
    expect(stepsOf(made).map((step) => step.target.name)).toEqual(['web', 'web-10', 'web-2', 'web-0'])
  })

  it('works on what is paused, and where pods change only when deleted by hand', () => {
    for (const spec of [{ paused: true }, { updateStrategy: { type: 'OnDelete' } }, { strategy: { type: 'Recreate' } }])
      expect(stepsOf(drafted('restart-one-by-one', deployment(spec), {}, { pods }))).toHaveLength(3)
  })

  it('is a high risk for the only pod of a Service', () => {
    const services = [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { selector: { app: 'web' } } },
    ]
    const made = drafted('restart-one-by-one', deployment(), {}, { pods: [ready('web-a')], services })
    expect(made.risk).toBe('high')
    expect(made.blast.notes[0]).toContain('its only pod')
  })

  const budget = (name: string, spec: object = {}): KubeObject => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  })
  it.each([
    ['what has no pods', { pods: [] }, 'no-pods'],
    ['what is not whole', { pods: [ready('web-a'), ready('web-b', 'False')] }, 'not-whole'],
    ['too many to read', { pods: Array.from({ length: 61 }, (_, n) => ready(`web-${n}`)) }, 'too-many-pods'],
    ['two budgets', { pods, disruptionBudgets: [budget('a'), budget('b')] }, 'several-budgets'],
    ['a budget that lets none go', { pods, disruptionBudgets: [budget('a', { maxUnavailable: 0 })] }, 'budget-forbids'],
    ['what could not be read', { unread: ['pods'] as const }, 'related-unread'],
  ])('refuses %s', (_, related, code) => {
    expect(draft('restart-one-by-one', deployment(), {}, related)).toMatchObject({ code })
  })
})
