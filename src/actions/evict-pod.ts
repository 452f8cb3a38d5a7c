import { z } from 'zod'
import type { LabelSelector } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { matchesSelector } from '../domain/selector.ts'
import { fieldManager, writePath } from '../domain/write-path.ts'
import { type Action, defineAction } from './action.ts'

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
    const uid = target.metadata.uid
    if (uid === undefined) return refused('no-uid', 'The pod was read without its uid, so it cannot be pinned.')
    const path = writePath(ref, 'eviction')
    if (isRefusal(path)) return path
    const body = JSON.stringify({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: ref.name, namespace: ref.namespace },
      deleteOptions: { preconditions: { uid } },
    })
    const budgets = related.disruptionBudgets.filter((budget) =>
      matchesSelector(
        (budget.spec as { readonly selector?: LabelSelector } | undefined)?.selector,
        target.metadata.labels,
      ),
    )
    if (budgets.length > 1)
      return refused(
        'several-budgets',
        `${budgets.map((budget) => budget.metadata.name).join(' and ')} both guard ${refText(ref)}; the API refuses eviction until one is left.`,
      )
    const { uid: _, ...gone } = ref
    return {
      change: {
        kind: 'cluster-write',
        request: {
          method: 'POST',
          path,
          query: [['fieldManager', fieldManager]],
          contentType: 'application/json',
          body,
        },
      },
      risk: 'low',
      blast: {
        pods: 1,
        workloads: 1,
        services: 0,
        objects: [ref],
        notes: budgets.length === 0 ? ['no PodDisruptionBudget'] : [`PodDisruptionBudget ${budgets[0]?.metadata.name}`],
      },
      success: { kind: 'gone', target: gone, uid, within: 120 },
      undo: { kind: 'none', reason: `its ${owner.kind ?? 'controller'} creates a new pod by itself` },
      summary: `Evict ${refText(ref)}`,
    }
  },
})
