import type { PlanRecord } from '../../domain/plan-record.ts'
import { theDoctor } from '../../domain/principal.ts'
import { notReadyToMerge, type PullRequestView } from '../../domain/pull-request.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { askPolicy } from '../gates/gates.ts'

/**
 * Whether a button that asks for the merge is shown: the Git host holds nothing back, and the policy would let people approve
 * it here. Everything is asked again when the plan is made, and just before the merge.
 */
export const mayMerge = async (
  doctor: Doctor,
  { plan, life }: PlanRecord,
  view: PullRequestView,
  signal: AbortSignal,
): Promise<boolean> => {
  const reader = doctor.readers.get(plan.cluster)
  const { change } = plan
  if (reader === undefined || change.kind !== 'pull-request' || notReadyToMerge(view) !== undefined) return false
  const { uid: _, ...target } = plan.target
  const read = await reader.get(target, signal)
  if (read.kind !== 'ok') return false
  const { repository, branch, base } = change
  const pull = { repository, branch, base, number: Number(life.after), head: view.head ?? '', method: 'merge' as const }
  const asked = {
    cluster: plan.cluster,
    action: 'merge-pull-request',
    target: plan.target,
    risk: 'medium' as const,
    requester: theDoctor,
    blast: plan.blast,
    preview: plan.preview,
    reason: plan.reason,
    undo: { kind: 'none' as const, reason: 'asked in advance' },
    change: { kind: 'merge' as const, ...pull },
  }
  const verdict = await askPolicy(doctor, reader, asked, read.value, doctor.clock.now(), signal)
  return !isRefusal(verdict) && verdict.kind === 'needs-approval' && verdict.rule.approvers.length > 0
}
