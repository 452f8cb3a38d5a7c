import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { given } from './reading/rights.ts'

/**
 * Bindings of a role that does not exist, or to ServiceAccounts that do not: whoever makes one of that name gets the rights.
 * Only what is surely absent counts; users and groups live outside the cluster.
 */
export const check: Check = {
  id: 'binding-to-nothing',
  looksFor: 'bindings of missing roles or to missing ServiceAccounts',
  reads: ['RoleBinding', 'ClusterRoleBinding'],
  look: (view) =>
    given(view).flatMap(({ binding, subjects }): readonly Said[] => {
      const { kind = '', name = '' } = binding.roleRef ?? {}
      const namespace = kind === 'Role' ? binding.metadata.namespace : undefined
      if ((kind === 'Role' || kind === 'ClusterRole') && view.presence(kind, namespace, name) === 'absent')
        return [
          {
            severity: 'info',
            object: refOf(binding),
            summary: `gives ${kind} ${name}, which does not exist: it gives nothing until somebody makes it`,
            fix: 'delete the binding, or bind the role that was meant',
          },
        ]
      const gone = subjects.filter(
        (one) =>
          one.kind === 'ServiceAccount' &&
          view.presence('ServiceAccount', one.namespace ?? binding.metadata.namespace, one.name ?? '') === 'absent',
      )
      const [first] = gone
      if (first === undefined) return []
      return [
        {
          severity: 'info',
          object: refOf(binding),
          summary: `gives ${kind} ${name} to ServiceAccount ${first.namespace ?? binding.metadata.namespace}/${first.name}, which does not exist: whoever makes it has the rights`,
          fix: 'take the subject out of the binding',
        },
      ]
    }),
}
