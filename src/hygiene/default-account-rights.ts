import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { given } from './reading/rights.ts'

/** Rights given to a namespace's `default` ServiceAccount: every pod that names no account has them. */
export const check: Check = {
  id: 'default-account-rights',
  looksFor: 'rights of default ServiceAccounts',
  reads: ['RoleBinding', 'ClusterRoleBinding'],
  look: (view) =>
    given(view).flatMap(({ binding, subjects, everywhere }): readonly Said[] => {
      const found = subjects.find(({ kind, name }) => kind === 'ServiceAccount' && name === 'default')
      if (found === undefined) return []
      const namespace = found.namespace ?? binding.metadata.namespace
      return [
        {
          severity: 'warn',
          object: refOf(binding),
          summary: `gives ${binding.roleRef?.kind} ${binding.roleRef?.name} to the default ServiceAccount of ${namespace}${everywhere ? ', in the whole cluster' : ''}: every pod there has it`,
          fix: 'make a ServiceAccount for the workload that needs it and bind that one',
        },
      ]
    }),
}
