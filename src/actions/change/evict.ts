import type { WriteRequest } from '../../domain/change.ts'
import type { KubeObject, LabelSelector } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { refText } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { matchesSelector } from '../../domain/selector.ts'
import { fieldManager, writePath } from '../../domain/write-path.ts'

/** The eviction of one pod through the API that asks its PodDisruptionBudget, bound to the pod's uid. */
export const evictionRequest = (pod: KubeObject): WriteRequest | Refusal => {
  const ref = refOf(pod)
  const { uid } = pod.metadata
  if (uid === undefined) return refused('no-uid', 'The pod was read without its uid, so it cannot be pinned.')
  const path = writePath(ref, 'eviction')
  if (isRefusal(path)) return path
  const body = JSON.stringify({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: ref.name, namespace: ref.namespace },
    deleteOptions: { preconditions: { uid } },
  })
  return { method: 'POST', path, query: [['fieldManager', fieldManager]], contentType: 'application/json', body }
}

/** The PodDisruptionBudget that guards a pod; two of them are a refusal, as the API then refuses every eviction. */
export const budgetOf = (pod: KubeObject, budgets: readonly KubeObject[]): KubeObject | undefined | Refusal => {
  const guarding = budgets.filter(
    (budget) =>
      budget.metadata.namespace === pod.metadata.namespace &&
      matchesSelector(
        (budget.spec as { readonly selector?: LabelSelector } | undefined)?.selector,
        pod.metadata.labels,
      ),
  )
  return guarding.length > 1
    ? refused(
        'several-budgets',
        `${guarding.map((budget) => budget.metadata.name).join(' and ')} both guard ${refText(refOf(pod))}; the API refuses eviction until one is left.`,
      )
    : guarding[0]
}
