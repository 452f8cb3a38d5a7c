import { newLife, type PlanEvent, type PlanLife, type PlanTerms, step } from '../../src/domain/plan-life.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import type { Step } from './lives.ts'
import type { Bounds, Rules } from './model.ts'

/** One guard taken away. `breaks` is the invariant that must be seen to fall; `bounds` is the world that is enough for it. */
export type Mutant = {
  readonly name: string
  readonly breaks: RegExp
  readonly step?: Step
  readonly rules?: Partial<Rules>
  readonly bounds?: Partial<Bounds>
}

type Of<K extends PlanEvent['kind']> = Extract<PlanEvent, { kind: K }>

/** `step` with one kind of event told differently. */
const told =
  <K extends PlanEvent['kind']>(
    kinds: readonly K[],
    change: (event: Of<K>, terms: PlanTerms, life: PlanLife) => PlanEvent,
  ): Step =>
  (terms, life, event) =>
    step(terms, life, kinds.some((kind) => kind === event.kind) ? change(event as Of<K>, terms, life) : event)

/** `step` that finds another life than the one there is, for some events. */
const found =
  (change: (life: PlanLife, event: PlanEvent, terms: PlanTerms) => PlanLife): Step =>
  (terms, life, event) =>
    step(terms, change(life, event, terms), event)

const nobody: Principal = { id: 'nobody', name: 'nobody' }
const early = Date.parse('2026-11-20T10:00:00Z')

/** Every approval by an account that nobody knows, so that no two are one person's. */
const strangers: Step = (terms, life, event) => {
  if (event.kind === 'approve') {
    const { name } = event.by
    const by = { id: `${event.by.id}#${life.approvals.length}`, name }
    return step({ ...terms, requester: nobody }, life, { ...event, by })
  }
  if (event.kind !== 'arm' && event.kind !== 'rearm') return step(terms, life, event)
  return step(terms, life, { ...event, eligible: life.approvals.map(({ by }) => by.id) })
}

// Worlds in which nobody presses anything any more.
const afterApproval = { from: 'approved', replicas: 0 } as const
const afterDeath = { from: 'left armed', replicas: 0 } as const

/** The guards of `step`, each gone in turn. */
const ofStep: readonly Mutant[] = [
  {
    name: 'an approval is not held against the hash that was shown',
    breaks: /^I1 an approval of another plan/,
    step: told(['approve'], (event, terms) => ({ ...event, planHash: terms.hash })),
    bounds: { hostile: true },
  },
  {
    name: 'approvals of another hash count when arming',
    breaks: /^I1 armed a plan that nobody was shown/,
    step: (terms, life, event) => {
      const arming = event.kind === 'arm' || event.kind === 'rearm'
      if (!arming) return step(terms, life, event)
      const approvals = life.approvals.map((approval) => ({ ...approval, planHash: terms.hash }))
      return step(terms, { ...life, approvals }, { ...event, planHash: terms.hash })
    },
    bounds: { faults: 1 },
  },
  {
    name: 'two accounts of one person count as two people',
    breaks: /^I3 one person counted twice/,
    step: strangers,
    bounds: { quorums: [2] },
  },
  {
    name: 'who asked may approve',
    breaks: /^I3 who asked/,
    step: (terms, life, event) => step({ ...terms, requester: nobody }, life, event),
    bounds: { hostile: true },
  },
  {
    name: 'a second account of who asked may approve',
    breaks: /^I3 who asked approved it from a second account/,
    step: (terms, life, event) => {
      const { id, name } = terms.requester
      return step({ ...terms, requester: { id, name } }, life, event)
    },
    bounds: { hostile: true },
  },
  {
    name: 'the doctor may approve',
    breaks: /^I3 the doctor/,
    step: told(['approve'], (event) =>
      event.by.id === 'doctor' ? { ...event, by: { id: 'UDOC', name: 'x' } } : event,
    ),
    bounds: { hostile: true },
  },
  {
    name: 'one approval is enough where two are asked for',
    breaks: /^I1 approved by fewer/,
    step: (terms, life, event) => step({ ...terms, rule: { quorum: 1 } }, life, event),
    bounds: { quorums: [2] },
  },
  {
    name: 'expiry is not checked at the approval',
    breaks: /^I1 an approval counted after/,
    step: told(['approve'], (event) => ({ ...event, at: early })),
  },
  {
    name: 'expiry is not checked at the arming',
    breaks: /^I6 armed after the plan had expired/,
    step: told(['arm', 'rearm'], (event) => ({ ...event, at: early })),
  },
  {
    name: 'a freeze is not checked at the arming',
    breaks: /^I6 armed although a freeze/,
    step: told(['arm', 'rearm'], (event) => ({ ...event, frozen: false })),
    bounds: { faults: 1 },
  },
  {
    name: 'a denial after the approval is not heard',
    breaks: /^I6 a request left after a denial/,
    step: (terms, life, event) =>
      event.kind === 'deny' && life.state === 'approved'
        ? { kind: 'refused', code: 'already-approved', reason: 'too late' }
        : step(terms, life, event),
  },
  {
    name: 'a denial after the arming is heard',
    breaks: /^I[26]/,
    step: found((life, event) =>
      event.kind === 'deny' && life.state === 'armed' ? { ...life, state: 'approved' } : life,
    ),
  },
  {
    name: 'an expiry after the arming is heard',
    breaks: /^I[26]/,
    step: found((life, event) =>
      event.kind === 'expire' && life.state === 'armed' ? { ...life, state: 'approved' } : life,
    ),
  },
  {
    name: 'a plan can be armed twice',
    breaks: /^I2/,
    step: found((life, event) =>
      event.kind === 'arm' && life.state === 'armed' ? { ...life, state: 'approved' } : life,
    ),
    bounds: { ...afterApproval, faults: 1 },
  },
  {
    name: 'an older executor may arm again (no fencing)',
    breaks: /^I2/,
    step: told(['rearm'], (event, _, life) => ({ ...event, token: life.token + 1, of: life })),
    bounds: { ...afterDeath, faults: 1 },
  },
  {
    name: 'what is said after a crash is not tied to the arming it is about',
    breaks: /^I2/,
    step: told(['reconciled', 'rearm'], (event, _, life) => ({ ...event, of: life })),
    bounds: { ...afterDeath, faults: 1 },
  },
  {
    name: 'an answer without a trace counts as a no',
    breaks: /^I2/,
    step: told(['lost'], (event) => ({ ...event, kind: 'rejected', code: 'lost', reason: 'no answer' })),
  },
  {
    name: 'an end is not an end',
    breaks: /^I/,
    step: (terms, life, event) => {
      const after = step(terms, life, event)
      return isRefusal(after) && life.state === 'denied'
        ? step(terms, { ...newLife(terms), approvals: life.approvals, state: 'approved' }, event)
        : after
    },
  },
]

// Two changes on two objects, one after the other.
const inSteps = { from: 'approved', replicas: 0, steps: 2, takings: 2, ticks: 1 } as const

/** The guards of `step` for plans of several steps, each gone in turn. */
const ofSteps: readonly Mutant[] = [
  {
    name: 'a step need not be seen through before the next one',
    breaks: /^I2 the second step left before/,
    step: (terms, life, event) => {
      const after = step(terms, life, event)
      return !isRefusal(after) && event.kind === 'applied' && (life.step ?? 0) === 0
        ? { ...after, state: 'approved', step: 1 }
        : after
    },
    bounds: inSteps,
  },
  {
    name: 'that a step was seen through is not tied to the step',
    breaks: /^I2 it went on to a step that the plan does not have/,
    step: (terms, life, event) => step(terms, life, event.kind === 'next' ? { ...event, step: life.step ?? 0 } : event),
    bounds: inSteps,
  },
  {
    name: 'a plan that stops at its second step says that nothing was done',
    breaks: /^I2 the plan is failed and says that nothing was done/,
    step: (terms, life, event) => {
      const { step: _, ...first } = life
      return step(terms, event.kind === 'rejected' ? first : life, event)
    },
    bounds: { ...inSteps, faults: 1 },
  },
]

/** The rules of the protocol around it, each gone in turn. */
const ofProtocol: readonly Mutant[] = [
  { name: 'the request leaves without an intent on the record', breaks: /^I7/, rules: { intentFirst: false } },
  {
    name: 'a write without an answer is made again, not read back',
    breaks: /^I[24]/,
    rules: { readBack: false },
    bounds: { ...afterApproval, faults: 1 },
  },
  {
    name: 'nobody waits for a request that may be on its way',
    breaks: /^I2/,
    rules: { waitSettled: false, waitIntent: false },
    bounds: { ...afterApproval, faults: 1 },
  },
  {
    name: 'nobody minds a fresh intent of somebody else',
    breaks: /^I2/,
    rules: { waitIntent: false, alone: false },
    bounds: { ...afterApproval, faults: 1 },
  },
  { name: 'the object is not read again', breaks: /^I4/, rules: { gateObject: false }, bounds: { faults: 1 } },
  {
    name: 'the request does not say what it expects',
    breaks: /^I4/,
    rules: { precondition: false },
    bounds: { faults: 1 },
  },
  { name: 'the cluster is not identified again', breaks: /^I5/, rules: { gateCluster: false }, bounds: { faults: 1 } },
  {
    name: 'the cluster is not pinned to the connection',
    breaks: /^I5/,
    rules: { pinned: false },
    bounds: { faults: 1 },
  },
  {
    name: 'approvers are not asked about again',
    breaks: /^I1/,
    rules: { gateApprovers: false },
    bounds: { faults: 1 },
  },
  { name: 'a freeze does not close the gates', breaks: /^I6/, rules: { gateFreeze: false }, bounds: { faults: 1 } },
  {
    name: 'the gates are not asked again before a second try',
    breaks: /^I[1-6]/,
    rules: { gatesOnRearm: false },
    bounds: { ...afterApproval, faults: 1 },
  },
  {
    name: 'a freeze is not looked for once armed',
    breaks: /^I6/,
    rules: { freezeAfterArm: false },
    bounds: { faults: 1 },
  },
  {
    name: 'a freeze that the store forgot is lifted',
    breaks: /^I6/,
    rules: { freezeOnRecord: false },
    bounds: { ...afterApproval, faults: 2 },
  },
  {
    name: 'an end that the store forgot is none',
    breaks: /^I/,
    rules: { recordAfterArm: false },
    bounds: { faults: 1 },
  },
  { name: 'a permit never ends', breaks: /^I2/, rules: { permitEnds: false }, bounds: { ...afterApproval, faults: 1 } },
  {
    name: 'a permit counts from after the arming',
    breaks: /^I2/,
    rules: { permitFromStart: false },
    bounds: { ...afterApproval, faults: 1 },
  },
  {
    name: 'two executors whose intents are both fresh go on',
    breaks: /^I2 the plan took effect twice/,
    rules: { alone: false },
    bounds: { ...afterApproval, faults: 2, takings: 2, ticks: 0 },
  },
  { name: 'a permit outlives its plan', breaks: /^I1 a request left after/, rules: { permitWithinPlan: false } },
  { name: 'a lost answer is told as a no', breaks: /^I2/, rules: { lostIsUnknown: false } },
  { name: 'plans are stored without compare-and-swap', breaks: /^I/, rules: { compareAndSwap: false } },
  {
    name: 'a stored plan is not hashed again',
    breaks: /^I1 armed a plan/,
    rules: { sealed: false },
    bounds: { faults: 1 },
  },
]

/** Every seeded bug. Each must be found. */
export const mutants: readonly Mutant[] = [...ofStep, ...ofSteps, ...ofProtocol]

/** The world of a mutant that names no other. */
export const smallWorld: Bounds = {
  quorums: [1],
  faults: 0,
  ticks: 6,
  takings: 3,
  replicas: 1,
  hostile: false,
  steps: 1,
  from: 'stored',
}
