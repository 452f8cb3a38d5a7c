import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { atStep, moreSteps, partsOf, rightsOf, stepNow, stepsOf } from '../../src/domain/plan-steps.ts'

const step = (name: string, more: object = {}) => ({
  request: {
    method: 'POST',
    path: `/api/v1/namespaces/a/pods/${name}/eviction`,
    query: [],
    contentType: 'c',
    body: '{}',
  },
  target: { apiVersion: 'v1', kind: 'Pod', namespace: 'a', name, uid: `uid-${name}` },
  fingerprint: `print-${name}`,
  until: { kind: 'gone' },
  within: 60,
  summary: `evict ${name}`,
  ...more,
})
const one = { change: { kind: 'cluster-write', request: step('x').request } } as unknown as Plan
const steps = [step('a'), step('b', { fingerprint: undefined, until: { kind: 'holds', fields: [] } }), step('c')]
const several = {
  id: 'p',
  hash: 'h',
  change: { kind: 'sequence', steps },
  preview: {
    kind: 'previewed',
    diff: [{ text: 'x' }],
    diffHash: 'whole',
    warnings: ['w'],
    steps: ['first', undefined],
  },
} as unknown as Plan
const life = (state: string, at?: number, code?: string) =>
  ({ state, ...(at === undefined ? {} : { step: at }), outcome: code === undefined ? null : { code } }) as never

describe('a plan of several steps', () => {
  it('has its steps; a plan of one change has none, and is itself at every step', () => {
    expect(stepsOf(several)).toEqual(steps)
    expect(stepsOf(one)).toEqual([])
    expect(atStep(one, 0)).toBe(one)
    expect(atStep(one, 7)).toBe(one)
  })

  it('is at the first one until it went on, and knows whether more follow', () => {
    expect(stepNow({})).toBe(0)
    expect(stepNow({ step: 2 })).toBe(2)
    expect([0, 1, 2, 3].map((at) => moreSteps(several, { step: at }))).toEqual([true, true, false, false])
    expect(moreSteps(one, {})).toBe(false)
  })

  it('is, at a step, that step’s one request on that step’s object with its own check', () => {
    const first = atStep(several, 0)
    expect(first).toMatchObject({
      id: 'p',
      hash: 'h',
      change: { kind: 'cluster-write', request: steps[0]?.request },
      target: { name: 'a', uid: 'uid-a' },
      fingerprint: 'print-a',
      success: { kind: 'gone', target: { kind: 'Pod', name: 'a' }, uid: 'uid-a', within: 60 },
      preview: { kind: 'previewed', diff: [], diffHash: 'first', warnings: [] },
    })
    expect(first.success.kind === 'gone' && 'uid' in first.success.target).toBe(false)
    expect(atStep(several, 1)).toMatchObject({
      fingerprint: '',
      success: { kind: 'holds', fields: [], within: 60 },
      preview: { kind: 'not-previewed' },
    })
    const blind = { ...several, preview: { kind: 'not-previewed', reason: 'x' } } as Plan
    expect(atStep(blind, 0).preview).toMatchObject({ kind: 'not-previewed', reason: 'this step was not rehearsed' })
    const bare = { ...several, preview: { kind: 'previewed', diff: [], diffHash: 'x', warnings: [] } } as Plan
    expect(atStep(bare, 0).preview.kind).toBe('not-previewed')
    expect(() => atStep(several, 3)).toThrow('no step 3')
  })

  it('needs the rights of each kind of request once in each namespace', () => {
    expect(rightsOf(one.change)).toEqual([one.change])
    const there = { ...step('d'), request: { ...step('d').request, path: '/api/v1/namespaces/b/pods/d/eviction' } }
    const other = { ...step('a'), request: { ...step('a').request, method: 'DELETE' } }
    const rights = rightsOf({ kind: 'sequence', steps: [...steps, there, other] } as never)
    expect(rights).toHaveLength(3)
    const at = (path: string) => ({ ...step('x'), request: { ...step('x').request, path } })
    const nodes = ['/api/v1/nodes/worker-1', '/api/v1/nodes/other-22'].map(at)
    expect(rightsOf({ kind: 'sequence', steps: nodes } as never)).toHaveLength(1)
    expect(rightsOf({ kind: 'sequence', steps: [...nodes, at('/api/v1/pods/worker-1')] } as never)).toHaveLength(2)
    expect(rights.every((right) => right.kind === 'cluster-write')).toBe(true)
  })

  it.each([
    ['nothing yet', life('approved'), [0, 0, 3]],
    ['the first is under way', life('armed'), [0, 0, 3]],
    ['the first is written', life('applied'), [0, 1, 2]],
    ['the second is next', life('approved', 1), [1, 0, 2]],
    ['the second did not hold', life('failed', 1, 'not-verified'), [1, 1, 1]],
    ['the second was refused', life('failed', 1, 'conflict'), [1, 0, 2]],
    ['all', life('verified', 2), [3, 0, 0]],
  ] as const)('says what was done and what was not: %s', (_, now, [done, open, not]) => {
    const parts = partsOf(several, now)
    expect([parts.done.length, parts.open.length, parts.not.length]).toEqual([done, open, not])
    expect([...parts.done, ...parts.open, ...parts.not]).toEqual(['evict a', 'evict b', 'evict c'])
  })
})
