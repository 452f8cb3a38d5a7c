import type { PlanEvent } from '../../src/domain/plan-life.ts'
import { createLives, type Lives, type Step } from './lives.ts'
import * as s from './state.ts'

/**
 * What the protocol around `step` holds to, as in src/doctor. All true is production; a mutant has one of them false.
 * The comment names the line of defence that is gone then.
 */
export type Rules = {
  /** effect.ts: the intent is on the record before anything leaves. */
  readonly intentFirst: boolean
  /** execute.ts: what was left armed, or unanswered, is read back before anything else. */
  readonly readBack: boolean
  /** execute.ts: nothing is written again while an earlier request may still arrive. */
  readonly waitSettled: boolean
  /** execute.ts: an approved plan whose intent is fresh on the record waits as well. */
  readonly waitIntent: boolean
  /** recheck.ts: the object, the cluster, the approvers, the freeze. */
  readonly gateObject: boolean
  readonly gateCluster: boolean
  readonly gateApprovers: boolean
  readonly gateFreeze: boolean
  /** execute.ts: the gates are asked again before a second try. */
  readonly gatesOnRearm: boolean
  /** last-look.ts: once armed, the freeze and the record are looked at again. */
  readonly freezeAfterArm: boolean
  readonly recordAfterArm: boolean
  /** last-look.ts: a freeze on the record holds, whatever the store says. */
  readonly freezeOnRecord: boolean
  /** last-look.ts: nobody writes while the record shows that somebody else is about to. */
  readonly alone: boolean
  /** permit.ts: a permit ends, counts from before the gates, and never outlives the plan. */
  readonly permitEnds: boolean
  readonly permitFromStart: boolean
  readonly permitWithinPlan: boolean
  /** writer.ts: the cluster is confirmed on the connection that writes. */
  readonly pinned: boolean
  /** The request carries what it expects the object to be. */
  readonly precondition: boolean
  /** execute.ts: a lost answer is not a no. */
  readonly lostIsUnknown: boolean
  /** plan-store.ts: compare-and-swap, and the stored plan hashed again at each reading. */
  readonly compareAndSwap: boolean
  readonly sealed: boolean
}

/** Production. */
export const allRules: Rules = {
  intentFirst: true,
  readBack: true,
  waitSettled: true,
  waitIntent: true,
  gateObject: true,
  gateCluster: true,
  gateApprovers: true,
  gateFreeze: true,
  gatesOnRearm: true,
  freezeAfterArm: true,
  recordAfterArm: true,
  freezeOnRecord: true,
  alone: true,
  permitEnds: true,
  permitFromStart: true,
  permitWithinPlan: true,
  pinned: true,
  precondition: true,
  lostIsUnknown: true,
  compareAndSwap: true,
  sealed: true,
}

/** How large the explored world is. `faults`: crashes, losses, changes and locks that time out, together. */
export type Bounds = {
  readonly quorums: readonly number[]
  readonly faults: number
  readonly ticks: number
  /** How often the lease can be taken. */
  readonly takings: number
  readonly replicas: 0 | 1 | 2
  /** Of how many changes the plan is made, each on an object of its own. */
  readonly steps: 1 | 2
  /** Whether presses that must never count are heard as well. */
  readonly hostile: boolean
  /** Where it begins: with a plan just stored, approved by Ana, or armed by an executor that died unheard, long ago. */
  readonly from: 'stored' | 'approved' | 'left armed'
}

/** A model under search: the state that is left (`from`), the one being made (`to`), and what was broken on the way. */
export type Model = {
  readonly rules: Rules
  readonly bounds: Bounds
  readonly lives: Lives
  from: Uint8Array
  readonly to: Uint8Array
  broken: string | undefined
  emit: (label: number) => undefined
}

export const createModel = (rules: Rules, bounds: Bounds, run: Step): Model => ({
  rules,
  bounds,
  lives: createLives(run),
  from: new Uint8Array(s.size),
  to: new Uint8Array(s.size),
  broken: undefined,
  emit: () => undefined,
})

/** Starts a transition: `to` is what `from` is. */
export const begin = (model: Model): Uint8Array => {
  model.to.set(model.from)
  model.broken = undefined
  return model.to
}

/** Notes that an invariant does not hold; the first one counts. */
export const breaks = (model: Model, invariant: string): undefined => {
  model.broken ??= invariant
}

/** The life that the store holds, by number; 0: none. */
export const lifeOf = (state: Uint8Array): number => s.wide(state, s.life)

/** The state of the stored life; undefined where the store holds no plan. */
export const stateOf = (model: Model, state: Uint8Array): string | undefined => {
  const life = lifeOf(state)
  return life === 0 ? undefined : model.lives.all[life]!.state
}

/** Kinds of events as they are numbered for `Lives.next`. */
export const eventKind = {
  press: 0,
  arm: 1,
  applied: 2,
  rejected: 3,
  lost: 4,
  reconciledDone: 5,
  reconciledNone: 6,
  refuse: 7,
  expire: 8,
  verified: 9,
  next: 10,
  skip: 11,
} as const

/** One number for one event: kind, fencing token, tick and up to four bits that tell events of a kind apart. */
export const keyOf = (kind: number, token: number, at: number, bits: number): number =>
  (kind << 14) | (token << 9) | (at << 4) | bits

/**
 * `stepPlan`: reads the plan, checks that it is the sealed one, and stores what `step` says by compare-and-swap. False where
 * anything says no; then nothing was stored.
 */
export const stepStored = (model: Model, to: Uint8Array, key: number, event: () => PlanEvent): boolean => {
  const life = lifeOf(to)
  if (life === 0 || (to[s.tampered] === 1 && model.rules.sealed)) return false
  const next = model.lives.next(life, to[s.quorum]!, to[s.tampered]!, key, event)
  if (next === -1) return false
  s.setWide(to, s.life, next)
  checkHonesty(model, to)
  return true
}

/** The step that a life is at. */
export const stepAt = (model: Model, life: number): number => model.lives.all[life]?.step ?? 0

/** The states of a plan that ended without having been seen through. */
export const endings: readonly string[] = ['denied', 'expired', 'refused', 'stale', 'failed']

/** A plan that ended without an effect must not have had one, and cannot get one any more; nor has it one that it never had. */
export const checkHonesty = (model: Model, to: Uint8Array): undefined => {
  const life = model.lives.all[lifeOf(to)]
  if (life === undefined || lifeOf(to) === 0 || (to[s.truths]! & s.truth.forgot) !== 0) return
  const happened = to[s.effects]! > 0 || to[s.effectsNext]! > 0
  if (life.state === 'verified' && !happened) breaks(model, 'I2 verified, and nothing was ever written')
  if (life.effect === 'done' && !happened) breaks(model, 'I2 the plan says that something was done, and nothing was')
  if (!endings.includes(life.state)) return
  if (happened && life.effect === 'none')
    breaks(model, `I2 the plan is ${life.state} and says that nothing was done, but it was`)
  if (life.step === 1 && to[s.effectsNext]! > 0)
    breaks(model, `I2 the plan is ${life.state} and says that it stopped before its second step, but that was done`)
}
