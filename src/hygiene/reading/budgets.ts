import type { LabelSelector, PodDisruptionBudget } from '../../domain/kubernetes.ts'
import { matchesSelector } from '../../domain/selector.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { type Judged, judged } from './specs.ts'

/** The budgets that cover a workload's pods, by its template's labels. */
export const budgetsOf = (view: ClusterView, one: Judged): readonly PodDisruptionBudget[] => {
  const labels = one.workload.template?.metadata?.labels ?? one.pod?.metadata.labels
  return view
    .all('PodDisruptionBudget')
    .filter((budget) => budget.metadata.namespace === one.namespace && matchesSelector(budget.spec?.selector, labels))
}

/** The workloads that a selector covers in a namespace. */
export const coveredBy = (
  view: ClusterView,
  namespace: string | undefined,
  selector: LabelSelector | undefined,
): readonly Judged[] =>
  judged(view).filter(
    (one) =>
      one.namespace === namespace &&
      matchesSelector(selector, one.workload.template?.metadata?.labels ?? one.pod?.metadata.labels),
  )

/** The fewest replicas that a workload is meant to have: an autoscaler's minimum where there is one. */
export const fewestReplicas = (view: ClusterView, one: Judged): number | undefined => {
  const scaler = view
    .all('HorizontalPodAutoscaler')
    .find(
      ({ metadata, spec }) =>
        metadata.namespace === one.namespace &&
        spec?.scaleTargetRef?.kind === one.ref.kind &&
        spec.scaleTargetRef.name === one.ref.name,
    )
  return scaler === undefined ? one.workload.replicas : (scaler.spec?.minReplicas ?? 1)
}
