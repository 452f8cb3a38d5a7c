import type { Attempt } from '../domain/incident.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import type { Store } from '../ports.ts'

/** How long an attempt is remembered, in seconds. */
const keep = 90 * 86_400
const most = 20

/** What was tried on one object of one cluster, oldest first. Only verified outcomes ever get in here, never text from logs. */
export const attemptsFor = async (store: Store, cluster: string, target: ObjectRef): Promise<readonly Attempt[]> =>
  (await store.get<readonly Attempt[]>('attempts', keyOf(cluster, target)))?.value ?? []

/** What is remembered of a plan whose outcome is known. `at`: RFC 3339. */
export const attemptOf = (
  { plan, life }: PlanRecord,
  { at, outcome, note }: Pick<Attempt, 'at' | 'outcome' | 'note'>,
): Attempt => ({
  plan: plan.id,
  cluster: plan.cluster,
  action: plan.action,
  target: plan.target,
  ...(plan.reason.code === undefined ? {} : { code: plan.reason.code }),
  at,
  by: life.approvals.map((approval) => approval.by.name).join(' and ') || 'the policy',
  outcome,
  note,
})

/** Remembers the outcome of a plan. A second call for the same plan replaces its outcome. */
export const rememberAttempt = async (store: Store, attempt: Attempt): Promise<void> => {
  const key = keyOf(attempt.cluster, attempt.target)
  for (let tries = 0; tries < 50; tries += 1) {
    const stored = await store.get<readonly Attempt[]>('attempts', key)
    const others = (stored?.value ?? []).filter((known) => known.plan !== attempt.plan)
    if (await store.put('attempts', key, [...others, attempt].slice(-most), stored?.version ?? 0, keep)) return
  }
  throw new Error('the attempt could not be stored: others kept changing the list')
}

const keyOf = (cluster: string, target: ObjectRef): string => `${cluster}|${refKey(target)}`
