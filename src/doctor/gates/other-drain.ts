import { refText } from '../../domain/object.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { stepNow } from '../../domain/plan-steps.ts'
import type { Doctor } from '../doctor.ts'
import { openPlans } from '../plans/open-plans.ts'
import type { Turn } from './closed.ts'

/** One node of a cluster is drained at a time: another drain that has begun is waited for before the first step. */
export const otherDrain = async (
  doctor: Pick<Doctor, 'store'>,
  { plan, life }: PlanRecord,
): Promise<Turn | undefined> => {
  if (plan.action !== 'drain-node' || stepNow(life) > 0) return undefined
  const other = (await openPlans(doctor)).find(
    (one) =>
      one.plan.id !== plan.id &&
      one.plan.action === 'drain-node' &&
      one.plan.cluster === plan.cluster &&
      one.life.armedAt !== null,
  )
  return other === undefined ? undefined : { kind: 'wait', why: `${refText(other.plan.target)} is being drained` }
}
