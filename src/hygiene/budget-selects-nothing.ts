import { refOf } from '../domain/kubernetes.ts'
import { matchesSelector, selectorText } from '../domain/selector.ts'
import type { Check, Said } from './check.ts'
import { usersKnown } from './reading/names-used.ts'
import { podLabels } from './reading/specs.ts'

/** Budgets that cover no pod and no template, scaled-down workloads included: they protect nobody. */
export const check: Check = {
  id: 'budget-selects-nothing',
  looksFor: 'PodDisruptionBudgets that cover nothing',
  reads: ['PodDisruptionBudget'],
  look: (view) =>
    view.all('PodDisruptionBudget').flatMap((budget): readonly Said[] => {
      const namespace = budget.metadata.namespace ?? ''
      const selector = budget.spec?.selector
      if (selector === undefined || !usersKnown(view, namespace)) return []
      if (podLabels(view, namespace).some((labels) => matchesSelector(selector, labels))) return []
      return [
        {
          severity: 'warn',
          object: refOf(budget),
          summary: `selects ${selectorText(selector)}, which no pod or workload in ${namespace} has: it protects nothing`,
          fix: 'correct its selector to the labels of the pods, or delete it',
        },
      ]
    }),
}
