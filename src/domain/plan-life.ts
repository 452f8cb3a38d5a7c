import type { Approval, Denial } from './approval.ts'
import type { Plan } from './plan.ts'
import { type Principal, samePerson, theDoctor } from './principal.ts'
import { type Refusal, refused } from './refusal.ts'

/**
 * Where a plan stands. `armed`: the intent may be on the record and the request may have left. `unknown`: it left and no
 * answer came. `failed`: it ended without success; `effect` says whether anything was written.
 */
export type PlanState =
  | 'pending'
  | 'approved'
  | 'armed'
  | 'unknown'
  | 'applied'
  | 'verified'
  | 'denied'
  | 'expired'
  | 'stale'
  | 'refused'
  | 'failed'

/** The changing half of a plan: all that decisions and the effect add to it. Plain JSON; times are RFC 3339. */
export type PlanLife = {
  readonly state: PlanState
  /** Which step of a sequence is next or under way, from 0. A plan of one change stays at 0. */
  readonly step?: number
  readonly approvals: readonly Approval[]
  readonly denial: Denial | null
  /** The highest fencing token that ever armed it; 0 before. An older holder can no longer report on it. */
  readonly token: number
  readonly armedAt: string | null
  /** What is known of the effect: none, maybe (armed or unknown), done. */
  readonly effect: 'none' | 'maybe' | 'done'
  /** The object's resourceVersion, or the pull request's number, after the effect. */
  readonly after: string | null
  readonly appliedAt: string | null
  readonly outcome: { readonly at: string; readonly code: string; readonly note: string } | null
}

/** What of a plan its life depends on. A whole Plan is one. */
export type PlanTerms = Pick<Plan, 'id' | 'hash' | 'requester' | 'expiresAt'> & {
  readonly rule: Pick<Plan['rule'], 'quorum'>
}

/** What can happen to a plan. `at` is milliseconds of the agreed clock; `token` is the fencing token of the lock held. */
export type PlanEvent =
  | { readonly kind: 'approve'; readonly by: Principal; readonly planHash: string; readonly at: number }
  | { readonly kind: 'deny'; readonly by: Principal; readonly at: number; readonly reason?: string }
  | { readonly kind: 'expire'; readonly at: number }
  | { readonly kind: 'refuse' | 'stale'; readonly at: number; readonly code: string; readonly reason: string }
  | Arming
  | { readonly kind: 'applied'; readonly token: number; readonly at: number; readonly after: string | null }
  | {
      readonly kind: 'rejected'
      readonly token: number
      readonly at: number
      readonly code: string
      readonly reason: string
    }
  | { readonly kind: 'lost'; readonly token: number; readonly at: number; readonly reason: string }
  | {
      readonly kind: 'reconciled'
      readonly of: ArmedAs
      readonly token: number
      readonly at: number
      readonly effect: 'done' | 'none'
      readonly after: string | null
      readonly note: string
    }
  | { readonly kind: 'verified' | 'unverified'; readonly at: number; readonly note: string }
  /** A step of a sequence was seen through, and the next one may be armed; or nothing was left to do for it. */
  | { readonly kind: 'next' | 'skip'; readonly at: number; readonly step: number }

/** One arming of a plan, as it was read: what is said later about it must not be taken for another one. */
export type ArmedAs = Pick<PlanLife, 'token' | 'armedAt'>

/**
 * Taking the right to write. `eligible` are the ids of approvers who still may approve, asked just now. `rearm` is the same
 * after a crash, allowed only where the cluster was read back and shows that nothing was written since the arming `of`.
 */
type Arming = ({ readonly kind: 'arm' } | { readonly kind: 'rearm'; readonly of: ArmedAs }) & {
  readonly token: number
  readonly planHash: string
  /** The step of a sequence that is meant; 0 where it is not said. */
  readonly step?: number
  readonly at: number
  readonly frozen: boolean
  readonly eligible: readonly string[]
}

/** A plan's life when it is first stored. A policy that asks for nobody makes it approved at once. */
export const newLife = (terms: PlanTerms): PlanLife => ({
  state: terms.rule.quorum === 0 ? 'approved' : 'pending',
  approvals: [],
  denial: null,
  token: 0,
  armedAt: null,
  effect: 'none',
  after: null,
  appliedAt: null,
  outcome: null,
})

/**
 * The whole life of a plan: the next life, or a refusal that a person can read. Total, pure, the only way a life changes.
 * Deny, expiry and freeze win over everything before arming; after arming only what happened can be said.
 */
export const step = (terms: PlanTerms, life: PlanLife, event: PlanEvent): PlanLife | Refusal => {
  switch (event.kind) {
    case 'approve':
      return approve(terms, life, event)
    case 'deny':
      return open(life) ? deny(terms, life, event) : decided(life)
    case 'expire':
      if (!open(life)) return decided(life)
      if (!over(terms, event.at)) return refused('not-expired', `The plan is good until ${terms.expiresAt}.`)
      return end(life, 'expired', event.at, 'expired', 'Nobody decided in time. Nothing was done.')
    case 'refuse':
    case 'stale':
      return open(life)
        ? end(life, event.kind === 'stale' ? 'stale' : 'refused', event.at, event.code, event.reason)
        : decided(life)
    case 'arm':
    case 'rearm':
      return arm(terms, life, event)
    case 'applied':
    case 'rejected':
    case 'lost':
    case 'reconciled':
      return report(life, event)
    case 'verified':
    case 'unverified':
      return conclude(life, event)
    case 'next':
    case 'skip':
      return goOn(life, event)
  }
}

const approve = (
  terms: PlanTerms,
  life: PlanLife,
  event: Extract<PlanEvent, { kind: 'approve' }>,
): PlanLife | Refusal => {
  if (life.state !== 'pending') return decided(life)
  if (over(terms, event.at)) return refused('expired', 'This plan has expired. Nothing was done.')
  if (event.planHash !== terms.hash) return refused('hash-mismatch', 'This is not the plan that was shown.')
  if (event.by.id === theDoctor.id) return refused('doctor-cannot-approve', 'The doctor never approves anything.')
  if (samePerson(event.by, terms.requester))
    return refused('self-approval', 'Who asked for a change cannot approve it. Somebody else has to.')
  if (life.approvals.some((approval) => samePerson(approval.by, event.by)))
    return refused('already-approved', 'You have approved this already; it needs another person too.')
  const approval: Approval = { plan: terms.id, planHash: terms.hash, by: event.by, at: iso(event.at) }
  const approvals = [...life.approvals, approval]
  return { ...life, approvals, state: approvals.length >= terms.rule.quorum ? 'approved' : 'pending' }
}

const deny = (terms: PlanTerms, life: PlanLife, event: Extract<PlanEvent, { kind: 'deny' }>): PlanLife => {
  const at = iso(event.at)
  const reason = event.reason === undefined ? {} : { reason: event.reason }
  return {
    ...end(life, 'denied', event.at, 'denied', `${event.by.name} said no. Nothing was done.`),
    denial: { plan: terms.id, by: event.by, at, ...reason },
  }
}

const arm = (terms: PlanTerms, life: PlanLife, event: Arming): PlanLife | Refusal => {
  const from: readonly PlanState[] = event.kind === 'arm' ? ['approved'] : ['armed', 'unknown']
  if (!from.includes(life.state)) return decided(life)
  if (event.planHash !== terms.hash) return refused('tampered', 'The stored plan is not the plan that was approved.')
  if ((event.step ?? 0) !== stepOf(life)) return fenced()
  if (event.token <= life.token || (event.kind === 'rearm' && !sameArming(life, event.of))) return fenced()
  if (over(terms, event.at)) return refused('expired', 'The plan expired before it could be carried out.')
  if (event.frozen) return refused('frozen', 'Changes are frozen. Nothing was done.')
  const standing = life.approvals.filter(
    (approval, index) =>
      approval.planHash === terms.hash &&
      event.eligible.includes(approval.by.id) &&
      !samePerson(approval.by, terms.requester) &&
      life.approvals.findIndex((other) => samePerson(other.by, approval.by)) === index,
  )
  if (standing.length < terms.rule.quorum)
    return refused('approval-withdrawn', 'Too few of those who approved may still approve. Nothing was done.')
  return { ...life, state: 'armed', token: event.token, armedAt: iso(event.at), effect: 'maybe' }
}

type Report = Extract<PlanEvent, { kind: 'applied' | 'rejected' | 'lost' | 'reconciled' }>

const report = (life: PlanLife, event: Report): PlanLife | Refusal => {
  const from: readonly PlanState[] = event.kind === 'reconciled' ? ['armed', 'unknown'] : ['armed']
  if (!from.includes(life.state)) return decided(life)
  // A lost holder cannot report; a reconciler comes later and holds a newer token.
  if (
    event.kind === 'reconciled' ? event.token < life.token || !sameArming(life, event.of) : event.token !== life.token
  )
    return fenced()
  switch (event.kind) {
    case 'applied':
      return { ...life, state: 'applied', effect: 'done', after: event.after, appliedAt: iso(event.at) }
    case 'rejected':
      return { ...end(life, 'failed', event.at, event.code, event.reason), effect: before(life) }
    case 'lost':
      return { ...life, state: 'unknown' }
    case 'reconciled':
      return event.effect === 'done'
        ? { ...life, state: 'applied', effect: 'done', after: event.after, appliedAt: iso(event.at) }
        : { ...end(life, 'failed', event.at, 'not-applied', event.note), effect: before(life) }
  }
}

const fenced = (): Refusal => refused('fenced', 'Another executor has taken this plan over.')

// Tokens start again where the store lost them; together with the time they do not come back.
const sameArming = (life: PlanLife, of: ArmedAs): boolean => life.token === of.token && life.armedAt === of.armedAt

const conclude = (
  life: PlanLife,
  event: Extract<PlanEvent, { kind: 'verified' | 'unverified' }>,
): PlanLife | Refusal => {
  if (life.state !== 'applied') return decided(life)
  return event.kind === 'verified'
    ? end(life, 'verified', event.at, 'verified', event.note)
    : end(life, 'failed', event.at, 'not-verified', event.note)
}

/** To the next step, which is armed anew; or past one that has nothing left to do, as if it were written. */
const goOn = (life: PlanLife, event: Extract<PlanEvent, { kind: 'next' | 'skip' }>): PlanLife | Refusal => {
  if (event.step !== stepOf(life)) return fenced()
  if (event.kind === 'next')
    return life.state === 'applied' ? { ...life, state: 'approved', step: event.step + 1 } : decided(life)
  return life.state === 'approved' ? { ...life, state: 'applied', appliedAt: iso(event.at) } : decided(life)
}

const stepOf = (life: PlanLife): number => life.step ?? 0

/** What is known of the effect when the step under way did nothing: what the steps before it did stays done. */
const before = (life: PlanLife): PlanLife['effect'] => (stepOf(life) === 0 ? 'none' : 'done')

/** Whether people can still decide: nothing has been armed and nothing has ended it. */
export const open = (life: PlanLife): boolean => life.state === 'pending' || life.state === 'approved'

/** Whether nothing more can happen to it. */
export const ended = (life: PlanLife): boolean =>
  !open(life) && life.state !== 'armed' && life.state !== 'unknown' && life.state !== 'applied'

// Not a number means that the expiry was tampered with: over.
const over = (terms: PlanTerms, at: number): boolean => !(at < Date.parse(terms.expiresAt))

const iso = (at: number): string => new Date(at).toISOString()

const end = (life: PlanLife, state: PlanState, at: number, code: string, note: string): PlanLife => ({
  ...life,
  state,
  outcome: { at: iso(at), code, note: stepOf(life) === 0 || state === 'verified' ? note : partly(note, stepOf(life)) },
})

/** Of a sequence that stopped on its way it must not be said that nothing was done. */
const partly = (note: string, done: number): string =>
  `${note.replace(/ ?Nothing was (?:done|changed)(?: now| by this one)?\./g, '')} It stopped there; ${done === 1 ? 'the step' : `the ${done} steps`} before it ${done === 1 ? 'is' : 'are'} done.`.trim()

const decided = (life: PlanLife): Refusal => refused(`already-${life.state}`, `${already(life)}`)

const already = (life: PlanLife): string => {
  const names = life.approvals.map((approval) => approval.by.name).join(' and ')
  switch (life.state) {
    case 'pending':
      return 'This plan still waits for approval.'
    case 'approved':
      return `This was already approved by ${names || 'the policy'}.`
    case 'armed':
    case 'unknown':
      return `Too late: this was approved by ${names || 'the policy'} and is being carried out. Undo is offered once it is done.`
    case 'applied':
    case 'verified':
      return `This was already carried out, approved by ${names || 'the policy'}.`
    case 'denied':
      return `This was already denied by ${life.denial?.by.name ?? 'somebody'}. Nothing was done.`
    default:
      return life.outcome?.note ?? 'This plan has ended.'
  }
}
