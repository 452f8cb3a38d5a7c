import type { Press } from '../../domain/chat-input.ts'
import { theDoctor } from '../../domain/principal.ts'
import { isRefusal, refused } from '../../domain/refusal.ts'
import { fullMember } from '../../policy/authorize.ts'
import type { Doctor } from '../doctor.ts'
import { planAgain } from '../plans/plan-again.ts'
import { readPlan } from '../plans/plan-store.ts'
import { readFollow } from './follow-store.ts'

/**
 * A press on Merge at the message that shows a pull request: asks for the plan of its merge. It merges nothing; that plan has a
 * card of its own, bound to the head it shows, and whoever approves it is asked for by the policy. Returns the sentence for them.
 */
export const pressMerge = async (doctor: Doctor, press: Press): Promise<string> => {
  const by = await fullMember(press.user.id, doctor.chat)
  if (isRefusal(by)) return by.reason
  const [record, follow] = await Promise.all([readPlan(doctor, press.value), readFollow(doctor, press.value)])
  const here = follow?.message?.channel === press.channel && follow.message.ts === press.message
  if (isRefusal(record) || follow === undefined || !here)
    return refused('button-unknown', 'This button does not work any more.').reason
  if (follow.phase !== 'review' || follow.mergeable !== true)
    return 'This pull request is not waiting for a merge (any more).'
  const { plan } = record
  await planAgain(
    doctor,
    record,
    {
      action: 'merge-pull-request',
      input: { merges: plan.id },
      requester: plan.requester.id === theDoctor.id ? theDoctor : by,
      reason: { ...plan.reason, evidence: plan.reason.evidence.slice(0, 5) },
    },
    `merge-${plan.id}`,
  )
  return 'The merge is being planned. Its card comes in this thread and needs an approval.'
}
