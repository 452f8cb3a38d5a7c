import type { Check, Said } from './check.ts'
import { budgetsOf, fewestReplicas } from './reading/budgets.ts'
import { judged, servicesOf } from './reading/specs.ts'

/** Several replicas that take traffic, and no PodDisruptionBudget: a drain may evict them all at once. */
export const check: Check = {
  id: 'disruption-budget-missing',
  looksFor: 'replicated workloads without a PodDisruptionBudget',
  reads: [],
  needs: ['PodDisruptionBudget'],
  look: (view) => {
    return judged(view).flatMap((one): readonly Said[] => {
      if (one.ref.kind !== 'Deployment' && one.ref.kind !== 'StatefulSet' && one.ref.kind !== 'Rollout') return []
      const replicas = fewestReplicas(view, one) ?? 0
      if (replicas < 2 || servicesOf(view, one).length === 0 || budgetsOf(view, one).length > 0) return []
      return [
        {
          severity: 'info',
          object: one.ref,
          summary: `${replicas} replicas and no PodDisruptionBudget: a drain of several nodes may evict all of them`,
          fix: 'add a PodDisruptionBudget with maxUnavailable: 1 for its labels',
        },
      ]
    })
  },
}
