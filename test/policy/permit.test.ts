import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { issuePermit, permitLife, WritePermit } from '../../src/policy/permit.ts'

const identity = { kind: 'confirmed', cluster: 'prod', signals: [] } as const
const change = { kind: 'cluster-write' }
const plan = (left: number): Plan =>
  ({ change, expiresAt: new Date(1_000_000 + left).toISOString() }) as unknown as Plan

describe('a write permit', () => {
  it('hands the change out once', () => {
    const permit = issuePermit(plan(60_000), identity, 7, 1_000_000)
    expect(permit).toMatchObject({ identity, intentSeq: 7 })
    expect(permit.spend(1_000_000)).toBe(change)
    expect(() => permit.spend(1_000_000)).toThrow('already spent')
  })

  it('lives a few seconds from before the gates, and never longer than its plan', () => {
    const permit = () => issuePermit(plan(60_000), identity, 1, 1_000_000)
    expect(permit().expiresAt).toBe(1_000_000 + permitLife)
    expect(permit().spend(1_000_000 + permitLife - 1)).toBe(change)
    expect(() => permit().spend(1_000_000 + permitLife)).toThrow('expired')
    const short = issuePermit(plan(2_000), identity, 1, 1_000_000)
    expect(short.expiresAt).toBe(1_002_000)
    expect(() => short.spend(1_002_000)).toThrow('expired')
    expect(permitLife).toBeLessThanOrEqual(7_000)
  })

  it('is over where no one can tell until when it lives', () => {
    const unclear = issuePermit({ change, expiresAt: 'soon' } as unknown as Plan, identity, 1, 1_000_000)
    expect(() => unclear.spend(1_000_000)).toThrow('expired')
    expect(() => issuePermit(plan(60_000), identity, 1, 1_000_000).spend(Number.NaN)).toThrow('expired')
  })

  it('is issued, never made or changed', () => {
    expect(() => new WritePermit(Symbol('issuing a write permit'), plan(1), identity, 1, 2)).toThrow(TypeError)
    const permit = issuePermit(plan(60_000), identity, 1, 1_000_000)
    expect(Object.isFrozen(permit)).toBe(true)
    expect(() => Object.assign(permit, { expiresAt: 9e15 })).toThrow(TypeError)
  })
})
