import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../src/domain/incident.ts'
import { attemptsOn, attemptText, repeatBlock } from '../../src/policy/repeat.ts'

const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
const attempt = (minute: string, more: Partial<Attempt> = {}): Attempt => ({
  at: `2026-11-21T02:${minute}:00Z`,
  cluster: 'prod',
  action: 'rollout-restart',
  target,
  plan: 'p1',
  by: 'Ana',
  outcome: 'verified',
  note: '',
  ...more,
})
const now = Date.parse('2026-11-21T02:30:00Z')
const block = (attempts: readonly Attempt[]) => repeatBlock(attempts, 'prod', 'rollout-restart', target, now, 600)

describe('what was tried before', () => {
  it('reads with its time, its person and what came of it', () => {
    expect(attemptText(attempt('08'))).toBe('rollout-restart at 02:08 UTC by Ana: verified')
    expect(attemptText(attempt('08', { outcome: 'failed', note: 'not within 60 s' }))).toBe(
      'rollout-restart at 02:08 UTC by Ana: failed (not within 60 s)',
    )
  })

  it('is told newest first, of this object on this cluster alone', () => {
    const others = [
      attempt('10', { cluster: 'staging' }),
      attempt('11', { target: { ...target, name: 'api' } }),
      attempt('12', { target: { ...target, namespace: 'other' } }),
    ]
    const mine = [attempt('05'), attempt('25'), attempt('15')]
    expect(attemptsOn([...others, ...mine], 'prod', target).map(({ at }) => at.slice(14, 16))).toEqual([
      '25',
      '15',
      '05',
    ])
    const given = [attempt('25'), attempt('05'), attempt('15')]
    expect(attemptsOn(given, 'prod', target).map(({ at }) => at.slice(14, 16))).toEqual(['25', '15', '05'])
  })
})

describe('the same fix again', () => {
  it('is not proposed while it failed lately, and names the last failure', () => {
    const failed = { outcome: 'failed' } as const
    expect(
      block([attempt('21', { ...failed, note: 'first' }), attempt('22', { ...failed, note: 'second' })]),
    ).toMatchObject({
      code: 'tried-and-failed',
      reason: expect.stringContaining('second'),
    })
    expect(block([attempt('25'), attempt('26', failed)])).toMatchObject({ code: 'tried-and-failed' })
  })

  it('is not proposed where it worked twice lately and the trouble came back', () => {
    expect(block([attempt('22'), attempt('25')])).toMatchObject({
      code: 'keeps-coming-back',
      reason: 'rollout-restart worked 2 times and the trouble came back each time.',
    })
    expect(block([attempt('25')])).toBeUndefined()
  })

  it('counts up to the end of the cooldown and not beyond', () => {
    const failedAt = (at: string) => block([attempt('20', { outcome: 'failed', at })])
    expect(failedAt('2026-11-21T02:20:00.001Z')).toMatchObject({ code: 'tried-and-failed' })
    expect(failedAt('2026-11-21T02:20:00Z')).toBeUndefined()
  })

  it('is another matter for another action, object or cluster', () => {
    const failed = { outcome: 'failed' } as const
    expect(block([attempt('25', { ...failed, action: 'scale' })])).toBeUndefined()
    expect(block([attempt('25', { ...failed, cluster: 'staging' })])).toBeUndefined()
    expect(block([attempt('25', { ...failed, target: { ...target, name: 'api' } })])).toBeUndefined()
  })
})
