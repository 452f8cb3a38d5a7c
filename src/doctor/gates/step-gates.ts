import type { SequenceStep } from '../../domain/change.ts'
import { firstMissing } from '../../domain/contains.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refText } from '../../domain/object.ts'
import type { Plan } from '../../domain/plan.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { stepNow, stepsOf } from '../../domain/plan-steps.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { ClusterReader, ClusterWriter } from '../../ports.ts'
import type { Doctor } from '../doctor.ts'
import { previewOf } from '../plans/preview.ts'
import { type Closed, closed, type Turn } from './closed.ts'
import { cannotWrite } from './gates.ts'
import { policyGate } from './policy-gate.ts'
import { readOrAbsent } from './read-or-absent.ts'

type Hands = { readonly reader: ClusterReader; readonly writer: ClusterWriter }

/**
 * The gates of a step on another object than the plan's own: what was done before it still holds, the policy still lets the
 * whole plan, and the server would take the step. A step whose object is gone is skipped; one that a PodDisruptionBudget
 * holds up waits for its turn, and when that does not come within its time, the sequence stops.
 */
export const stepGates = async (
  doctor: Doctor,
  { reader, writer }: Hands,
  record: PlanRecord,
  now: number,
  signal?: AbortSignal,
): Promise<Closed | Turn | undefined> => {
  const { plan, life } = record
  const step = stepsOf(plan)[stepNow(life)]
  if (step === undefined) return closed('refuse', 'no-step', 'There is no such step. Nothing was done.')
  const here = await readOrAbsent(writer, step.target, signal)
  if (isRefusal(here)) return closed('refuse', here.code, here.reason)
  if (here.absent || here.object.metadata.uid !== step.target.uid) return { kind: 'skip' }
  const own = await readOrAbsent(writer, plan.target, signal)
  if (isRefusal(own)) return closed('refuse', own.code, own.reason)
  const changed = undoneSince(plan, stepNow(life), own.object)
  if (changed !== undefined) return changed
  const forbidden = await cannotWrite(writer, { kind: 'cluster-write', request: step.request }, signal)
  if (forbidden !== undefined) return closed('refuse', forbidden.code, forbidden.reason)
  const denied = await policyGate(doctor, reader, plan, own.object, now, signal)
  return denied ?? rehearsed(doctor, writer, record, step, signal)
}

const undoneSince = (plan: Plan, at: number, object: KubeObject): Closed | undefined => {
  const name = refText(plan.target)
  if (object.metadata.uid !== plan.target.uid)
    return closed('stale', 'target-replaced', `${name} is gone or replaced. Nothing was done.`)
  const broken = stepsOf(plan)
    .slice(0, at)
    .find(
      ({ until, target }) =>
        until.kind === 'holds' && target.uid === plan.target.uid && firstMissing(until.fields, object) !== undefined,
    )
  return broken === undefined
    ? undefined
    : closed('stale', 'target-changed', `Somebody took back “${broken.summary}” meanwhile. Nothing was done.`)
}

const rehearsed = async (
  doctor: Doctor,
  writer: ClusterWriter,
  { plan, life }: PlanRecord,
  step: SequenceStep,
  signal?: AbortSignal,
): Promise<Closed | Turn | undefined> => {
  const preview = await previewOf(writer, { kind: 'cluster-write', request: step.request }, step.target, signal)
  const shown = plan.preview.kind === 'previewed' ? plan.preview.steps?.[stepNow(life)] : undefined
  if (!isRefusal(preview))
    return preview.kind === 'previewed' && preview.diffHash === shown
      ? undefined
      : closed('stale', 'diff-changed', 'The server would now do something else than was shown. Nothing was done.')
  if (preview.code !== 'budget-holds') return closed('refuse', preview.code, `${preview.reason} Nothing was done.`)
  const since = Date.parse(life.appliedAt ?? life.approvals.at(-1)?.at ?? plan.createdAt)
  if (doctor.clock.now() < since + step.within * 1000)
    return { kind: 'wait', why: 'a PodDisruptionBudget lets none go now' }
  return closed(
    'refuse',
    preview.code,
    `“${step.summary}” did not get its turn within ${step.within} s: ${preview.reason}`,
  )
}
