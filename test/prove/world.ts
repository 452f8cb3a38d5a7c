import type { PlanEvent } from '../../src/domain/plan-life.ts'
import { workerMoves } from './executor.ts'
import { does } from './hand.ts'
import { ana, shown, timeAt } from './lives.ts'
import { begin, breaks, eventKind, keyOf, lifeOf, type Model, stateOf, stepAt, stepStored } from './model.ts'
import { forgets, hears, pressText, records, replicaMoves, stores } from './people.ts'
import { arrivals, lost } from './request.ts'
import * as s from './state.ts'

/** Labels of this file, times sixteen. */
const happens = {
  tick: 48,
  lands: 49,
  bounces: 50,
  foreign: 51,
  moves: 52,
  freezes: 53,
  thaws: 54,
  revokes: 55,
  tampers: 56,
  swaps: 57,
  keeps: 58,
  failsOver: 59,
  forgets: 60,
  verifies: 61,
  sees: 62,
  removes: 63,
  goesOn: 64,
} as const

// What happened before, where it does not begin at the beginning.
const before: readonly PlanEvent[] = [
  { kind: 'approve', by: ana, planHash: shown, at: timeAt(0) },
  { kind: 'arm', token: 1, planHash: shown, at: timeAt(0), frozen: false, eligible: [ana.id] },
]

/** The state in which it begins. */
export const firstState = (model: Model, quorum: number): Uint8Array => {
  const state = new Uint8Array(s.size)
  state[s.quorum] = quorum
  const { from } = model.bounds
  s.setWide(
    state,
    s.life,
    model.lives.first(quorum, from === 'stored' ? [] : before.slice(0, from === 'approved' ? 1 : 2)),
  )
  if (from !== 'stored') state[s.truths] = s.truth.ana
  if (from !== 'left armed') return state
  state[s.time] = 4
  state[s.fence] = 1
  return state
}

/** Every transition out of `model.from`, each announced by `model.emit` while `model.to` holds where it leads. */
export const moves = (model: Model): undefined => {
  if (isOver(model)) return comeBack(model)
  workerMoves(model, 1)
  workerMoves(model, 2)
  if (model.bounds.replicas > 0) replicaMoves(model, s.replica)
  if (model.bounds.replicas === 2 && !twins(model.from)) replicaMoves(model, s.replica + s.r.size)
  arrivals(model, happens.lands)
  tick(model)
  people(model)
  if (model.from[s.faults]! < model.bounds.faults) misfortune(model)
}

// Nobody works on it, nothing is on its way and the plan has ended: only a store that goes back in time changes that.
const isOver = (model: Model): boolean => {
  const { from } = model
  const state = stateOf(model, from)
  const open = state === 'pending' || state === 'approved' || state === 'armed' || state === 'unknown'
  const busy = from[s.worker + s.w.pc] !== 0 || from[s.worker + s.w.size + s.w.pc] !== 0 || from[s.flight] !== 0
  const hearing = from[s.replica + s.r.pc] !== 0 || from[s.replica + s.r.size + s.r.pc] !== 0
  return !open && state !== 'applied' && !busy && !hearing
}

const comeBack = (model: Model): undefined => {
  const { from } = model
  if (from[s.faults]! < model.bounds.faults && s.wide(from, s.keptLife) !== 0) fault(model, happens.failsOver, failOver)
}

// Two replicas that stand at the same place do the same.
const twins = (state: Uint8Array): boolean => {
  for (let i = 0; i < s.r.size; i += 1) if (state[s.replica + i] !== state[s.replica + s.r.size + i]) return false
  return true
}

const tick = (model: Model): undefined => {
  if (model.from[s.time]! >= model.bounds.ticks) return
  const to = begin(model)
  to[s.time] = to[s.time]! + 1
  lost(to)
  model.emit(happens.tick * 16)
}

/** What people and the check afterwards do without a fault. */
const people = (model: Model): undefined => {
  const { from } = model
  if (model.bounds.steps === 2) checkOf(model)
  else if (stateOf(model, from) === 'applied') {
    const to = begin(model)
    if (stepStored(model, to, keyOf(eventKind.verified, 0, 0, 0), met)) model.emit(happens.verifies * 16)
  }
  if ((from[s.truths]! & s.truth.frozen) !== 0) {
    const to = begin(model)
    to[s.freeze] = 0
    to[s.record] = to[s.record]! & ~s.on.freeze
    to[s.truths] = to[s.truths]! & ~s.truth.frozen
    if ((to[s.truths]! & s.truth.denied) === 0)
      for (const at of [s.worker, s.worker + s.w.size]) to[at + s.w.flags] = to[at + s.w.flags]! & ~s.flag.stopped
    model.emit(happens.thaws * 16)
  }
}

const met = () => ({ kind: 'verified', at: timeAt(0), note: 'ready' }) as const

/** The check after each step: it reads which step was applied and that it is met, and may store that as late and often as it likes. */
const checkOf = (model: Model): undefined => {
  const { from } = model
  const now = stepAt(model, lifeOf(from))
  if (stateOf(model, from) === 'applied' && from[s.verifier] !== now + 1) {
    const to = begin(model)
    to[s.verifier] = now + 1
    model.emit(happens.sees * 16)
  }
  if (from[s.verifier] === 0) return
  const step = from[s.verifier]! - 1
  const to = begin(model)
  if (step === 1) {
    if (stepStored(model, to, keyOf(eventKind.verified, 0, 0, 0), met)) model.emit(happens.verifies * 16)
    return
  }
  // Before the next step may be armed, the record says that this one was seen through.
  to[s.truths] = to[s.truths]! | s.truth.seen
  stepStored(model, to, keyOf(eventKind.next, 0, step, 0), () => ({ kind: 'next', at: timeAt(0), step }))
  if (stepAt(model, lifeOf(to)) > 1) breaks(model, 'I2 it went on to a step that the plan does not have')
  model.emit(happens.goesOn * 16)
}

/** What counts against the bound of faults. */
const misfortune = (model: Model): undefined => {
  const { from } = model
  const state = stateOf(model, from)
  if (from[s.changed] === 0) fault(model, happens.foreign, (to) => to.fill(1, s.changed, s.changed + 1))
  if (model.bounds.steps === 2 && from[s.gone] === 0)
    fault(model, happens.removes, (to) => to.fill(1, s.gone, s.gone + 1))
  if (from[s.elsewhere] === 0) fault(model, happens.moves, (to) => to.fill(1, s.elsewhere, s.elsewhere + 1))
  if (from[s.revoked] === 0) fault(model, happens.revokes, (to) => to.fill(1, s.revoked, s.revoked + 1))
  if ((from[s.truths]! & s.truth.frozen) === 0)
    fault(model, happens.freezes, (to) => {
      to[s.freeze] = 1
      to[s.record] = to[s.record]! | s.on.freeze
      to[s.truths] = to[s.truths]! | s.truth.frozen
    })
  if (state === 'approved' && from[s.tampered] === 0) {
    fault(model, happens.tampers, (to) => to.fill(1, s.tampered, s.tampered + 1))
    fault(model, happens.swaps, (to) => to.fill(2, s.tampered, s.tampered + 1))
  }
  if (state !== undefined) fault(model, happens.forgets, emptyStore)
  if (s.wide(from, s.keptLife) !== 0) fault(model, happens.failsOver, failOver)
  else if (state === 'pending' || state === 'approved' || state === 'armed' || state === 'unknown') keep(model)
}

const fault = (model: Model, label: number, change: (to: Uint8Array, model: Model) => void): undefined => {
  const to = begin(model)
  to[s.faults] = to[s.faults]! + 1
  change(to, model)
  model.emit(label * 16)
}

const emptyStore = (to: Uint8Array): undefined => {
  to.fill(0, s.life, s.lease + 1)
  to.fill(0, s.keptLife, s.keptFence + 1)
}

/** A second copy of the store falls behind here: what it has now is what a failover brings back. */
const keep = (model: Model): undefined => {
  const to = begin(model)
  to.copyWithin(s.keptLife, s.life, s.life + 2)
  to[s.keptFreeze] = to[s.freeze]!
  to[s.keptFence] = to[s.fence]!
  model.emit(happens.keeps * 16)
}

const failOver = (to: Uint8Array, model: Model): undefined => {
  const lost = stateOf(model, model.from)
  const earlier = stepAt(model, s.wide(to, s.keptLife)) < stepAt(model, lifeOf(model.from))
  if (earlier || (lost !== undefined && lost !== 'pending' && lost !== 'approved'))
    to[s.truths] = to[s.truths]! | s.truth.forgot
  to.copyWithin(s.life, s.keptLife, s.keptLife + 2)
  to[s.freeze] = to[s.keptFreeze]!
  to[s.fence] = to[s.keptFence]!
  to[s.lease] = 0
  to.fill(0, s.keptLife, s.keptFence + 1)
  // A denial that was in the lost part of the store alone was never answered: its press counts as not heard.
  if ((to[s.record]! & s.on.end) === 0) to[s.truths] = to[s.truths]! & ~s.truth.denied
}

const said: Readonly<Record<number, string>> = {
  [happens.tick]: 'seven seconds pass',
  [happens.lands]: 'the request arrives and takes effect',
  [happens.bounces]: 'the request arrives and is refused: the object is not what it expects',
  [happens.foreign]: 'somebody else changes the object',
  [happens.moves]: 'the address of the cluster leads to another one',
  [happens.freezes]: 'somebody freezes all changes',
  [happens.thaws]: 'somebody lifts the freeze',
  [happens.revokes]: 'Ana loses the right to approve',
  [happens.tampers]: 'somebody changes the stored plan',
  [happens.swaps]: 'somebody changes the stored plan and its hash',
  [happens.keeps]: 'the second copy of the store falls behind',
  [happens.failsOver]: 'the store fails over to its copy',
  [happens.forgets]: 'the store loses everything',
  [happens.verifies]: 'the check afterwards is met',
  [happens.sees]: 'the check after the step finds it met',
  [happens.goesOn]: 'the check after the step lets the plan go on',
  [happens.removes]: 'somebody else removes what the second step is about',
  [does.takes]: 'takes the lease',
  [does.finds]: 'reads the plan',
  [does.leaves]: 'finds nothing to do',
  [does.looks]: 'looks for an end of the plan on the record',
  [does.passes]: 'asks every gate, and all say yes',
  [does.stopsAtGate]: 'finds a gate closed',
  [does.intends]: 'puts the intent on the record',
  [does.skipsIntent]: 'goes on without an intent on the record',
  [does.readsClock]: 'reads the freeze and the clock',
  [does.arms]: 'arms the plan',
  [does.isRefused]: 'is refused by the life of the plan',
  [does.looksAgain]: 'looks again at the freeze and the record',
  [does.stopsLate]: 'stops at the last look',
  [does.sends]: 'sends the request',
  [does.permitOver]: 'finds the permit too old',
  [does.otherCluster]: 'finds another cluster on the connection',
  [does.noAnswer]: 'hears no answer',
  [does.hears]: 'hears the answer',
  [does.records]: 'puts the answer on the record',
  [does.settles]: 'stores what became of it',
  [does.readsBack]: 'reads the object back',
  [does.waits]: 'leaves it for later: a request may still be on its way',
  [does.ends]: 'ends the plan',
  [does.crashes]: 'is killed',
  [does.loses]: 'is stopped for so long that its lease ends',
  [does.recordsEnd]: 'puts the end on the record',
  [does.skips]: 'finds nothing left to do for the step',
}

/** A transition in words. */
export const words = (label: number): string => {
  const [what, who] = [label >> 4, label & 15]
  if (what === hears) return `a replica hears: ${pressText(who)}`
  if (what === stores) return `a replica stores: ${pressText(who)}`
  if (what === forgets) return `a replica drops: ${pressText(who)}`
  if (what === records) return `a replica puts on the record: ${pressText(who)}`
  return what < happens.tick ? `worker ${who} ${said[what]}` : (said[what] ?? String(label))
}
