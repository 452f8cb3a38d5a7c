import type { PlanRecord } from '../../domain/plan-record.ts'
import { stepNow } from '../../domain/plan-steps.ts'
import { planOutcomeMessage } from '../../views/plan-answers.ts'
import type { Doctor } from '../doctor.ts'
import { moveWithPlan } from '../incident/move-with-plan.ts'
import { nowText } from '../record.ts'
import { planAgain } from './plan-again.ts'
import { about, redraw, say } from './show-plan.ts'

/** Tells everyone that a plan ended without an effect: the record, the card, the thread and the incident. */
export const endRefused = async (doctor: Doctor, record: PlanRecord, code: string, reason: string): Promise<void> => {
  await doctor.audit.append({ kind: 'plan.refused', at: nowText(doctor), ...about(record), data: { code, reason } })
  await redraw(doctor, record)
  await say(doctor, record, planOutcomeMessage(record), `end-${record.plan.id}`)
  await moveWithPlan(doctor, record.plan, 'escalated')
}

/** Asks for the same wish against the object as it is now: a plan that went stale is replaced by a fresh card, never rebased. */
export const replan = async (doctor: Doctor, record: PlanRecord): Promise<void> => {
  const { plan } = record
  // What was done in part is for people to go on with.
  if (stepNow(record.life) > 0) return
  // Edits of files belong to the commit they were made on; the wish behind them can be asked for again.
  const { wish } = plan.input
  if (plan.change.kind === 'pull-request' && wish === undefined) return
  await planAgain(
    doctor,
    record,
    {
      action: plan.action,
      input: plan.change.kind === 'pull-request' ? { wish } : plan.input,
      requester: plan.requester,
      reason: plan.reason,
      ...(plan.rule.quorum > 0 ? { askedBefore: true } : {}),
    },
    `replan-${plan.id}`,
  )
}
