import { planAnnotation } from '../../actions/change/patch.ts'
import { listAt, textAt } from '../../domain/at.ts'
import type { Change } from '../../domain/change.ts'
import { absentMark } from '../../domain/expected.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import type { Plan } from '../../domain/plan.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { atStep, stepNow } from '../../domain/plan-steps.ts'
import { timeOf } from '../../domain/time.ts'
import { fieldManager } from '../../domain/write-path.ts'
import type { ClusterReader, ClusterWriter } from '../../ports.ts'
import type { Doctor } from '../doctor.ts'

/** What the cluster or the Git host shows of a write whose answer was lost. */
export type ReadBack =
  | { readonly kind: 'done'; readonly after: string | null; readonly note: string }
  | { readonly kind: 'none' | 'unreadable' }

/** Reads whether the effect of an armed plan is there: by the plan's mark, the field manager's time, the pod's uid or the branch. */
export const readBack = async (
  doctor: Doctor,
  { writer }: { readonly reader: ClusterReader; readonly writer: ClusterWriter },
  record: PlanRecord,
  signal?: AbortSignal,
): Promise<ReadBack> => {
  const { life } = record
  const plan = atStep(record.plan, stepNow(life))
  if (plan.change.kind === 'pull-request') {
    const found = await doctor.git?.findChange(plan.change.repository, plan.change.branch)
    if (found === undefined || found.kind === 'unreadable') return { kind: 'unreadable' }
    return found.kind === 'absent'
      ? { kind: 'none' }
      : { kind: 'done', after: String(found.value.number), note: found.value.url }
  }
  if (plan.change.kind === 'merge') return mergeBack(doctor, plan.change)
  const { uid, ...named } = plan.target
  const read = await writer.get(named, signal)
  if (read.kind === 'unreadable') return { kind: 'unreadable' }
  const { method } = plan.change.request
  // Nothing in the cluster tells whether a command ran, so it counts as run: it is never run again.
  if (method === 'GET') return { kind: 'done', after: null, note: 'it may have run; it is not run again' }
  if (method === 'POST' || method === 'DELETE') {
    const here = read.kind === 'ok' && read.value.metadata.uid === uid && !isGoing(read.value, plan)
    return here ? { kind: 'none' } : { kind: 'done', after: null, note: 'it is gone or going' }
  }
  // An object that is gone or replaced carries no mark any more: the gates will say so.
  const makes = plan.fingerprint === absentMark
  if (read.kind === 'absent' || (!makes && read.value.metadata.uid !== uid)) return { kind: 'none' }
  return isOurs(read.value, plan.id, life.armedAt ?? undefined)
    ? { kind: 'done', after: read.value.metadata.resourceVersion ?? null, note: 'the plan’s mark is on the object' }
    : { kind: 'none' }
}

const mergeBack = async (
  { git }: Pick<Doctor, 'git'>,
  { repository, number }: Extract<Change, { kind: 'merge' }>,
): Promise<ReadBack> => {
  const read = await git?.viewChange(repository, number)
  if (read === undefined || read.kind === 'unreadable') return { kind: 'unreadable' }
  return read.kind === 'ok' && read.value.state === 'merged'
    ? {
        kind: 'done',
        after: String(number),
        note: `merged${read.value.by === undefined ? '' : ` by ${read.value.by}`}`,
      }
    : { kind: 'none' }
}

/** Being deleted tells nothing of what was being deleted when the plan was made; then only its being gone does. */
const isGoing = (object: KubeObject, plan: Plan): boolean =>
  plan.action !== 'delete-stuck-pod' && object.metadata.deletionTimestamp !== undefined

const isOurs = (object: KubeObject, plan: string, armedAt: string | undefined): boolean => {
  if (object.metadata.annotations?.[planAnnotation] === plan.slice(0, 12)) return true
  if (
    listAt(object, 'spec', 'ephemeralContainers').some((one) => textAt(one, 'name') === `doctor-${plan.slice(0, 12)}`)
  )
    return true
  // Somebody may have taken the mark off since; the field manager's time still tells. Its resolution is a second.
  const armed = timeOf(armedAt)
  return (object.metadata.managedFields ?? []).some((field) => {
    const at = timeOf(field.time)
    return field.manager === fieldManager && armed !== undefined && at !== undefined && at >= armed - 1_000
  })
}
