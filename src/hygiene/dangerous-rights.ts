import { dangersIn, holdsEverything } from '../domain/dangerous-rights.ts'
import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { given, subjectsText } from './reading/rights.ts'

/**
 * What ServiceAccounts may do that makes a leaked token worth more than it seems: escalate, bind, impersonate, read all Secrets,
 * exec anywhere. Everything at once is `wildcard-rights`; people and groups are not judged here.
 */
export const check: Check = {
  id: 'dangerous-rights',
  looksFor: 'ServiceAccounts that can make themselves more rights',
  reads: ['RoleBinding', 'ClusterRoleBinding', 'ClusterRole', 'Role'],
  look: (view) =>
    given(view).flatMap(({ binding, rules, subjects, everywhere }): readonly Said[] => {
      const accounts = subjects.filter(({ kind }) => kind === 'ServiceAccount')
      if (accounts.length === 0 || holdsEverything(rules)) return []
      const may = dangersIn(rules, everywhere)
      if (may.length === 0) return []
      return [
        {
          severity: 'warn',
          object: refOf(binding),
          summary: `lets ${subjectsText(accounts, binding.metadata.namespace)} ${may.slice(0, 3).join(', ')}`,
          fix: `take these verbs out of ${binding.roleRef?.kind} ${binding.roleRef?.name}, or bind it in single namespaces`,
        },
      ]
    }),
}
