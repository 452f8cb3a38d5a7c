import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ended, newLife, open, type PlanEvent, type PlanLife, step } from '../../src/domain/plan-life.ts'
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

  it('keeps who denied, when and why', () => {
    const said = run([{ ...deny, kind: 'deny', by: ben, at: start, reason: 'not during the sale' }])
    const at = new Date(start).toISOString()
    expect(said.denial).toEqual({ plan: 'p', by: ben, at, reason: 'not during the sale' })
    expect(said.outcome).toEqual({ at, code: 'denied', note: 'Ben said no. Nothing was done.' })
    expect('reason' in (run([deny]).denial ?? {})).toBe(false)
  })

  it('keeps each approval with the plan and the hash that it is for', () => {
    const at = new Date(start).toISOString()
    expect(run([approve(ana)]).approvals).toEqual([{ plan: 'p', planHash: 'h', by: ana, at }])
    expect(run([approve(ana)], 2)).toMatchObject({ state: 'pending', effect: 'none', armedAt: null, after: null })
  })

  it('is told in words wherever it stands when a press comes too late', () => {
    const applied: PlanEvent = { kind: 'applied', token: 1, at: start, after: '2' }
    const said = (events: readonly PlanEvent[], quorum = 1) => {
      const next = step(terms(quorum), run(events, quorum), approve(ana))
      return isRefusal(next) ? next.reason : next.state
    }
    expect(said([approve(ana)])).toBe('This was already approved by Ana.')
    expect(said([], 0)).toBe('This was already approved by the policy.')
    expect(said([approve(ben), approve(ana)], 2)).toBe('This was already approved by Ben and Ana.')
    expect(said([approve(ana), arm()])).toMatch(/^Too late: this was approved by Ana and is being carried out/)
    expect(said([approve(ana), arm(), applied])).toBe('This was already carried out, approved by Ana.')
    expect(said([deny])).toBe('This was already denied by Ben. Nothing was done.')
    expect(said([expire])).toBe('Nobody decided in time. Nothing was done.')
    expect(refusal([], { kind: 'applied', token: 0, at: start, after: null })).toBe('already-pending')
  })

  it('has ended where nothing more can happen, and is open where people can still decide', () => {
    const states = [
      'pending',
      'approved',
      'armed',
      'unknown',
      'applied',
      'verified',
      'denied',
      'expired',
      'stale',
      'refused',
      'failed',
    ] as const
    const at = (state: (typeof states)[number]) => ({ ...newLife(terms()), state })
    expect(states.filter((state) => open(at(state)))).toEqual(['pending', 'approved'])
    expect(states.filter((state) => ended(at(state)))).toEqual([
      'verified',
      'denied',
      'expired',
      'stale',
      'refused',
      'failed',
    ])
  })

  it('is over where its expiry is no time', () => {
    const next = step({ ...terms(), expiresAt: 'soon' }, newLife(terms()), approve(ana))
    expect(isRefusal(next) && next.code).toBe('expired')
  })

  it('is checked afterwards only once it was applied', () => {
    const applied: PlanEvent = { kind: 'applied', token: 1, at: start, after: '2' }
    const well: PlanEvent = { kind: 'verified', at: start, note: 'ready' }
    const ill: PlanEvent = { kind: 'unverified', at: start, note: 'not ready' }
    expect(refusal([approve(ana), arm()], well)).toBe('already-armed')
    expect(refusal([approve(ana)], ill)).toBe('already-approved')
    expect(run([approve(ana), arm(), applied, ill])).toMatchObject({
      state: 'failed',
      effect: 'done',
      outcome: { code: 'not-verified', note: 'not ready' },
    })
    expect(run([approve(ana), arm(), applied])).toMatchObject({ appliedAt: new Date(start).toISOString(), after: '2' })
  })

  it('is not armed by what was put into the store beside it', () => {
    const at = new Date(start).toISOString()
    const armed = (approvals: PlanLife['approvals'], quorum: number) =>
      step(terms(quorum), { ...newLife(terms(quorum)), state: 'approved', approvals }, arm())
    const approval = (by: Principal, planHash = 'h') => ({ plan: 'p', planHash, by, at })
    const code = (next: ReturnType<typeof armed>) => (isRefusal(next) ? next.code : next.state)
    expect(code(armed([approval(ana), approval(ben)], 2))).toBe('armed')
    expect(code(armed([approval(ana, 'x')], 1))).toBe('approval-withdrawn')
    expect(code(armed([approval(ana), approval(ana)], 2))).toBe('approval-withdrawn')
    expect(code(armed([approval(ana), { ...approval(ben), by: { ...ben, person: 'one' } }], 2))).toBe('armed')
    const two = [ana, ben].map((by) => approval({ ...by, person: 'one' }))
    expect(code(armed(two, 2))).toBe('approval-withdrawn')
  })

  it('hears an answer only of a request that is out, and what was read back of no later holder', () => {
    const lost = [approve(ana), arm(2), { kind: 'lost', token: 2, at: start, reason: 'timeout' }] as const
    expect(refusal(lost, { kind: 'applied', token: 2, at: start, after: null })).toBe('already-unknown')
    const seen = { kind: 'reconciled', of: armedBy(2), at: start, effect: 'done', after: null, note: 'n' } as const
    expect(refusal(lost, { ...seen, token: 1 })).toBe('fenced')
    expect(run([...lost, { ...seen, token: 2 }]).state).toBe('applied')
  })

  it('has words for what should not be: an end without a note, a denial by nobody', () => {
    const said = (state: PlanLife['state']) => {
      const next = step(terms(), { ...newLife(terms()), state }, approve(ana))
      return isRefusal(next) ? next.reason : next.state
    }
    expect(said('denied')).toBe('This was already denied by somebody. Nothing was done.')
    expect(said('failed')).toBe('This plan has ended.')
    const early = step(terms(), newLife(terms()), { kind: 'applied', token: 0, at: start, after: null })
    expect(isRefusal(early) && early.reason).toBe('This plan still waits for approval.')
  })

  it('is ended by a gate while it is open, and by none later', () => {
    for (const kind of ['refuse', 'stale'] as const) {
      const gate: PlanEvent = { kind, at: start, code: 'moved', reason: 'It moved.' }
      const state = kind === 'stale' ? 'stale' : 'refused'
      expect(run([gate])).toMatchObject({ state, outcome: { code: 'moved', note: 'It moved.' } })
      expect(run([approve(ana), gate]).state).toBe(state)
      expect(refusal([approve(ana), arm()], gate)).toBe('already-armed')
    }
    expect(refusal([approve(ana)], { kind: 'expire', at: expiry - 1 })).toBe('not-expired')
    expect(run([approve(ana), expire]).state).toBe('expired')
    expect(refusal([approve(ana), arm()], expire)).toBe('already-armed')
  })

  describe('of several steps', () => {
    const applied = (token: number): PlanEvent => ({ kind: 'applied', token, at: start, after: null })
    const next = (at: number): PlanEvent => ({ kind: 'next', step: at, at: start })
    const skip = (at: number): PlanEvent => ({ kind: 'skip', step: at, at: start })
    const armAt = (token: number, at: number): PlanEvent => ({ ...arm(token), step: at }) as PlanEvent
    const first = [approve(ana), arm(), applied(1)]
    const second = [...first, next(0), armAt(2, 1)]

    it('goes on step by step, armed anew for each, by its own approvals', () => {
      expect(run([...first, next(0)])).toMatchObject({ state: 'approved', step: 1, effect: 'done' })
      expect(run(second)).toMatchObject({ state: 'armed', token: 2, step: 1, effect: 'maybe' })
      expect(refusal([...first, next(0)], arm(2))).toBe('fenced')
      expect(refusal([...first, next(0)], armAt(2, 2))).toBe('fenced')
      expect(refusal([...first, next(0)], armAt(1, 1))).toBe('fenced')
      expect(refusal(first, next(1))).toBe('fenced')
      expect(refusal([approve(ana)], next(0))).toBe('already-approved')
    })

    it('passes a step that has nothing left to do, as if it were written', () => {
      expect(run([...first, next(0), skip(1)])).toMatchObject({ state: 'applied', step: 1 })
      expect(refusal([...first, next(0)], skip(0))).toBe('fenced')
      expect(refusal(first, skip(0))).toBe('already-applied')
      expect(refusal([], skip(0))).toBe('already-pending')
    })

    it('never says that nothing was done once a step was', () => {
      const rejected: PlanEvent = {
        kind: 'rejected',
        token: 2,
        at: start,
        code: 'c',
        reason: 'It moved. Nothing was changed.',
      }
      expect(run([...second, rejected])).toMatchObject({
        state: 'failed',
        effect: 'done',
        outcome: { note: 'It moved. It stopped there; the step before it is done.' },
      })
      const third = [...second, applied(2), next(1), armAt(3, 2)]
      const lost: PlanEvent = {
        kind: 'reconciled',
        of: armedBy(3),
        token: 3,
        at: start,
        effect: 'none',
        after: null,
        note: 'Nothing was done.',
      }
      expect(run([...third, lost])).toMatchObject({
        state: 'failed',
        effect: 'done',
        outcome: { note: 'It stopped there; the 2 steps before it are done.' },
      })
      expect(run([approve(ana), arm(), { ...rejected, token: 1 }])).toMatchObject({
        effect: 'none',
        outcome: { note: 'It moved. Nothing was changed.' },
      })
      const well: PlanEvent = { kind: 'verified', at: start, note: 'ready' }
      expect(run([...second, applied(2), well]).outcome?.note).toBe('ready')
      expect(run([...first, next(0), deny]).outcome?.note).toBe(
        'Ben said no. It stopped there; the step before it is done.',
      )
    })
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
