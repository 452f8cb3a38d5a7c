import { describe, expect, it } from 'vitest'
import { isUnsteady, type PastRun, runHistory } from '../../src/domain/run-history.ts'

const runs = (outcomes: string, more: (at: number) => PastRun = () => ({})): readonly PastRun[] =>
  [...outcomes].map((one, at) => ({
    conclusion: one === '+' ? 'success' : one === '-' ? 'failure' : 'cancelled',
    sha: `c${at}`,
    startedAt: `2026-11-20T${String(at).padStart(2, '0')}:00:00Z`,
    ...more(at),
  }))

describe('runHistory', () => {
  it('counts what succeeded and failed, and no others, in whatever order they come', () => {
    expect(runHistory(runs('++-0-+').toReversed())).toMatchObject({ runs: 5, failed: 2, turns: 2, unsteady: [] })
    expect(runHistory([])).toEqual({ runs: 0, failed: 0, turns: 0, unsteady: [] })
  })
  it('takes a commit that failed and passed for unsteady, also by another attempt', () => {
    expect(runHistory(runs('-+', () => ({ sha: 'same' }))).unsteady).toEqual(['same'])
    expect(runHistory(runs('+', () => ({ attempt: 2 }))).unsteady).toEqual(['c0'])
    expect(runHistory(runs('-', () => ({ attempt: 2 }))).unsteady).toEqual([])
  })
  it('says how long it takes, and whether that changed', () => {
    const took = (seconds: readonly number[]) =>
      runHistory(runs('+'.repeat(seconds.length), (at) => ({ seconds: seconds[at] ?? 0 })))
    expect(took([100, 110, 105, 190, 200, 210])).toMatchObject({ medianSeconds: 190, trend: 'slower' })
    expect(took([200, 210, 190, 100, 100, 90])).toMatchObject({ trend: 'faster' })
    expect(took([100, 110, 105, 100, 112, 109])).toMatchObject({ trend: 'steady' })
    expect(took([100, 300]).trend).toBeUndefined()
  })
})

describe('isUnsteady', () => {
  it('needs the same commit, or a history that comes and goes', () => {
    expect(isUnsteady(runHistory(runs('-+', () => ({ sha: 'same' }))), 'same')).toBe(true)
    expect(isUnsteady(runHistory(runs('-+', () => ({ sha: 'same' }))), 'other')).toBe(false)
    expect(isUnsteady(runHistory(runs('++-++-+--')), 'c8')).toBe(false)
    expect(isUnsteady(runHistory([...runs('++-++-+--'), ...runs('+', () => ({ attempt: 2 }))]), 'c8')).toBe(true)
  })
})
