import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { ended, newLife, type PlanEvent, type PlanLife, step } from '../../src/domain/plan-life.ts'
import { atStep, moreSteps, partsOf, rightsOf } from '../../src/domain/plan-steps.ts'
import { isRefusal } from '../../src/domain/refusal.ts'

const start = Date.parse('2026-11-20T10:00:00Z')
const terms = {
  id: 'p',
  hash: 'h',
  requester: { id: 'R', name: 'r' },
  expiresAt: new Date(start + 600_000).toISOString(),
  rule: { quorum: 1 },
}
const ana = { id: 'A', name: 'a' }

/** Everything that people, clocks and executors may say, in any order, about any step. */
const events = fc.oneof(
  fc.constant<PlanEvent>({ kind: 'approve', by: ana, planHash: 'h', at: start }),
  fc.record({ kind: fc.constant('deny' as const), by: fc.constant(ana), at: fc.constant(start) }),
  fc.record({
    kind: fc.constantFrom('refuse' as const, 'stale' as const),
    at: fc.constant(start),
    code: fc.constant('c'),
    reason: fc.constant('Nothing was done.'),
  }),
  fc.record({ kind: fc.constant('expire' as const), at: fc.constantFrom(start, start + 700_000) }),
  fc.record({
    kind: fc.constant('arm' as const),
    token: fc.integer({ min: 1, max: 6 }),
    step: fc.integer({ min: 0, max: 3 }),
    planHash: fc.constant('h'),
    at: fc.constant(start),
    frozen: fc.boolean(),
    eligible: fc.constant(['A']),
  }),
  fc.record({
    kind: fc.constant('applied' as const),
    token: fc.integer({ min: 1, max: 6 }),
    at: fc.constant(start),
    after: fc.constant('1'),
  }),
  fc.record({
    kind: fc.constant('rejected' as const),
    token: fc.integer({ min: 1, max: 6 }),
    at: fc.constant(start),
    code: fc.constant('c'),
    reason: fc.constant('no'),
  }),
  fc.record({
    kind: fc.constant('lost' as const),
    token: fc.integer({ min: 1, max: 6 }),
    at: fc.constant(start),
    reason: fc.constant('no answer'),
  }),
  fc.record({
    kind: fc.constantFrom('next' as const, 'skip' as const),
    at: fc.constant(start),
    step: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom('verified' as const, 'unverified' as const),
    at: fc.constant(start),
    note: fc.constant('n'),
  }),
)

const judge = (before: PlanLife, after: PlanLife, event: PlanEvent): void => {
  const [from, to] = [before.step ?? 0, after.step ?? 0]
  // One step at a time, and only from one that was written or had nothing left to do.
  expect(to === from || (to === from + 1 && event.kind === 'next' && before.state === 'applied')).toBe(true)
  if (event.kind === 'arm') {
    expect(event.step ?? 0).toBe(from)
    expect(event.token).toBeGreaterThan(before.token)
    expect(event.frozen).toBe(false)
  }
  expect(ended(before)).toBe(false)
  // What a sequence has done is never said to be undone or not to have been.
  if (to > 0 && before.effect === 'done' && after.state !== 'armed') expect(after.effect).toBe('done')
  if (to > 0 && after.outcome !== null) expect(after.outcome.note).not.toContain('Nothing was')
}

/** How a first step goes when all goes well: random events after a part of it reach what random events alone seldom do. */
const straight: readonly PlanEvent[] = [
  { kind: 'approve', by: ana, planHash: 'h', at: start },
  { kind: 'arm', token: 1, step: 0, planHash: 'h', at: start, frozen: false, eligible: ['A'] },
  { kind: 'applied', token: 1, at: start, after: '1' },
  { kind: 'next', at: start, step: 0 },
]

describe('the life of a sequence', () => {
  it('goes forward one step at a time, is armed for the step that is next, and never forgets what it did', () => {
    let furthest = 0
    fc.assert(
      fc.property(fc.nat(straight.length), fc.array(events, { maxLength: 40 }), (given, all) => {
        let life = newLife(terms)
        for (const event of [...straight.slice(0, given), ...all]) {
          const next = step(terms, life, event)
          if (isRefusal(next)) continue
          judge(life, next, event)
          life = next
          furthest = Math.max(furthest, life.step ?? 0)
        }
      }),
      { numRuns: 3_000 },
    )
    // The property is worth something only where steps are really reached.
    expect(furthest).toBeGreaterThanOrEqual(1)
  })
})

const request = (name: string) => ({
  method: 'POST',
  path: `/api/v1/namespaces/shop/pods/${name}/eviction`,
  query: [],
  contentType: 'application/json',
  body: name,
})
const sequence = {
  hash: 'h',
  target: { kind: 'Node' },
  preview: { kind: 'previewed', steps: ['x', 'y', 'z'] },
  change: {
    kind: 'sequence',
    steps: ['a', 'b', 'c'].map((name) => ({
      request: request(name),
      target: { apiVersion: 'v1', kind: 'Pod', name, uid: name },
      fingerprint: null,
      until: { kind: 'gone' },
      within: 60,
      summary: name,
    })),
  },
} as unknown as Plan

describe('a plan at a step', () => {
  it('is a plan of that one request, with the whole plan’s hash', () => {
    expect(atStep(sequence, 1)).toMatchObject({
      hash: 'h',
      change: { kind: 'cluster-write', request: { body: 'b' } },
      target: { name: 'b' },
      success: { kind: 'gone', uid: 'b', within: 60 },
      preview: { diffHash: 'y' },
    })
    expect(() => atStep(sequence, 3)).toThrow()
    expect(
      atStep({ ...sequence, change: { kind: 'cluster-write', request: request('x') } } as never, 7).change,
    ).toMatchObject({ request: { body: 'x' } })
  })

  it('tells what was done, what was begun and what was not', () => {
    const at = (number: number, state: string, code = 'c') =>
      partsOf(sequence, { step: number, state, outcome: { code } } as never)
    expect(at(1, 'refused')).toEqual({ done: ['a'], open: [], not: ['b', 'c'] })
    expect(at(1, 'failed', 'not-verified')).toEqual({ done: ['a'], open: ['b'], not: ['c'] })
    expect(at(2, 'verified')).toEqual({ done: ['a', 'b', 'c'], open: [], not: [] })
    expect(moreSteps(sequence, { step: 1 })).toBe(true)
    expect(moreSteps(sequence, { step: 2 })).toBe(false)
    expect(rightsOf(sequence.change)).toHaveLength(1)
  })
})
