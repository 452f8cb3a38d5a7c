import { listAt, numberAt, textAt, trueAt } from '../../domain/at.ts'
import type { BlastRadius } from '../../domain/change.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { refText } from '../../domain/object.ts'
import type { FieldExpectation, SuccessCheck } from '../../domain/plan.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { Draft, DraftContext } from '../action.ts'
import { type Op, patchRequest } from './patch.ts'

/** What differs between the two kinds that can be suspended: the way back, what people must know, and how success shows. */
export type Suspension = {
  readonly back: string
  readonly notes: readonly string[]
  readonly pods: number
  readonly proof: readonly FieldExpectation[]
}

/** The draft that suspends or resumes a CronJob or a Job; both actions of a kind are each other's way back. */
export const draftSuspend = (
  { target, mark }: DraftContext,
  suspend: boolean,
  { back, notes, pods, proof }: Suspension,
): Draft | Refusal => {
  const name = refText(refOf(target))
  if (trueAt(target, 'spec', 'suspend') === suspend)
    return refused('already-there', `${name} is ${suspend ? 'suspended already' : 'not suspended'}.`)
  const request = patchRequest(target, mark, flip(target, suspend))
  if (isRefusal(request)) return request
  const { uid: _, ...object } = refOf(target)
  const blast: BlastRadius = { pods, workloads: 1, services: 0, objects: [refOf(target)], notes }
  const success: SuccessCheck = { kind: 'fields-hold', target: object, all: proof, within: suspend ? 120 : 60 }
  return {
    change: { kind: 'cluster-write', request },
    risk: 'medium',
    blast,
    success,
    undo: {
      kind: 'action',
      action: back,
      target: refOf(target),
      input: {},
      summary: suspend ? 'resume it' : 'suspend it again',
    },
    summary: `${suspend ? 'Suspend' : 'Resume'} ${name}`,
  }
}

const flip = (target: KubeObject, suspend: boolean): readonly Op[] => {
  const path = '/spec/suspend'
  const old = (target.spec as { readonly suspend?: boolean } | undefined)?.suspend
  return [
    ...(old === undefined ? [] : [{ op: 'test', path, value: old } as const]),
    { op: 'add', path, value: suspend },
  ]
}

/** Why a Job can be neither suspended nor resumed any more: it has ended. */
export const jobEnded = (job: KubeObject): Refusal | undefined => {
  const end = listAt(job, 'status', 'conditions').find(
    (one) => ['Complete', 'Failed'].includes(textAt(one, 'type') ?? '') && textAt(one, 'status') === 'True',
  )
  const how = textAt(end, 'type') === 'Failed' ? 'has failed' : 'is complete'
  return end === undefined ? undefined : refused('job-ended', `${refText(refOf(job))} ${how}; nothing of it runs.`)
}

/** How many pods of a Job run now. */
export const activePods = (job: KubeObject): number => numberAt(job, 'status', 'active') ?? 0
