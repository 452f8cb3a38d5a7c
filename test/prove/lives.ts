import { newLife, type PlanEvent, type PlanLife, type PlanTerms, step } from '../../src/domain/plan-life.ts'
import { type Principal, theDoctor } from '../../src/domain/principal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'

/** The function that production runs; a mutant is one that calls it with something changed. */
export type Step = typeof step

/** A tick of the model's clock, in ms: at least what a permit lives, and what a request may take to arrive. */
export const tick = 15_000
/** The tick from which on the plan is over. */
export const expiry = 5
const start = Date.parse('2026-11-20T10:00:00Z')

/** The people: Ana has a second account, Rex asked for the change and has one too. */
export const ana: Principal = { id: 'UANA', name: 'Ana', person: 'ana@acme.dev' }
export const anaToo: Principal = { id: 'UANA2', name: 'Ana', person: 'ana@acme.dev' }
export const ben: Principal = { id: 'UBEN', name: 'Ben', person: 'ben@acme.dev' }
export const rex: Principal = { id: 'UREX', name: 'Rex', person: 'rex@acme.dev' }
export const rexToo: Principal = { id: 'UREX2', name: 'Rex', person: 'rex@acme.dev' }
export const dan: Principal = { id: 'UDAN', name: 'Dan', person: 'dan@acme.dev' }
export { theDoctor }

/** The hash that was shown, and the one that somebody put into the store later. */
export const shown = 'h'
const swapped = 'h2'

/** What a plan's life depends on here. `tampered` 2: somebody swapped the plan and its hash in the store. */
export const termsOf = (quorum: number, tampered: number): PlanTerms => ({
  id: 'p',
  hash: tampered === 2 ? swapped : shown,
  requester: rex,
  expiresAt: new Date(start + expiry * tick).toISOString(),
  rule: { quorum },
})

/** The time of a tick, in ms. */
export const timeAt = (ticks: number): number => start + ticks * tick

// Once it is settled, nobody asks when it was armed.
const underWay = (life: PlanLife): boolean => life.state === 'armed' || life.state === 'unknown'

/** The lives met so far, by number, and what `step` makes of them. Number 0 is no life. */
export type Lives = {
  readonly all: readonly PlanLife[]
  /** A new life after these events, none of which may be refused. */
  first(quorum: number, events: readonly PlanEvent[]): number
  /** The number of the next life, or -1 where `step` refuses; `code` then says why. */
  next(life: number, quorum: number, tampered: number, key: number, event: () => PlanEvent): number
  code(life: number, quorum: number, tampered: number, event: PlanEvent): string
  /** The tick at which it was armed. */
  armedAt(life: number): number
}

/**
 * Numbers lives and remembers what `step` answered. Two lives are one when they differ in words and times alone that `step`
 * never reads; what it reads is in the key.
 */
export const createLives = (run: Step): Lives => {
  const all: PlanLife[] = [newLife(termsOf(1, 0))]
  const numbers = new Map<string, number>()
  const known = new Map<number, number>()
  const number = (one: PlanLife): number => {
    const approvals = one.approvals.map(({ by, planHash }) => `${by.id}:${planHash}`).sort()
    const key = [
      one.state,
      approvals.join(),
      one.denial === null,
      one.token,
      underWay(one) ? one.armedAt : '',
      one.effect,
      one.step ?? 0,
    ].join('|')
    const found = numbers.get(key)
    if (found !== undefined) return found
    numbers.set(key, all.length)
    return all.push(one) - 1
  }
  return {
    all,
    first: (quorum, events) => {
      const terms = termsOf(quorum, 0)
      const live = (life: PlanLife, event: PlanEvent): PlanLife => {
        const after = step(terms, life, event)
        if (isRefusal(after)) throw new Error(`a life cannot begin with ${event.kind}: ${after.reason}`)
        return after
      }
      return number(events.reduce(live, newLife(terms)))
    },
    next: (life, quorum, tampered, key, event) => {
      const question = ((life * 4 + quorum) * 4 + tampered) * 0x4000000 + key
      const before = known.get(question)
      if (before !== undefined) return before
      const after = run(termsOf(quorum, tampered), all[life]!, event())
      const answer = isRefusal(after) ? -1 : number(after)
      known.set(question, answer)
      return answer
    },
    code: (life, quorum, tampered, event) => {
      const after = run(termsOf(quorum, tampered), all[life]!, event)
      return isRefusal(after) ? after.code : ''
    },
    armedAt: (life) => (Date.parse(all[life]?.armedAt ?? '') - start) / tick,
  }
}
