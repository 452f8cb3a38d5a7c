import { isRefusal, type Refusal } from '../../domain/refusal.ts'
import { fullMember } from '../../policy/authorize.ts'
import { answerMessage, planDetailsView } from '../../views/plan-answers.ts'
import { type Press, pressedPlan } from '../decide.ts'
import type { Doctor } from '../doctor.ts'

/** Details: opens everything about a plan for a member of the workspace. Decides nothing. */
export const showDetails = async (doctor: Doctor, press: Press, triggerId: string): Promise<Refusal | undefined> => {
  const record = await pressedPlan(doctor, press)
  const who = isRefusal(record) ? record : await fullMember(press.user, doctor.chat)
  if (!isRefusal(record) && !isRefusal(who)) {
    await doctor.chat.openView(triggerId, planDetailsView(record))
    return undefined
  }
  const refusal = isRefusal(record) ? record : (who as Refusal)
  await doctor.chat.ephemeral(press.channel, press.user, answerMessage(refusal.reason, []), press.thread)
  return refusal
}
