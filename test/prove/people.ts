import type { PlanEvent } from '../../src/domain/plan-life.ts'
import type { Principal } from '../../src/domain/principal.ts'
import { ana, anaToo, ben, dan, expiry, rex, rexToo, shown, theDoctor, timeAt } from './lives.ts'
import { begin, breaks, eventKind, keyOf, lifeOf, type Model, stateOf, stepStored } from './model.ts'
import * as s from './state.ts'

/** What can reach a replica about the plan, as often and as late as it likes: a press of somebody, or the expiry's job. */
type Press = {
  readonly text: string
  readonly by?: Principal
  readonly hash?: string
  /** What it counts as when everything is right; none: it must never count. */
  readonly truth?: number
  readonly wrong?: string
}

const presses: readonly Press[] = [
  { text: '' },
  { text: 'Ana approves', by: ana, truth: s.truth.ana },
  { text: 'Ben approves', by: ben, truth: s.truth.ben },
  { text: 'Ana approves from a second account', by: anaToo, truth: s.truth.ana },
  { text: 'Rex, who asked for it, approves', by: rex, wrong: 'I3 who asked for the change approved it' },
  { text: 'Rex approves from a second account', by: rexToo, wrong: 'I3 who asked approved it from a second account' },
  { text: 'the doctor approves', by: theDoctor, wrong: 'I3 the doctor approved its own plan' },
  { text: 'Ben approves another plan', by: ben, hash: 'x', wrong: 'I1 an approval of another plan counted' },
  { text: 'Dan denies', by: dan },
  { text: 'the expiry job runs' },
]
const deny = 8
const expire = 9

/** How a press reads in a counterexample. */
export const pressText = (press: number): string => presses[press]!.text

/** Labels of this file: what a replica does, times sixteen, plus the press. */
export const hears = 1
export const stores = 2
export const forgets = 3
export const records = 4

/** Everything that a replica can do next. */
export const replicaMoves = (model: Model, at: number): undefined => {
  const { from } = model
  const stage = from[at + s.r.pc]!
  if (stage === 0) return hear(model, at)
  if (stage === 1) decideNow(model, at)
  else putOnRecord(model, at)
}

/** `decide` up to the compare-and-swap: who, when, and whether a freeze is known. */
const hear = (model: Model, at: number): undefined => {
  const { from } = model
  const state = stateOf(model, from)
  // What was heard while the plan was open may be stored at any time after; what is heard later can change nothing.
  if (state !== 'pending' && state !== 'approved') return
  for (let press = 1; press < presses.length; press += 1) {
    const isLate = from[s.time]! >= expiry
    if (presses[press]!.wrong !== undefined && !model.bounds.hostile) continue
    if (press === expire ? !isLate : press !== deny && from[s.freeze] === 1) continue
    if (from[s.revoked] === 1 && (press === 1 || press === 3)) continue
    const to = begin(model)
    to[at + s.r.pc] = 1
    to[at + s.r.press] = press
    to[at + s.r.late] = isLate ? 1 : 0
    if (!model.rules.compareAndSwap) s.setWide(to, at + s.r.life, lifeOf(from))
    model.emit(hears * 16 + press)
  }
}

const decideNow = (model: Model, at: number): undefined => {
  const { from, rules } = model
  const press = from[at + s.r.press]!
  const isLate = from[at + s.r.late] === 1
  const before = stateOf(model, from)
  const to = begin(model)
  if (!rules.compareAndSwap) s.setWide(to, s.life, s.wide(from, at + s.r.life))
  const key = keyOf(eventKind.press, press, isLate ? expiry : 0, 0)
  const done = stepStored(model, to, key, () => eventOf(press, isLate))
  clear(to, at)
  if (!done) {
    if (!rules.compareAndSwap) s.setWide(to, s.life, lifeOf(from))
    if (press === deny && isOpen(before) && from[s.tampered] !== 1) to[s.truths] = to[s.truths]! | s.truth.denied
    return model.emit(forgets * 16 + press)
  }
  judge(model, to, press, isLate, before)
  if (press === deny || press === expire) {
    to[at + s.r.pc] = 2
    to[at + s.r.press] = press
  }
  model.emit(stores * 16 + press)
}

/** Whether what was just stored may be: by what the people really did. */
const judge = (model: Model, to: Uint8Array, press: number, isLate: boolean, before: string | undefined): undefined => {
  const { truth, wrong } = presses[press]!
  if (press === deny) {
    if (!isOpen(before) && model.rules.compareAndSwap) breaks(model, 'I6 a denial after arming changed what is said')
    to[s.truths] = to[s.truths]! | s.truth.denied
    return
  }
  if (press === expire) {
    if (!isOpen(before)) breaks(model, 'I6 an expiry after arming changed what is said')
    return
  }
  if (wrong !== undefined) return breaks(model, wrong)
  if (isLate) return breaks(model, 'I1 an approval counted after the plan had expired')
  const given = truth ?? 0
  const { approvals, state } = model.lives.all[lifeOf(to)]!
  const people = new Set(approvals.map(({ by }) => by.name))
  if (people.size < approvals.length) return breaks(model, 'I3 one person counted twice')
  if (state === 'approved' && people.size < to[s.quorum]!)
    return breaks(model, 'I1 approved by fewer people than the policy asks for')
  to[s.truths] = to[s.truths]! | given
}

/** The audit entry after a denial or an expiry: from here on not even a store that forgets brings the plan back. */
const putOnRecord = (model: Model, at: number): undefined => {
  const press = model.from[at + s.r.press]!
  const to = begin(model)
  to[s.record] = to[s.record]! | s.on.end
  clear(to, at)
  model.emit(records * 16 + press)
  if (model.from[s.faults]! >= model.bounds.faults) return
  const crashed = begin(model)
  clear(crashed, at)
  crashed[s.faults] = crashed[s.faults]! + 1
  model.emit(forgets * 16 + press)
}

const eventOf = (press: number, isLate: boolean): PlanEvent => {
  const at = timeAt(isLate ? expiry : 0)
  const { by, hash } = presses[press]!
  if (press === expire) return { kind: 'expire', at }
  if (by === undefined) throw new Error('nobody pressed')
  return press === deny ? { kind: 'deny', by, at } : { kind: 'approve', by, at, planHash: hash ?? shown }
}

const isOpen = (state: string | undefined): boolean => state === 'pending' || state === 'approved'

const clear = (to: Uint8Array, at: number): undefined => {
  to.fill(0, at, at + s.r.size)
}
