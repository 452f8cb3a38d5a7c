import { z } from 'zod'
import type { SequenceStep } from '../domain/change.ts'
import { localVolumes, type OnDrain, onDrain } from '../domain/drain.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { compareRefs, refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { count, some } from '../domain/words.ts'
import { type Action, type DraftContext, defineAction } from './action.ts'
import { draftCordon, isCordoned } from './change/cordon.ts'
import { budgetOf, evictionRequest } from './change/evict.ts'

/** More than this is not one decision that somebody can read. */
const mostPods = 60

const input = z.strictObject({
  /** Seconds that each pod may wait for its turn and then for its end. */
  within: z.number().int().min(30).max(900).default(300),
  /** Evict pods too that nothing makes again. */
  bare: z.boolean().default(false),
})

/**
 * Empties a node: cordons it, then evicts its pods one after the other through the API that asks PodDisruptionBudgets, each
 * within its time. It never deletes instead; what is lost with the node's pods (local volumes, bare pods) is named before.
 */
export const action: Action = defineAction({
  id: 'drain-node',
  title: 'Drain',
  kinds: ['Node'],
  needs: ['pods', 'disruptionBudgets'],
  input,
  draft: (context, { within, bare }) => {
    const { target, related } = context
    const name = refText(refOf(target))
    const uid = target.metadata.uid
    if (uid === undefined) return refused('no-uid', 'The node was read without its uid, so it cannot be pinned.')
    const sorted = related.pods.toSorted((a, b) => compareRefs(refOf(a), refOf(b)))
    const of = (...fates: readonly OnDrain[]) => sorted.filter((pod) => fates.includes(onDrain(pod)))
    const alone = of('bare')
    if (alone.length > 0 && !bare)
      return refused(
        'bare-pods',
        `${names(alone)} ${alone.length === 1 ? 'has' : 'have'} no controller and would be gone for good. Say --bare to evict ${alone.length === 1 ? 'it' : 'them'} too.`,
      )
    const going = of('evict', 'bare')
    if (going.length > mostPods)
      return refused('too-many-pods', `${name} runs ${going.length} pods; one plan evicts at most ${mostPods}.`)
    if (going.length === 0 && isCordoned(target)) return refused('already-there', `${name} is drained already.`)
    const evictions = going.map((pod) => evictionStep(pod, related.disruptionBudgets, within))
    const no = evictions.find(isRefusal)
    if (no !== undefined) return no
    const cordon = isCordoned(target) ? [] : [cordonStep(context)]
    const unpinned = cordon.find(isRefusal)
    if (unpinned !== undefined) return unpinned
    const steps = [...cordon, ...evictions].filter((step): step is SequenceStep => !isRefusal(step))
    return {
      change: { kind: 'sequence', steps },
      risk: 'high',
      blast: {
        pods: going.length,
        workloads: new Set(going.map((pod) => pod.metadata.ownerReferences?.[0]?.uid ?? pod.metadata.uid)).size,
        services: 0,
        objects: [refOf(target), ...going.map(refOf)],
        notes: notesOf(going, alone, of('daemonset', 'mirror')),
      },
      success: { kind: 'drained', target: withoutUid(target), within },
      undo: {
        kind: 'action',
        action: 'uncordon-node',
        target: refOf(target),
        input: {},
        summary: 'let pods onto it again; those that went stay where they are',
      },
      summary: `Drain ${name} (${count(going.length, 'pod')})`,
    }
  },
})

const names = (pods: readonly KubeObject[]): string =>
  some(pods.map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`))

const withoutUid = (object: KubeObject) => {
  const { uid: _, ...ref } = refOf(object)
  return ref
}

const cordonStep = (context: DraftContext): SequenceStep | Refusal => {
  const { target } = context
  const drafted = draftCordon(context, true)
  if (isRefusal(drafted)) return drafted
  if (drafted.change.kind !== 'cluster-write') return refused('no-request', 'A node is cordoned by a request.')
  return {
    request: drafted.change.request,
    target: { ...refOf(target), uid: target.metadata.uid ?? '' },
    fingerprint: fingerprint(target),
    until: { kind: 'holds', fields: { spec: { unschedulable: true } } },
    within: 30,
    summary: drafted.summary,
  }
}

const evictionStep = (pod: KubeObject, budgets: readonly KubeObject[], within: number): SequenceStep | Refusal => {
  const request = evictionRequest(pod)
  if (isRefusal(request)) return request
  const budget = budgetOf(pod, budgets)
  if (isRefusal(budget)) return budget
  const ref = refOf(pod)
  return {
    request,
    target: { ...ref, uid: pod.metadata.uid ?? '' },
    fingerprint: null,
    until: { kind: 'gone' },
    within,
    summary: `Evict ${refText(ref)}`,
  }
}

const notesOf = (
  going: readonly KubeObject[],
  alone: readonly KubeObject[],
  staying: readonly KubeObject[],
): readonly string[] => {
  const local = going.filter((pod) => localVolumes(pod).length > 0)
  const namespaces = [...new Set(going.map((pod) => pod.metadata.namespace ?? ''))].sort()
  return [
    ...(namespaces.length === 0 ? [] : [`in ${some(namespaces, 6)}`]),
    ...(alone.length === 0 ? [] : [`GONE FOR GOOD, nothing makes them again: ${names(alone)}`]),
    ...(local.length === 0
      ? []
      : [
          `local data is lost: ${some(local.map((pod) => `${pod.metadata.namespace}/${pod.metadata.name} (${localVolumes(pod).join(', ')})`))}`,
        ]),
    ...(staying.length === 0 ? [] : [`${count(staying.length, 'pod')} of DaemonSets and the node itself stay`]),
    'one after the other, PodDisruptionBudgets respected',
  ]
}
