import type { Change } from '../domain/change.ts'
import type { ClusterIdentity } from '../domain/cluster.ts'
import type { Plan } from '../domain/plan.ts'

const issuing = Symbol('issuing a write permit')

/**
 * The right to do the one effect of one approved plan, once, for a few seconds. The only class of the domain: it cannot be
 * forged from data, because only `issuePermit` in this file can construct one.
 */
export class WritePermit {
  readonly plan: Plan
  readonly identity: ClusterIdentity
  readonly intentSeq: number
  readonly expiresAt: number
  #spent = false

  constructor(key: symbol, plan: Plan, identity: ClusterIdentity, intentSeq: number, expiresAt: number) {
    if (key !== issuing) throw new TypeError('a WritePermit is issued, never constructed')
    this.plan = plan
    this.identity = identity
    this.intentSeq = intentSeq
    this.expiresAt = expiresAt
    Object.freeze(this)
  }

  /** Hands out the change exactly once. Throws when it was spent before or the permit is too old. */
  spend(now: number): Change {
    if (this.#spent) throw new Error('this permit was already spent')
    if (!(now < this.expiresAt)) throw new Error('this permit has expired')
    this.#spent = true
    return this.plan.change
  }
}

/** How long a permit lives, in ms: long enough for the gates and the record, short enough that a crash is soon settled. */
export const permitLife = 7_000

/**
 * Issues the permit of a plan whose gates all said yes and whose intent is on the record at `intentSeq`. It lives 7 s from
 * `since`, the moment before those gates, and never longer than the plan: a process that stood still finds it ended.
 */
export const issuePermit = (plan: Plan, identity: ClusterIdentity, intentSeq: number, since: number): WritePermit =>
  new WritePermit(issuing, plan, identity, intentSeq, Math.min(since + permitLife, Date.parse(plan.expiresAt)))
