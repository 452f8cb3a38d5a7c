import type { AuditedWrite } from '../../domain/audited-change.ts'
import type { WriteRequest } from '../../domain/change.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { stepNow, stepsOf } from '../../domain/plan-steps.ts'
import type { Doctor } from '../doctor.ts'

/** How far the clocks of an API server and of ours may be apart, and how long a request may take, in ms. */
const apart = 5 * 60_000

/** How many plans are looked through, newest first. */
const mostPlans = 500

/** The user that the executor writes as on every cluster, where that is known: a ServiceAccount, or DOCTOR_WRITER_USER. */
export const writerUser = ({ config }: Pick<Doctor, 'config'>): string | undefined => {
  const { writerAccount, writerUser: named } = config.kube
  return named ?? (writerAccount && `system:serviceaccount:${writerAccount.namespace}:${writerAccount.name}`)
}

/**
 * Those of our own account's writes that no plan of ours stands for: none that was armed at that time, after its intent was on
 * the record, with exactly this method and path. A plan's step stands for one write, so a second one is told as well.
 */
export const unrecordedWrites = async (
  doctor: Doctor,
  cluster: string,
  writes: readonly AuditedWrite[],
): Promise<readonly AuditedWrite[]> => {
  const user = writerUser(doctor)
  const own = writes.filter((write) => write.user === user && !asksOnly(write))
  if (own.length === 0) return []
  const plans = (await doctor.store.list<PlanRecord>('plan', mostPlans)).map(({ value }) => value)
  const unknown: AuditedWrite[] = []
  for (const write of own) if (!(await hasPlan(doctor, cluster, write, plans))) unknown.push(write)
  return unknown
}

/** What is written by asking changes nothing: whether one may, and a token of one's own. */
const asksOnly = ({ object }: AuditedWrite): boolean =>
  /(?:accessreviews|rulesreviews|tokenreviews|selfsubjectreviews)$/.test(object.resource) ||
  object.subresource === 'token'

const hasPlan = async (
  doctor: Doctor,
  cluster: string,
  write: AuditedWrite,
  plans: readonly PlanRecord[],
): Promise<boolean> => {
  for (const { plan, life, intentSeq } of plans) {
    if (plan.cluster !== cluster || intentSeq === 0 || life.armedAt === null) continue
    // A sequence arms each step anew; the first may lie as far back as the approval.
    const begun = stepsOf(plan).length > 0 ? plan.createdAt : life.armedAt
    if (Date.parse(write.at) < Date.parse(begun) - apart) continue
    if (Date.parse(write.at) > Date.parse(life.armedAt) + apart) continue
    const step = requestsOf(plan, stepNow(life)).findIndex(
      (request) => request.method === write.method && request.path === write.path,
    )
    if (step >= 0 && (await standsFor(doctor, `${plan.id}-${step}`, write.id))) return true
  }
  return false
}

/** The requests of a plan that may have left by now. */
const requestsOf = ({ change }: PlanRecord['plan'], step: number): readonly WriteRequest[] => {
  if (change.kind === 'cluster-write') return [change.request]
  return change.kind === 'sequence' ? change.steps.slice(0, step + 1).map(({ request }) => request) : []
}

/** True for the first write that a plan's step stands for, however often it is told of. */
const standsFor = async (doctor: Doctor, key: string, id: string): Promise<boolean> => {
  if (await doctor.store.put<{ readonly id: string }>('audited-write', key, { id }, 0, 7 * 86_400)) return true
  return (await doctor.store.get<{ readonly id: string }>('audited-write', key))?.value.id === id
}
