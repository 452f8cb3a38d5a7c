import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { coveredBy, fewestReplicas } from './reading/budgets.ts'

const percent = (value: unknown): number | undefined => {
  const found = typeof value === 'string' ? /^(\d{1,3})%$/.exec(value) : null
  return found === null ? undefined : Number(found[1])
}

/** How many pods must stay of so many, as the disruption controller rounds: percentages up. */
const mustStay = (wanted: string | number, pods: number): number => {
  const share = percent(wanted)
  return share === undefined ? Number(wanted) : Math.ceil((share * pods) / 100)
}

/** Budgets that never allow an eviction, even with every pod healthy: drains and node upgrades hang. */
export const check: Check = {
  id: 'budget-blocks-drain',
  looksFor: 'PodDisruptionBudgets that block every drain',
  reads: ['PodDisruptionBudget'],
  look: (view) =>
    view.all('PodDisruptionBudget').flatMap((budget): readonly Said[] => {
      const { minAvailable, maxUnavailable, selector } = budget.spec ?? {}
      const covered = coveredBy(view, budget.metadata.namespace, selector)
      const replicas = covered.map((one) => fewestReplicas(view, one) ?? 0)
      const pods = replicas.reduce((sum, one) => sum + one, 0)
      if (pods === 0) return []
      const none = maxUnavailable !== undefined && (maxUnavailable === 0 || percent(maxUnavailable) === 0)
      const all = minAvailable !== undefined && mustStay(minAvailable, pods) >= pods
      if (!none && !all) return []
      const rule = none ? `maxUnavailable: ${maxUnavailable}` : `minAvailable: ${minAvailable} of ${pods}`
      return [
        {
          severity: 'warn',
          object: refOf(budget),
          summary: `${rule} allows no eviction ever, so no node with its pods can be drained`,
          fix:
            pods === 1
              ? 'run a second replica, or set maxUnavailable: 1 and accept the gap'
              : 'set maxUnavailable: 1 instead',
        },
      ]
    }),
}
