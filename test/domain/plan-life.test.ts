import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newLife, type PlanEvent, type PlanLife, step } from '../../src/domain/plan-life.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { ana, anyLife, armedBy, ben, expiry, start, terms } from './any-life.ts'

const approve = (by: Principal, at = start, planHash = 'h'): PlanEvent => ({ kind: 'approve', by, at, planHash })
type Arm = { readonly at: number; readonly frozen: boolean; readonly planHash: string; readonly eligible: string[] }
const arm = (token = 1, more: Partial<Arm> = {}): PlanEvent => ({
  kind: 'arm',
  token,
  planHash: 'h',
  at: start,
  frozen: false,
  eligible: ['UANA', 'UBEN'],
  ...more,
})
const deny: PlanEvent = { kind: 'deny', by: ben, at: start }
const expire: PlanEvent = { kind: 'expire', at: expiry }

const run = (events: readonly PlanEvent[], quorum = 1): PlanLife =>
  events.reduce<PlanLife>(
    (life, event) => {
      const next = step(terms(quorum), life, event)
      return isRefusal(next) ? life : next
    },
    newLife(terms(quorum)),
  )
const refusal = (events: readonly PlanEvent[], last: PlanEvent, quorum = 1): string => {
  const next = step(terms(quorum), run(events, quorum), last)
  return isRefusal(next) ? next.code : `went to ${next.state}`
}

describe('the life of a plan', () => {
  it('goes from pending over approval, arming and effect to verified', () => {
    const life = run([
      approve(ana),
      arm(),
      { kind: 'applied', token: 1, at: start, after: '2' },
      { kind: 'verified', at: start, note: '2 of 2 ready' },
    ])
    expect(life).toMatchObject({ state: 'verified', effect: 'done', after: '2', token: 1 })
  })

  it.each([
    ['the requester', approve({ id: 'UREQ', name: 'Req' }), 'self-approval'],
    [
      'a second account of the requester',
      approve({ id: 'UALT', name: 'Alt', person: 'req@acme.dev' }),
      'self-approval',
    ],
    ['the doctor', approve({ id: 'doctor', name: 'the doctor' }), 'doctor-cannot-approve'],
    ['another hash', approve(ana, start, 'x'), 'hash-mismatch'],
    ['at its expiry to the millisecond', approve(ana, expiry), 'expired'],
    ['a time that is none', approve(ana, Number.NaN), 'expired'],
  ])('refuses an approval by %s', (_, event, code) => {
    expect(refusal([], event)).toBe(code)
  })

  it('is approved one millisecond before its expiry', () => {
    expect(run([approve(ana, expiry - 1)]).state).toBe('approved')
  })

  it('counts people, not approvals', () => {
    expect(refusal([approve(ana)], approve(ana), 2)).toBe('already-approved')
    expect(run([approve(ana), approve(ana)], 2).state).toBe('pending')
    expect(run([approve(ana), approve(ben)], 2).state).toBe('approved')
    const twice = [approve({ ...ana, person: 'p' }), approve({ ...ben, person: 'p' })]
    expect(run(twice, 2).state).toBe('pending')
  })

  it.each([
    ['nobody approved', [], arm(), 'already-pending'],
    ['frozen', [approve(ana)], arm(1, { frozen: true }), 'frozen'],
    ['expired in the queue', [approve(ana)], arm(1, { at: expiry }), 'expired'],
    ['the approver may no more', [approve(ana)], arm(1, { eligible: ['UBEN'] }), 'approval-withdrawn'],
    ['another plan', [approve(ana)], arm(1, { planHash: 'x' }), 'tampered'],
    ['armed before', [approve(ana), arm()], arm(2), 'already-armed'],
    ['denied before', [approve(ana), deny], arm(), 'already-denied'],
    ['expired before', [approve(ana), expire], arm(), 'already-expired'],
  ] as const)('is not armed when %s', (_, events, event, code) => {
    expect(refusal(events, event)).toBe(code)
  })

  it('hears only the holder of the newest token', () => {
    const again = (token: number): PlanEvent => ({ ...arm(token), kind: 'rearm', of: armedBy(5) }) as PlanEvent
    const events = [approve(ana), arm(5), again(7)]
    expect(refusal(events, { kind: 'applied', token: 5, at: start, after: null })).toBe('fenced')
    expect(run([...events, { kind: 'applied', token: 7, at: start, after: null }]).state).toBe('applied')
    expect(refusal([approve(ana), arm(5)], again(5))).toBe('fenced')
    expect(refusal(events, again(9))).toBe('fenced')
  })

  it('hears what was read back only of the arming that was read', () => {
    const none = { kind: 'reconciled', token: 9, at: start, effect: 'none', after: null, note: 'not there' } as const
    const events = [approve(ana), arm(5), { ...arm(7), kind: 'rearm', of: armedBy(5) } as PlanEvent]
    expect(refusal(events, { ...none, of: armedBy(5) })).toBe('fenced')
    expect(run([...events, { ...none, of: armedBy(7) }]).state).toBe('failed')
    expect(refusal(events, { ...none, of: { token: 7, armedAt: new Date(start + 1).toISOString() } })).toBe('fenced')
  })

  it('a deny after arming comes too late and says so', () => {
    const next = step(terms(), run([approve(ana), arm()]), deny)
    expect(isRefusal(next) && next.reason).toContain('Too late')
  })

  it('an answer that was lost is settled only by reading back', () => {
    const lost = [approve(ana), arm(), { kind: 'lost', token: 1, at: start, reason: 'timeout' }] as const
    expect(run(lost)).toMatchObject({ state: 'unknown', effect: 'maybe' })
    const settled = (effect: 'done' | 'none'): PlanEvent => ({
      kind: 'reconciled',
      of: armedBy(1),
      token: 1,
      at: start,
      effect,
      after: null,
      note: 'read back',
    })
    expect(run([...lost, settled('done')])).toMatchObject({ state: 'applied', effect: 'done' })
    expect(run([...lost, settled('none')])).toMatchObject({ state: 'failed', effect: 'none' })
  })

  it('under any order of events: never an effect without its quorum, never one after deny or expiry, ends are final', () => {
    fc.assert(anyLife, { numRuns: 3_000 })
  })

  it('all orders of approve, approve, deny, expire and arm end in one state, and a deny before arming always wins', () => {
    const set = [approve(ana), approve(ben), deny, expire, arm(1, { at: start })]
    const permutations = (items: readonly PlanEvent[]): readonly (readonly PlanEvent[])[] =>
      items.length === 0
        ? [[]]
        : items.flatMap((item, index) =>
            permutations(items.filter((_, other) => other !== index)).map((rest) => [item, ...rest]),
          )
    for (const order of permutations(set)) {
      const life = run(order)
      const armed = life.state === 'armed'
      const stop = Math.min(order.indexOf(deny), order.indexOf(expire))
      const armAt = order.findIndex((one) => one.kind === 'arm')
      if (stop < armAt) expect(armed).toBe(false)
      expect(['armed', 'denied', 'expired']).toContain(life.state)
    }
  })
})
