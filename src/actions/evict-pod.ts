import { z } from 'zod'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { budgetOf, evictionRequest } from './change/evict.ts'

/**
 * Evicts one pod through the Eviction API, which honours PodDisruptionBudgets; it never deletes instead. Refuses a pod
 * that nothing would create again, and a mirror pod. Bound to the pod's uid, so a namesake is safe.
 */
export const action: Action = defineAction({
  id: 'evict-pod',
  title: 'Evict',
  kinds: ['Pod'],
  needs: ['disruptionBudgets'],
  input: z.strictObject({}),
  draft: ({ target, related }) => {
    const ref = refOf(target)
    const owner = target.metadata.ownerReferences?.find((reference) => reference.controller === true)
    if (owner === undefined)
      return refused('bare-pod', `${refText(ref)} has no controller: once evicted, nothing would create it again.`)
    if (owner.kind === 'Node' || target.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined)
      return refused('mirror-pod', `${refText(ref)} is a static pod of its node; eviction has no effect on it.`)
    const request = evictionRequest(target)
    if (isRefusal(request)) return request
    const budget = budgetOf(target, related.disruptionBudgets)
    if (isRefusal(budget)) return budget
    const { uid = '', ...gone } = ref
    return {
      change: { kind: 'cluster-write', request },
      risk: 'low',
      blast: {
        pods: 1,
        workloads: 1,
        services: 0,
        objects: [ref],
        notes: [budget === undefined ? 'no PodDisruptionBudget' : `PodDisruptionBudget ${budget.metadata.name}`],
      },
      success: { kind: 'gone', target: gone, uid, within: 120 },
      undo: { kind: 'none', reason: `its ${owner.kind ?? 'controller'} creates a new pod by itself` },
      summary: `Evict ${refText(ref)}`,
    }
  },
})
