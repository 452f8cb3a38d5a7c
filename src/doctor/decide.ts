import type { PlanEvent } from '../domain/plan-life.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import type { Principal } from '../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { mayApprove, mayDeny } from '../policy/authorize.ts'
import { answerMessage } from '../views/plan-answers.ts'
import { directoryOf } from './directory.ts'
import type { Doctor } from './doctor.ts'
import { freezeOf } from './freeze.ts'
import { personMayNot } from './gates/own-rights.ts'
import { moveWithPlan } from './incident/move-with-plan.ts'
import { agreedNow } from './now.ts'
import { releaseHeld } from './plans/digest.ts'
import { readPlan, stepPlan } from './plans/plan-store.ts'
import { about, redraw } from './plans/show-plan.ts'
import { nowText } from './record.ts'

/** How long a plan of high risk must have been on the screen before an approval counts, in ms (SAFETY T19). */
const readingTime = 3_000

/** A press of a button as Slack signed it: who, on which message, with which value. Nothing else about it is believed. */
export type Press = {
  readonly button: 'approve' | 'deny' | 'undo' | 'details'
  readonly plan: string
  readonly user: string
  readonly channel: string
  readonly message: string
  readonly thread?: string
}

/** What the press did. `text` is what the person who pressed was told. */
export type Decision = {
  readonly kind: 'approved' | 'counted' | 'denied'
  readonly text: string
  readonly record: PlanRecord
}

/**
 * Approve or Deny: the only way a plan is ever decided. The message must be the one we posted for that plan, the person must
 * be allowed now, and the life must have room for it. Everyone who presses gets an answer that only they see.
 */
export const decide = async (doctor: Doctor, press: Press): Promise<Decision | Refusal> => {
  const decided = await decideSafely(doctor, press)
  await answer(doctor, press, decided)
  return decided
}

const decideSafely = async (doctor: Doctor, press: Press): Promise<Decision | Refusal> => {
  const record = await pressedPlan(doctor, press)
  if (isRefusal(record)) return record
  const by = await allowed(doctor, press, record)
  if (isRefusal(by)) return by
  const now = await agreedNow(doctor)
  if (isRefusal(now)) return now
  if (press.button === 'approve') {
    if (record.plan.risk === 'high' && now - Date.parse(record.plan.createdAt) < readingTime)
      return refused('too-fast', 'This is a high risk. Please read it first; the button works in a moment.')
    const { frozen, reason } = await freezeOf(doctor, record.plan.cluster)
    if (frozen) return refused('frozen', `${reason}. Nothing is approved while that holds.`)
  }
  const event: PlanEvent =
    press.button === 'approve'
      ? { kind: 'approve', by, planHash: record.plan.hash, at: now }
      : { kind: 'deny', by, at: now }
  const after = await stepPlan(doctor, record.plan.id, event)
  if (isRefusal(after)) return await lateRefusal(doctor, record, after)
  doctor.crashpoint('decide.stored')
  return recordDecision(doctor, press, after, by)
}

/** The plan of a press, where the press came from the one message that shows it. Any other gets the same answer as no plan. */
export const pressedPlan = async (doctor: Doctor, press: Press): Promise<PlanRecord | Refusal> => {
  const record = await shownPlan(doctor, press.plan)
  if (isRefusal(record)) return record
  const { card } = record
  return card !== null && card.channel === press.channel && card.ts === press.message
    ? record
    : refused('plan-unknown', 'There is no such plan (any more).')
}

/** A quick finger can press before it is stored which message shows the plan; that takes a moment at most. */
const shownPlan = async (doctor: Doctor, id: string): Promise<PlanRecord | Refusal> => {
  for (let tries = 0; ; tries += 1) {
    const record = await readPlan(doctor, id)
    if (isRefusal(record) || record.card !== null || tries >= 20) return record
    await doctor.clock.sleep(100)
  }
}

const allowed = async (doctor: Doctor, press: Press, record: PlanRecord): Promise<Principal | Refusal> => {
  const { plan } = record
  if (press.button !== 'approve') return mayDeny(press.user, plan, directoryOf(doctor))
  const person = await mayApprove(press.user, plan, directoryOf(doctor))
  if (isRefusal(person)) return person
  return (await personMayNot(doctor, plan.cluster, person, plan.change)) ?? person
}

/**
 * An expired plan is also marked as such, so that its buttons go away at once. An approved one may have lost its job to a
 * crash between the two: it is queued again, which is nothing where it is queued already.
 */
const lateRefusal = async (doctor: Doctor, record: PlanRecord, refusal: Refusal): Promise<Refusal> => {
  const id = record.plan.id
  if (refusal.code === 'expired') await expire(doctor, id)
  else {
    const latest = await readPlan(doctor, id)
    if (isRefusal(latest)) return latest
    await redraw(doctor, latest)
    if (latest.life.state === 'approved')
      await doctor.jobs.add({ v: 1, kind: 'execute', plan: id }, { key: `execute-${id}` })
  }
  return refusal
}

const recordDecision = async (
  doctor: Doctor,
  press: Press,
  record: PlanRecord,
  by: Principal,
): Promise<Decision | Refusal> => {
  const { plan, life } = record
  const kind = press.button === 'approve' ? 'plan.approved' : 'plan.denied'
  const data = { quorum: plan.rule.quorum, approvals: life.approvals.length, state: life.state }
  try {
    await doctor.audit.append({ kind, at: nowText(doctor), ...about(record), actor: by.id, data })
  } catch (error) {
    doctor.log.error({ err: error, plan: plan.id }, 'a decision could not be put on the record')
    if (press.button === 'approve') return withdrawn(doctor, record)
  }
  // Slack paces what it is sent; the write does not wait for that.
  const drawn = redraw(doctor, record)
  if (life.state === 'approved') {
    await doctor.jobs.add({ v: 1, kind: 'execute', plan: plan.id }, { key: `execute-${plan.id}` })
    await moveWithPlan(doctor, plan, 'executing')
  }
  await drawn
  if (life.state !== 'pending' && record.card !== null) await releaseHeld(doctor, record.card.channel)
  if (life.state === 'denied') {
    await moveWithPlan(doctor, plan, 'escalated')
    const done = life.effect === 'done' ? 'What was done before stays; the rest is not done.' : 'Nothing was done.'
    return { kind: 'denied', text: `You denied it. ${done}`, record }
  }
  if (life.state === 'pending') {
    const missing = plan.rule.quorum - life.approvals.length
    return { kind: 'counted', text: `Your approval counts. ${missing} more is needed.`, record }
  }
  return { kind: 'approved', text: 'Approved. The steps are ticked off on the card.', record }
}

/** No effect without its approval on the record: the plan ends here, and people can ask for a new one. */
const withdrawn = async (doctor: Doctor, record: PlanRecord): Promise<Refusal> => {
  const reason = 'The record could not be written, so nothing is changed. Ask for the plan again once it can be.'
  const at = doctor.clock.now()
  const after = await stepPlan(doctor, record.plan.id, { kind: 'refuse', at, code: 'audit-unavailable', reason })
  if (!isRefusal(after)) await redraw(doctor, after)
  return refused('audit-unavailable', reason)
}

const answer = async (doctor: Doctor, press: Press, decided: Decision | Refusal): Promise<void> => {
  const approvers = isRefusal(decided) && decided.code === 'not-an-approver' ? await approversOf(doctor, press) : []
  try {
    await doctor.chat.ephemeral(
      press.channel,
      press.user,
      answerMessage(isRefusal(decided) ? decided.reason : decided.text, approvers),
      press.thread,
    )
  } catch (error) {
    doctor.log.warn({ err: error, plan: press.plan }, 'the person who pressed could not be answered')
  }
}

const approversOf = async (doctor: Doctor, press: Press): Promise<readonly string[]> => {
  const record = await readPlan(doctor, press.plan)
  return isRefusal(record) ? [] : record.plan.rule.approvers
}

/** The `expire` job: ends a plan that nobody decided in time. Early, late or twice, it does no harm. */
export const expire = async (doctor: Doctor, id: string): Promise<void> => {
  const now = await agreedNow(doctor)
  if (isRefusal(now)) throw new Error(now.reason)
  const after = await stepPlan(doctor, id, { kind: 'expire', at: now })
  if (isRefusal(after)) {
    if (after.code !== 'not-expired') return
    await doctor.jobs.add({ v: 1, kind: 'expire', plan: id }, { key: `expire-again-${id}`, delay: 5_000 })
    return
  }
  await doctor.audit.append({ kind: 'plan.expired', at: nowText(doctor), ...about(after) })
  await redraw(doctor, after)
  await moveWithPlan(doctor, after.plan, 'escalated')
  if (after.card !== null) await releaseHeld(doctor, after.card.channel)
}
