import { does, go, type Hand } from './hand.ts'
import { expiry } from './lives.ts'
import { begin, breaks, endings, lifeOf, type Model } from './model.ts'
import * as s from './state.ts'

const { pc, w, flag } = s

/** What can never matter again is forgotten, so that states that differ in it alone are one. */
export const forget = (to: Uint8Array): undefined => {
  const now = to[s.time]!
  // Gates that were asked while its request could land may still lead to a request, as long as their permit lives.
  const settled = landed + permit
  for (const at of [...s.intentsOf(0), ...s.intentsOf(1)]) if (to[at] !== 0 && now >= to[at]! - 1 + settled) to[at] = 0
  for (const at of [s.worker, s.worker + w.size]) {
    const start = to[at + w.start]!
    if (start < tooOld && now > start + permit && to[at + w.pc]! >= pc.gated) to[at + w.start] = tooOld
  }
}

/** In place of the start of a permit that counts from its use. */
export const fresh = 255

/** In place of the start of a permit: too old for ever. */
const tooOld = 254

/** Ticks that a permit lives, and that a request may need to arrive. */
const permit = 1
const travel = 1

/** Ticks after an intent for which its request may land: a permit, the way, and one for both to end within their tick. */
export const landed = permit + travel + 1

/** `makeEffect`: the permit is spent, the cluster is confirmed on the connection, and the request leaves. */
export const send = (hand: Hand): undefined => {
  const { model, me, at } = hand
  const { from, rules } = model
  const to = begin(model)
  const now = from[s.time]!
  // A permit that counted from after the arming was fresh whenever the process went on.
  const start = from[at + w.start]!
  const old = start !== fresh && (start === tooOld || now > start + permit)
  if ((rules.permitEnds && old) || (rules.permitWithinPlan && now >= expiry)) return go(hand, pc.idle, does.permitOver)
  if (from[s.elsewhere] === 1 && rules.pinned) {
    to[at + w.result] = s.result.rejected
    return go(hand, pc.answered, does.otherCluster)
  }
  const step = from[at + w.step]!
  judge(model, from, at, step)
  const slot = to[s.flight] === 0 ? s.flight : to[s.flight + 1] === 0 ? s.flight + 1 : 0
  if (slot === 0) breaks(model, 'I2 three requests of one plan were under way at once')
  else to[slot] = s.under(me, step, now)
  to.fill(0, at + w.flags, at + w.result)
  to[at + w.mine] = 0
  go(hand, pc.waiting, does.sends)
}

/** What must hold of every request at the moment it leaves, by what really happened. */
const judge = (model: Model, from: Uint8Array, at: number, step: number): undefined => {
  const flags = from[at + w.flags]!
  if ((flags & flag.intended) === 0) breaks(model, 'I7 a request left whose intent is not on the record')
  if ((flags & flag.stopped) !== 0) breaks(model, 'I6 a request left after a denial or a freeze came before the arming')
  if (from[s.time]! >= expiry)
    breaks(model, 'I1 a request left after the plan, and with it every approval, had expired')
  if (from[s.elsewhere] === 1) breaks(model, 'I5 a request left for another cluster than was shown')
  if (step === 1 && (from[s.truths]! & s.truth.seen) === 0)
    breaks(model, 'I2 the second step left before the first one was seen through')
}

/** A request that is on its way takes effect, or is refused because the object is not what it expects. */
export const arrivals = (model: Model, label: number): undefined => {
  for (const slot of [s.flight, s.flight + 1]) {
    const request = model.from[slot]!
    if (request === 0) continue
    const to = begin(model)
    const [owner, step] = [s.ownerOf(request), request >> 6]
    to[slot] = 0
    // The first step says which object it expects as it was shown, the second one which object it is.
    const other = step === 0 ? to[s.changed] === 1 : to[s.gone] === 1
    const refused = other && model.rules.precondition
    if (!refused) land(model, to, step)
    if (owner !== 0) {
      const at = s.worker + (owner - 1) * w.size
      if (to[at + w.pc] === pc.waiting) to[at + w.result] = refused ? s.result.rejected : s.result.done
    }
    model.emit((refused ? label + 1 : label) * 16)
  }
}

const land = (model: Model, to: Uint8Array, step: number): undefined => {
  const count = s.effectsOf(step)
  to[count] = to[count]! + 1
  if (to[count]! > 1) breaks(model, 'I2 the plan took effect twice')
  if (to[step === 0 ? s.changed : s.gone] === 1) breaks(model, 'I4 what was changed meanwhile was overwritten')
  const life = model.lives.all[lifeOf(to)]!
  const closed = endings.includes(life.state)
  const known = lifeOf(to) !== 0 && (to[s.truths]! & s.truth.forgot) === 0
  if (known && closed && life.effect === 'none')
    breaks(model, `I2 the plan is ${life.state} and says that nothing was done, and then it was`)
  if (known && closed && step === 1 && life.step === 1)
    breaks(
      model,
      `I2 the plan is ${life.state} and says that it stopped before its second step, and then that was done`,
    )
}

/** What the clock makes impossible: a request that left too long ago does not arrive any more. */
export const lost = (to: Uint8Array): undefined => {
  for (const slot of [s.flight, s.flight + 1]) {
    const left = (to[slot]! & 15) - 1
    if (to[slot] !== 0 && to[s.time]! > left + travel) to[slot] = 0
  }
}
