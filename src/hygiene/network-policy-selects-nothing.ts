import { refOf } from '../domain/kubernetes.ts'
import { matchesSelector, selectorText } from '../domain/selector.ts'
import type { Check, Said } from './check.ts'
import { usersKnown } from './reading/names-used.ts'
import { podLabels } from './reading/specs.ts'

/**
 * NetworkPolicies whose podSelector selects no pod or template of their own namespace: they guard nobody. An empty selector
 * selects all, and a default-deny is what it should be.
 */
export const check: Check = {
  id: 'network-policy-selects-nothing',
  looksFor: 'NetworkPolicies that guard no pod',
  reads: ['NetworkPolicy'],
  look: (view) =>
    view.all('NetworkPolicy').flatMap((policy): readonly Said[] => {
      const namespace = policy.metadata.namespace ?? ''
      const selector = policy.spec?.podSelector ?? {}
      const all = Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0
      if (all || !usersKnown(view, namespace)) return []
      if (podLabels(view, namespace).some((labels) => matchesSelector(selector, labels))) return []
      return [
        {
          severity: 'info',
          object: refOf(policy),
          summary: `selects ${selectorText(selector)}, which nothing in ${namespace} has: it guards no pod`,
          fix: 'correct its podSelector, or delete it',
        },
      ]
    }),
}
