import type { Check, Said } from './check.ts'
import { budgetsOf } from './reading/budgets.ts'
import { judged } from './reading/specs.ts'

/** Pods under more than one budget: the eviction API refuses to evict those at all. */
export const check: Check = {
  id: 'budgets-overlap',
  looksFor: 'pods under more than one PodDisruptionBudget',
  reads: ['PodDisruptionBudget'],
  look: (view) =>
    judged(view).flatMap((one): readonly Said[] => {
      const budgets = budgetsOf(view, one)
      if (budgets.length < 2) return []
      const names = budgets.map(({ metadata }) => metadata.name)
      return [
        {
          severity: 'warn',
          object: one.ref,
          summary: `${names.length} PodDisruptionBudgets cover its pods (${names.slice(0, 3).join(', ')}): evictions are refused`,
          fix: 'leave one budget for these pods',
        },
      ]
    }),
}
