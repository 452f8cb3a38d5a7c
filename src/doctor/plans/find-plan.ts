import type { PlanRecord } from '../../domain/plan-record.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'

/** All plans that are remembered, newest first. */
export const allPlans = async (doctor: Pick<Doctor, 'store'>): Promise<readonly PlanRecord[]> =>
  (await doctor.store.list<PlanRecord>('plan', 500))
    .map((stored) => stored.value)
    .sort((a, b) => (a.plan.createdAt < b.plan.createdAt ? 1 : -1))

/** The short name of a plan as its card shows it: `3f2a…9c`. */
export const planName = ({ plan }: PlanRecord): string => `${plan.hash.slice(0, 4)}…${plan.hash.slice(-2)}`

/** The plan that somebody names as its card does (`3f2a…9c`, or the beginning of its hash); a refusal where it is none or several. */
export const planNamed = async (doctor: Pick<Doctor, 'store'>, typed: string): Promise<PlanRecord | Refusal> => {
  const [begin = '', end = ''] = typed.toLowerCase().split(/…|\.\.+/)
  if (!/^[0-9a-f]{4,64}$/.test(begin) || !/^[0-9a-f]{0,64}$/.test(end))
    return refused(
      'usage',
      `“${typed.slice(0, 40)}” is not the name of a plan: its card ends with one such as 3f2a…9c.`,
    )
  const found = (await allPlans(doctor)).filter(({ plan }) => plan.hash.startsWith(begin) && plan.hash.endsWith(end))
  const [first, second] = found
  if (first === undefined) return refused('plan-unknown', `There is no plan ${typed.slice(0, 40)} (any more).`)
  return second === undefined
    ? first
    : refused('usage', `${found.length} plans are named so: ${found.map(planName).slice(0, 5).join(', ')}.`)
}

/** The newest plan of an incident that fits; undefined where there is none. */
export const planOfIncident = async (
  doctor: Pick<Doctor, 'store'>,
  incident: string,
  fits: (record: PlanRecord) => boolean = () => true,
): Promise<PlanRecord | undefined> =>
  (await allPlans(doctor)).find((record) => record.plan.incident === incident && fits(record))
