import type { ArmedAs, PlanEvent } from '../../src/domain/plan-life.ts'
import { does, go, type Hand, stop } from './hand.ts'
import { ana, anaToo, ben, expiry, rex, rexToo, shown, theDoctor, timeAt } from './lives.ts'
import { begin, breaks, eventKind, keyOf, lifeOf, type Model, stateOf, stepAt, stepStored } from './model.ts'
import { fresh, landed, send } from './request.ts'
import * as s from './state.ts'

const { pc, flag, w } = s

/** Everything that a worker (1 or 2) can do next: one outside call at a time, as in src/doctor/execute.ts. */
export const workerMoves = (model: Model, me: number): undefined => {
  const at = s.worker + (me - 1) * w.size
  const stage = model.from[at + w.pc]!
  moves[stage]!({ model, me, at })
  if (stage !== pc.idle) crash({ model, me, at })
}

/** The queue may run the job at any time, again and again: that a plan waits for it is never relied on. */
const take = (hand: Hand): undefined => {
  const { model, me, at } = hand
  const { from } = model
  const state = stateOf(model, from)
  if (state !== 'approved' && state !== 'armed' && state !== 'unknown') return
  if (from[s.lease] !== 0 || from[s.fence]! >= model.bounds.takings) return
  const to = begin(model)
  to[s.fence] = to[s.fence]! + 1
  to[s.lease] = me
  to[at + w.token] = to[s.fence]!
  go(hand, pc.locked, does.takes)
}

const find = (hand: Hand): undefined => {
  const { model, at } = hand
  const state = stateOf(model, model.from)
  const to = begin(model)
  const readable = model.from[s.tampered] !== 1 || !model.rules.sealed
  if (!readable || (state !== 'approved' && state !== 'armed' && state !== 'unknown'))
    return go(hand, pc.idle, does.leaves)
  to[at + w.step] = stepAt(model, lifeOf(to))
  if (state === 'approved') return go(hand, pc.look, does.finds)
  to[at + w.rearm] = 1
  readArming(hand, to)
  go(hand, pc.look, does.finds)
}

// Which arming it is that is read: what is said later is about that one.
const readArming = ({ model, at }: Hand, to: Uint8Array): undefined => {
  to[at + w.armed] = model.lives.armedAt(lifeOf(to))
  to[at + w.of] = model.lives.all[lifeOf(to)]!.token
}

/** Before the gates of an approved plan: an end on the record, or an intent so young that its request may be on its way. */
const look = (hand: Hand): undefined => {
  const { model, at } = hand
  const { from, rules } = model
  const to = begin(model)
  const step = from[at + w.step]!
  const intent = lastIntent(from, step)
  const young = intent !== 0 && from[s.time]! < intent - 1 + landed
  if (from[at + w.rearm] === 1) {
    // Until when a request may be on its way, by the latest intent; the cluster is read back in any case.
    if (young && rules.waitIntent) to[at + w.at] = intent - 1
    return go(hand, rules.readBack ? pc.reconcile : pc.gates, does.looks)
  }
  if (overAt(from, step) && rules.recordAfterArm) return go(hand, pc.closing, does.stopsAtGate)
  if (young && rules.waitIntent) return go(hand, pc.idle, does.waits)
  go(hand, pc.gates, does.looks)
}

/** The latest intent of a step or of one after it, which only a store that went back does not know; plus one, 0: none. */
const lastIntent = (from: Uint8Array, step: number): number =>
  Math.max(from[s.intentsOf(1)[0]]!, step === 0 ? from[s.intentsOf(0)[0]]! : 0)

/** Whether the record knows an end of the plan at this step. */
const overAt = (from: Uint8Array, step: number): boolean =>
  (from[s.record]! & (s.on.end | (step === 0 ? s.on.firstDone : 0))) !== 0

/** Whether there is nothing left to do for the second step: it was done, or somebody else did it. */
const done = (from: Uint8Array, step: number): boolean =>
  from[s.effectsOf(step)]! > 0 || (step === 1 && from[s.gone] === 1)

const gates = (hand: Hand): undefined => {
  const { model, at } = hand
  const { from, rules } = model
  const to = begin(model)
  const rearm = from[at + w.rearm] === 1
  const step = from[at + w.step]!
  const seen =
    (from[s.changed] === 1 || (step === 0 && done(from, step)) ? flag.changed : 0) |
    (from[s.elsewhere] === 1 ? flag.elsewhere : 0) |
    (enough(model, from[s.revoked] === 1) ? 0 : flag.revoked) |
    (from[s.freeze] === 1 ? flag.frozenAtGates : 0)
  const heeded =
    rearm && !rules.gatesOnRearm
      ? 0
      : (rules.gateObject ? seen & flag.changed : 0) |
        (rules.gateCluster ? seen & flag.elsewhere : 0) |
        (rules.gateApprovers ? seen & flag.revoked : 0) |
        (rules.gateFreeze ? seen & flag.frozenAtGates : 0)
  to[at + w.flags] = seen
  to[at + w.start] = to[s.time]!
  if (step === 1 && (heeded & ~flag.changed) === 0 && done(from, step))
    return rearm ? go(hand, pc.idle, does.waits) : skip(hand)
  if (heeded !== 0) return go(hand, pc.closing, does.stopsAtGate)
  if (rules.gateApprovers && from[s.revoked] === 1) to[at + w.flags] = seen | flag.anaOut
  if (seen !== 0) breaks(model, `${closedGate(seen)}, and it went on`)
  go(hand, pc.gated, does.passes)
}

/** A step whose object is gone has nothing left to do. */
const skip = (hand: Hand): undefined => {
  const to = begin(hand.model)
  const event = (): PlanEvent => ({ kind: 'skip', at: timeAt(0), step: 1 })
  stepStored(hand.model, to, keyOf(eventKind.skip, 0, 1, 0), event)
  go(hand, pc.idle, does.skips)
}

const closedGate = (seen: number): string => {
  if ((seen & flag.changed) !== 0) return 'I4 the object was seen to be another than was shown'
  if ((seen & flag.elsewhere) !== 0) return 'I5 the cluster was seen to be another'
  if ((seen & flag.revoked) !== 0) return 'I1 an approver was seen to have lost the right'
  return 'I6 a freeze was seen'
}

const enough = (model: Model, anaOut: boolean): boolean => {
  const { from, lives } = model
  const standing = lives.all[lifeOf(from)]!.approvals.filter(({ by }) => !(anaOut && by.name === 'Ana'))
  return lifeOf(from) !== 0 && standing.length >= from[s.quorum]!
}

const intend = (hand: Hand): undefined => {
  const { model, at } = hand
  const to = begin(model)
  if (!model.rules.intentFirst) return go(hand, pc.intended, does.skipsIntent)
  const [last, before] = s.intentsOf(to[at + w.step]!)
  to[before] = to[last]!
  to[last] = to[s.time]! + 1
  to[at + w.mine] = to[last]!
  to[at + w.flags] = to[at + w.flags]! | flag.intended
  go(hand, pc.intended, does.intends)
}

const readClock = (hand: Hand): undefined => {
  const { model, at } = hand
  const to = begin(model)
  to[at + w.at] = to[s.time]!
  if (to[s.freeze] === 1) to[at + w.flags] = to[at + w.flags]! | flag.frozen
  go(hand, pc.checked, does.readsClock)
}

const arm = (hand: Hand): undefined => {
  const { model, at } = hand
  const { from } = model
  const to = begin(model)
  const [token, tick, flags] = [from[at + w.token]!, from[at + w.at]!, from[at + w.flags]!]
  const [frozen, anaOut, rearm] = [(flags & flag.frozen) !== 0, (flags & flag.anaOut) !== 0, from[at + w.rearm] === 1]
  const step = from[at + w.step]!
  const bits = (frozen ? 1 : 0) | (anaOut ? 2 : 0) | (rearm ? 4 : 0) | (model.rules.sealed ? 0 : 8) | (step << 7)
  const event = (): PlanEvent => ({
    ...(rearm ? { kind: 'rearm', of: arming(from, at) } : { kind: 'arm' }),
    token,
    planHash: shown,
    step,
    at: timeAt(tick),
    frozen,
    eligible: [...(anaOut ? [] : [ana, anaToo]), ben, rex, rexToo, theDoctor].map(({ id }) => id),
  })
  if (!stepStored(model, to, keyOf(eventKind.arm, token, tick, bits) + (rearm ? ofKey(from, at) : 0), event)) {
    const code =
      lifeOf(from) === 0 ? 'gone' : model.lives.code(lifeOf(from), from[s.quorum]!, from[s.tampered]!, event())
    const ends = ['expired', 'frozen', 'approval-withdrawn', 'tampered'].includes(code)
    return go(hand, ends ? pc.closing : pc.idle, does.isRefused)
  }
  judgeArming(model, to, { tick, frozen, anaOut })
  readArming(hand, to)
  to[at + w.at] = 0
  if (!model.rules.permitFromStart) to[at + w.start] = fresh
  const stopped = (from[s.truths]! & (s.truth.denied | s.truth.frozen)) !== 0
  if (stopped) to[at + w.flags] = to[at + w.flags]! | flag.stopped
  go(hand, pc.armed, does.arms)
}

const judgeArming = (
  model: Model,
  to: Uint8Array,
  seen: { readonly tick: number; readonly frozen: boolean; readonly anaOut: boolean },
): undefined => {
  const people = to[s.truths]! & ~(seen.anaOut ? s.truth.ana : 0)
  const count = (people & s.truth.ana) + ((people & s.truth.ben) >> 1)
  if (count < to[s.quorum]!) breaks(model, 'I1 armed with fewer standing approvals than the policy asks for')
  if (to[s.tampered] !== 0) breaks(model, 'I1 armed a plan that nobody was shown')
  if (seen.tick >= expiry) breaks(model, 'I6 armed after the plan had expired')
  if (seen.frozen) breaks(model, 'I6 armed although a freeze was known')
}

const arming = (state: Uint8Array, at: number): ArmedAs => ({
  token: state[at + w.of]!,
  armedAt: new Date(timeAt(state[at + w.armed]!)).toISOString(),
})

const ofKey = (state: Uint8Array, at: number): number => ((state[at + w.of]! << 4) | state[at + w.armed]!) << 18

/** Once armed, all that was decided before is visible: the last look before the request leaves. */
const lookAgain = (hand: Hand): undefined => {
  const { model, at } = hand
  const { from, rules } = model
  const to = begin(model)
  const frozen =
    (rules.freezeAfterArm && from[s.freeze] === 1) ||
    (rules.freezeAfterArm && rules.freezeOnRecord && (from[s.record]! & s.on.freeze) !== 0)
  const step = from[at + w.step]!
  const over = rules.recordAfterArm && overAt(from, step)
  const [last, before] = s.intentsOf(step)
  const beside = rules.alone && from[at + w.mine] === from[last] ? from[before]! : from[last]!
  const other = step === 0 ? Math.max(beside, lastIntent(from, 1)) : beside
  const crowded = rules.alone && other !== 0 && from[at + w.start]! < other - 1 + landed
  if (!frozen && !over && !crowded) return go(hand, pc.looked, does.looksAgain)
  to[at + w.result] = s.result.rejected
  go(hand, pc.answered, does.stopsLate)
}

const wait = (hand: Hand): undefined => {
  const { model, at } = hand
  begin(model)
  if (model.from[at + w.result] !== s.result.none) return go(hand, pc.answered, does.hears)
  const to = begin(model)
  to[at + w.result] = model.rules.lostIsUnknown ? s.result.unknown : s.result.rejected
  unown(to, hand.me)
  go(hand, pc.answered, does.noAnswer)
}

const putOnRecord = (hand: Hand): undefined => {
  const { model, at } = hand
  const to = begin(model)
  const what = to[at + w.result]!
  if (what === s.result.done) recordDone(hand, to)
  if (what === s.result.rejected) to[s.record] = to[s.record]! | s.on.end
  go(hand, pc.recorded, does.records)
}

/** What was done is the end of the plan, or of its first step. */
const recordDone = ({ model, at }: Hand, to: Uint8Array): undefined => {
  const end = to[at + w.step] === model.bounds.steps - 1
  to[s.record] = to[s.record]! | (end ? s.on.end : s.on.firstDone)
}

const unown = (to: Uint8Array, me: number): undefined => {
  for (const slot of [s.flight, s.flight + 1]) if (s.ownerOf(to[slot]!) === me) to[slot] = s.unowned(to[slot]!)
}

const settle = (hand: Hand): undefined => {
  const { model, at } = hand
  const to = begin(model)
  const [token, what] = [to[at + w.token]!, to[at + w.result]!]
  const when = { token, at: timeAt(0) }
  const told =
    what === s.result.done
      ? stepStored(model, to, keyOf(eventKind.applied, token, 0, 0), () => ({ ...when, kind: 'applied', after: '2' }))
      : what === s.result.rejected
        ? stepStored(model, to, keyOf(eventKind.rejected, token, 0, 0), () => ({
            ...when,
            kind: 'rejected',
            code: 'Conflict',
            reason: 'no',
          }))
        : stepStored(model, to, keyOf(eventKind.lost, token, 0, 0), () => ({
            ...when,
            kind: 'lost',
            reason: 'no answer',
          }))
  to[at + w.result] = s.result.none
  if (what !== s.result.unknown) to.fill(0, at + w.armed, at + w.size)
  const goesOn = told && what === s.result.unknown && stateOf(model, to) === 'unknown'
  go(hand, goesOn ? pc.reconcile : pc.idle, told ? does.settles : does.isRefused)
}

const reconcile = (hand: Hand): undefined => {
  const { model, at } = hand
  const { from, rules } = model
  const to = begin(model)
  if (rules.readBack && done(from, from[at + w.step]!)) return go(hand, pc.seenDone, does.readsBack)
  const left = Math.max(from[at + w.armed]!, from[at + w.at]!)
  if (rules.waitSettled && from[s.time]! < left + landed) return go(hand, pc.idle, does.waits)
  to[at + w.rearm] = 1
  to[at + w.flags] = 0
  to[at + w.at] = 0
  go(hand, pc.gates, does.readsBack)
}

const saySeen = (hand: Hand): undefined => {
  const { model, at } = hand
  const to = begin(model)
  recordDone(hand, to)
  const token = to[at + w.token]!
  const told = stepStored(model, to, keyOf(eventKind.reconciledDone, token, 0, 0) + ofKey(to, at), () => ({
    kind: 'reconciled',
    of: arming(to, at),
    token,
    at: timeAt(0),
    effect: 'done',
    after: '2',
    note: 'seen',
  }))
  go(hand, pc.idle, told ? does.settles : does.isRefused)
}

/** A closed gate ends the plan, or says after a lost write that nothing was written. */
const close = (hand: Hand): undefined => {
  const { model, at } = hand
  const to = begin(model)
  const token = to[at + w.token]!
  const told =
    to[at + w.rearm] === 0
      ? stepStored(model, to, keyOf(eventKind.refuse, 0, 0, 0), () => ({
          kind: 'refuse',
          at: timeAt(0),
          code: 'gate',
          reason: 'no',
        }))
      : stepStored(model, to, keyOf(eventKind.reconciledNone, token, 0, 0) + ofKey(to, at), () => ({
          kind: 'reconciled',
          of: arming(to, at),
          token,
          at: timeAt(0),
          effect: 'none',
          after: null,
          note: 'not written',
        }))
  go(hand, told ? pc.ending : pc.idle, told ? does.ends : does.isRefused)
}

const recordEnd = (hand: Hand): undefined => {
  const to = begin(hand.model)
  to[s.record] = to[s.record]! | s.on.end
  go(hand, pc.idle, does.recordsEnd)
}

const crash = ({ model, me, at }: Hand): undefined => {
  const { from, bounds } = model
  if (from[s.faults]! >= bounds.faults) return
  const to = begin(model)
  to[s.faults] = to[s.faults]! + 1
  stop(to, me, at)
  unown(to, me)
  model.emit(does.crashes * 16 + me)
  if (from[s.lease] !== me) return
  // Alive but stopped for longer than its lease: it wakes up as one who does not know.
  const slow = begin(model)
  slow[s.faults] = slow[s.faults]! + 1
  slow[s.lease] = 0
  model.emit(does.loses * 16 + me)
}

const moves: readonly ((hand: Hand) => undefined)[] = [
  take,
  find,
  look,
  gates,
  intend,
  readClock,
  arm,
  lookAgain,
  send,
  wait,
  putOnRecord,
  settle,
  reconcile,
  saySeen,
  close,
  recordEnd,
]
