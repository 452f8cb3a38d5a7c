import type { PlanRequest, ReplyTo } from '../domain/job.ts'
import type { Plan, Undo } from '../domain/plan.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { theDoctor } from '../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { mayDeny } from '../policy/authorize.ts'
import { answerMessage } from '../views/plan-answers.ts'
import { type Press, pressedPlan } from './decide.ts'
import type { Doctor } from './doctor.ts'
import { readFollow } from './follow/follow-store.ts'

/**
 * Undo: asks for the plan that is the way back, captured and sealed with the plan itself. It is a plan like any other and
 * needs its own approval. Where the doctor asked for the plan it also asks for the way back; a person's plan is undone at
 * the wish of the person who presses.
 */
export const undo = async (doctor: Doctor, press: Press): Promise<PlanRequest | Refusal> => {
  const asked = await undoRequest(doctor, press)
  if (!isRefusal(asked)) await doctor.jobs.add({ v: 1, kind: 'plan', request: asked }, { key: `undo-${press.plan}` })
  const text = isRefusal(asked) ? asked.reason : 'The way back is being planned. Its card comes in this thread.'
  try {
    await doctor.chat.ephemeral(press.channel, press.user, answerMessage(text, []), press.thread)
  } catch (error) {
    doctor.log.warn({ err: error, plan: press.plan }, 'the person who pressed could not be answered')
  }
  return asked
}

const undoRequest = async (doctor: Doctor, press: Press): Promise<PlanRequest | Refusal> => {
  const record = await pressedPlan(doctor, press)
  if (isRefusal(record)) return record
  const thread = record.thread?.ts ?? press.thread ?? press.message
  return wayBack(doctor, record, press.user, { channel: press.channel, user: press.user, thread })
}

/** The request for the way back of a plan, for a person who may deny it; a refusal where there is nothing to put back. */
export const wayBack = async (
  doctor: Doctor,
  record: PlanRecord,
  user: string,
  replyTo: ReplyTo,
): Promise<PlanRequest | Refusal> => {
  const { plan, life } = record
  const by = await mayDeny(user, plan, doctor.chat)
  if (isRefusal(by)) return by
  if (life.effect !== 'done')
    return refused('nothing-to-undo', 'Nothing was changed by this plan, so nothing is undone.')
  const undo = await undoOf(doctor, plan)
  if (undo.kind === 'none') return refused('no-way-back', `There is no way back: ${undo.reason}.`)
  const { uid: _, ...target } = undo.target
  return {
    cluster: plan.cluster,
    action: undo.action,
    target,
    input: undo.input,
    requester: plan.requester.id === theDoctor.id ? theDoctor : by,
    reason: { summary: `Way back of “${plan.summary}”, asked for by ${by.name}`, evidence: [] },
    ...(plan.incident === null ? {} : { incident: plan.incident }),
    replyTo,
  }
}

/** A pull request has no way back while it is open; once people merged it, that is a pull request that takes it back. */
const undoOf = async (doctor: Doctor, plan: Plan): Promise<Undo> => {
  const merged = plan.undo.kind === 'none' && (await readFollow(doctor, plan.id))?.pull?.state === 'merged'
  if (!merged) return plan.undo
  const summary = 'take its lines back in Git'
  return { kind: 'action', action: 'open-pull-request', target: plan.target, input: { reverts: plan.id }, summary }
}
