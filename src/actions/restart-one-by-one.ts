import { z } from 'zod'
import { at, numberAt, textAt } from '../domain/at.ts'
import type { SequenceStep } from '../domain/change.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { compareRefs, refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { count } from '../domain/words.ts'
import { type Action, type DraftContext, defineAction } from './action.ts'
import { budgetOf, evictionRequest } from './change/evict.ts'
import { patchRequest, planAnnotation } from './change/patch.ts'
import { blastOfRollout, podsOf, specOf, workloadKinds } from './change/workload.ts'

/** More than this is not one decision that somebody can read. */
const mostPods = 60

const input = z.strictObject({
  /** Seconds that each pod may take to go, and the one after it to be ready. */
  within: z.int().min(30).max(900).default(300),
})

/**
 * Replaces the pods of a workload one after the other: each is evicted only when all the others are ready, and budgets are
 * kept. It works where a rolling restart does not: paused, OnDelete, Recreate, or delivered by Git. The template stays.
 */
export const action: Action = defineAction({
  id: 'restart-one-by-one',
  title: 'Restart one by one',
  kinds: [...workloadKinds],
  needs: ['pods', 'disruptionBudgets'],
  input,
  draft: (context, { within }) => {
    const { target, related } = context
    const name = refText(refOf(target))
    const pods = podsInOrder(context)
    const last = pods.at(-1)
    if (last?.metadata.uid === undefined) return refused('no-pods', `${name} has no pod that could be restarted.`)
    if (pods.length > mostPods)
      return refused('too-many-pods', `${name} has ${pods.length} pods; one plan restarts at most ${mostPods}.`)
    const down = pods.find((pod) => !isReady(pod))
    if (down !== undefined)
      return refused('not-whole', `${down.metadata.name} of ${name} is not ready; one by one is for what is whole.`)
    const mark = markStep(context)
    if (isRefusal(mark)) return mark
    const steps: SequenceStep[] = [mark]
    for (const pod of pods) {
      const step = evictionStep(context, pod, within)
      if (isRefusal(step)) return step
      steps.push(step)
    }
    const blast = blastOfRollout(target, related)
    const alone = pods.length === 1
    const { uid: _, ...workload } = refOf(target)
    return {
      change: { kind: 'sequence', steps },
      risk: alone && blast.services > 0 ? 'high' : 'medium',
      blast: {
        ...blast,
        pods: pods.length,
        notes: [
          alone ? 'its only pod: it is down until the next one is ready' : 'each pod goes when all others are ready',
          ...blast.notes.filter((note) => !note.startsWith('strategy') && !note.startsWith('update strategy')),
        ],
      },
      success: { kind: 'replaced', target: workload, uid: last.metadata.uid, within },
      undo: { kind: 'none', reason: 'a restart changes nothing that could be put back' },
      summary: `Restart ${name} one by one (${count(pods.length, 'pod')})`,
    }
  },
})

/** By name; of a StatefulSet the highest ordinal first, as its controller would. */
const podsInOrder = ({ target, related }: DraftContext): readonly KubeObject[] => {
  const ordinal = (pod: KubeObject) => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? 0)
  return podsOf(target, related)
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && !ended(pod))
    .toSorted((a, b) => (target.kind === 'StatefulSet' ? ordinal(b) - ordinal(a) : compareRefs(refOf(a), refOf(b))))
}

const ended = (pod: KubeObject): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '')

const isReady = (pod: KubeObject): boolean => {
  const conditions = at(pod, 'status', 'conditions')
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True')
  )
}

/** The plan's mark on the workload: every later step looks whether it, and the template, are still what was shown. */
const markStep = ({ target, mark }: DraftContext): SequenceStep | Refusal => {
  const request = patchRequest(target, mark, [])
  if (isRefusal(request)) return request
  const fields = { metadata: { annotations: { [planAnnotation]: mark } }, spec: { template: specOf(target).template } }
  return {
    request,
    target: { ...refOf(target), uid: target.metadata.uid ?? '' },
    fingerprint: fingerprint(target),
    until: { kind: 'holds', fields },
    within: 30,
    summary: `Mark ${refText(refOf(target))}`,
  }
}

const evictionStep = ({ target, related }: DraftContext, pod: KubeObject, within: number): SequenceStep | Refusal => {
  const request = evictionRequest(pod)
  if (isRefusal(request)) return request
  const budget = budgetOf(pod, related.disruptionBudgets)
  if (isRefusal(budget)) return budget
  const min = numberAt(budget, 'spec', 'maxUnavailable')
  if (min === 0) return refused('budget-forbids', `PodDisruptionBudget ${budget?.metadata.name} lets no pod go, ever.`)
  const { uid: _, ...workload } = refOf(target)
  return {
    request,
    target: { ...refOf(pod), uid: pod.metadata.uid ?? '' },
    fingerprint: null,
    until: { kind: 'replaced', workload },
    within,
    summary: `Evict ${refText(refOf(pod))}`,
  }
}
