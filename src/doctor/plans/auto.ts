import { type ObjectRef, sameRef } from '../../domain/object.ts'
import type { Undo } from '../../domain/plan.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import type { Verdict } from '../../policy/policy.ts'
import type { Doctor } from '../doctor.ts'

/** Actions that leave nothing to put back: fresh pods of the same template, or a pull request that people merge or close. */
const nothingToPutBack: ReadonlySet<string> = new Set(['restart-rollout', 'evict-pod', 'open-pull-request'])

/** How long a person's no to an action on an object keeps it from being done by itself, in ms. */
const denialHolds = 30 * 86_400_000

type Asked = {
  readonly id?: string
  readonly cluster: string
  readonly action: string
  readonly target: ObjectRef
  readonly undo: Undo
}
type Allowed = Extract<Verdict, { readonly kind: 'allow' }>

/**
 * What the policy lets pass without people, held to its bounds: it can be put back, somebody could stop it, nobody denied the
 * same before, and there were not too many of them lately. Otherwise it waits for one approval like everything else.
 */
export const withinLimits = async (
  doctor: Pick<Doctor, 'store' | 'limits'>,
  asked: Asked,
  verdict: Allowed,
  now: number,
): Promise<Verdict> => {
  const why = isUndoable(asked) && verdict.rule.approvers.length > 0 ? await limitOf(doctor, asked, now) : 'no-way-back'
  if (why === undefined) return verdict
  const determining = [...verdict.rule.determining, `not-automatic:${why}`]
  return { kind: 'needs-approval', rule: { ...verdict.rule, quorum: 1, determining } }
}

const isUndoable = ({ action, undo }: { readonly action: string; readonly undo: Undo }): boolean =>
  undo.kind === 'action' || nothingToPutBack.has(action)

const limitOf = async (
  doctor: Pick<Doctor, 'store' | 'limits'>,
  asked: Asked,
  now: number,
): Promise<string | undefined> => {
  const { effects, seconds } = doctor.limits.automatic
  const records = (await doctor.store.list<PlanRecord>('plan', 500))
    .map((stored) => stored.value)
    .filter(({ plan }) => plan.cluster === asked.cluster && plan.id !== asked.id)
  const denied = records.some(
    ({ plan, life }) =>
      life.denial !== null &&
      now - Date.parse(life.denial.at) < denialHolds &&
      plan.action === asked.action &&
      sameRef(plan.target, asked.target),
  )
  if (denied) return 'denied-before'
  const recent = records.filter(
    ({ plan, life }) =>
      plan.rule.quorum === 0 &&
      plan.target.namespace === asked.target.namespace &&
      (life.effect !== 'none' || life.state === 'approved') &&
      now - Date.parse(life.armedAt ?? plan.createdAt) < seconds * 1000,
  )
  return recent.length >= effects ? 'limit-reached' : undefined
}

/** How long a plan that needs nobody still waits for a no, in ms: 0 or less when it may go on, and for every other plan. */
export const holdLeft = (
  doctor: Pick<Doctor, 'clock' | 'limits'>,
  plan: { readonly rule: { readonly quorum: number }; readonly createdAt: string },
): number =>
  plan.rule.quorum === 0 ? Date.parse(plan.createdAt) + doctor.limits.holdSeconds * 1000 - doctor.clock.now() : 0
