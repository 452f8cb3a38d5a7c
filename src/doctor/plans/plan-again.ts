import type { PlanRequest } from '../../domain/job.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import type { Doctor } from '../doctor.ts'

/** What is wanted now; where, of which incident and in which thread is as with the plan before it. */
export type NextWish = Pick<PlanRequest, 'action' | 'input' | 'requester' | 'reason' | 'askedBefore'>

/** Asks for another plan for the object of a plan, as it is now, where people saw that plan. Equal keys ask once. */
export const planAgain = async (doctor: Doctor, record: PlanRecord, wish: NextWish, key: string): Promise<void> => {
  const { plan } = record
  const { uid: _, ...target } = plan.target
  const place = record.thread ?? record.card
  const thread = place?.ts === undefined ? {} : { thread: place.ts }
  await doctor.jobs.add(
    {
      v: 1,
      kind: 'plan',
      request: {
        ...wish,
        cluster: plan.cluster,
        target,
        ...(plan.incident === null ? {} : { incident: plan.incident }),
        ...(place === null ? {} : { replyTo: { channel: place.channel, user: plan.requester.id, ...thread } }),
      },
    },
    { key },
  )
}
