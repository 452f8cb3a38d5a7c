import { deepEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import { newLife, type PlanEvent, type PlanTerms, step } from '../../src/domain/plan-life.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'

export const start = Date.parse('2026-11-20T10:00:00Z')
export const expiry = start + 60_000
export const ana: Principal = { id: 'UANA', name: 'Ana' }
export const ben: Principal = { id: 'UBEN', name: 'Ben' }

/** A plan that Req asked for and that is good for a minute. */
export const terms = (quorum = 1): PlanTerms => ({
  id: 'p',
  hash: 'h',
  requester: { id: 'UREQ', name: 'Req', person: 'req@acme.dev' },
  expiresAt: new Date(expiry).toISOString(),
  rule: { quorum },
})

/** The arming of a token, as it was read. */
export const armedBy = (token: number) => ({ token, armedAt: new Date(start).toISOString() })

const people = [ana, ben, { id: 'UREQ', name: 'Req' }, { id: 'doctor', name: 'the doctor' }] as const
const at = fc.constantFrom(start, expiry - 1, expiry, expiry + 1)
const token = fc.integer({ min: 1, max: 3 })
const by = fc.constantFrom<Principal>(...people)
const event: fc.Arbitrary<PlanEvent> = fc.oneof(
  fc.record({ kind: fc.constant('approve' as const), by, at, planHash: fc.constantFrom('h', 'x') }),
  fc.record({ kind: fc.constant('deny' as const), by, at }),
  fc.record({ kind: fc.constant('expire' as const), at }),
  fc.record({
    kind: fc.constantFrom('arm' as const, 'rearm' as const),
    of: token.map(armedBy),
    token,
    at,
    planHash: fc.constantFrom('h', 'x'),
    frozen: fc.boolean(),
    eligible: fc.subarray(['UANA', 'UBEN', 'UREQ']),
  }),
  fc.record({ kind: fc.constant('applied' as const), token, at, after: fc.constant(null) }),
  fc.record({ kind: fc.constant('rejected' as const), token, at, code: fc.constant('c'), reason: fc.constant('r') }),
  fc.record({ kind: fc.constant('lost' as const), token, at, reason: fc.constant('r') }),
  fc.record({
    kind: fc.constantFrom('refuse' as const, 'stale' as const),
    at,
    code: fc.constant('c'),
    reason: fc.constant('r'),
  }),
  fc.record({ kind: fc.constantFrom('verified' as const, 'unverified' as const), at, note: fc.constant('n') }),
)

const final = ['denied', 'expired', 'stale', 'refused', 'verified', 'failed']

/** Any plan under any events: never an effect without its quorum, never one after a denial or its end, and ends are final. */
export const anyLife = fc.property(
  fc.integer({ min: 1, max: 2 }),
  fc.array(event, { maxLength: 14 }),
  (quorum, events) => {
    let life = newLife(terms(quorum))
    for (const one of events) {
      const next = step(terms(quorum), life, one)
      if (isRefusal(next)) {
        ok(next.reason !== '', 'a refusal without words')
        continue
      }
      ok(!final.includes(life.state), `${life.state} was not the end`)
      if (next.state === 'armed') {
        const distinct = new Set(next.approvals.map((approval) => approval.by.id))
        ok(distinct.size >= quorum, 'armed without its quorum')
        for (const id of distinct) ok(!['UREQ', 'doctor'].includes(id), `${id} counted`)
        ok(next.denial === null, 'armed after a denial')
        ok('frozen' in one && !one.frozen && one.planHash === 'h', 'armed while frozen, or another plan')
        ok('at' in one && one.at < expiry, 'armed after its end')
        ok(next.token > life.token, 'armed by an older executor')
      }
      if (next.effect === 'done' && life.effect !== 'done')
        ok(['armed', 'unknown'].includes(life.state), 'done, never armed')
      if (['denied', 'expired', 'stale', 'refused'].includes(next.state))
        ok(next.effect === 'none', 'ended with an effect')
      deepEqual(JSON.parse(JSON.stringify(next)), next)
      life = next
    }
  },
)
