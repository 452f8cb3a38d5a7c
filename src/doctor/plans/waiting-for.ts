import type { PlanRecord } from '../../domain/plan-record.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { mayApprove } from '../../policy/authorize.ts'
import { directoryOf } from '../directory.ts'
import type { Doctor } from '../doctor.ts'
import { openPlans } from './open-plans.ts'

/** A plan that waits for a decision, with the address of its card where there is one. */
export type Waiting = { readonly record: PlanRecord; readonly link?: string }

/** The plans that this person could approve now: not their own, not what they approved already. At most ten, oldest first. */
export const waitingFor = async (doctor: Doctor, user: string): Promise<readonly Waiting[]> => {
  const now = doctor.clock.now()
  const open = (await openPlans(doctor))
    .filter(({ plan, life }) => life.state === 'pending' && now < Date.parse(plan.expiresAt))
    .filter(({ life }) => !life.approvals.some((approval) => approval.by.id === user))
    .sort((a, b) => (a.plan.expiresAt < b.plan.expiresAt ? -1 : 1))
    .slice(0, 10)
  const checked = await Promise.all(
    open.map(async (record): Promise<readonly Waiting[]> => {
      if (isRefusal(await mayApprove(user, record.plan, directoryOf(doctor)))) return []
      const { card } = record
      const link = card === null ? undefined : await doctor.chat.permalink(card.channel, card.ts).catch(() => undefined)
      return [{ record, ...(link === undefined ? {} : { link }) }]
    }),
  )
  return checked.flat()
}
