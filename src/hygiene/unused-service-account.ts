import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { namesUsed, usersKnown } from './reading/names-used.ts'
import { isBound } from './reading/rights.ts'
import { isKept } from './reading/system.ts'

/** ServiceAccounts that no pod runs as and no binding names. One with rights but no pods may be used from outside (CI). */
export const check: Check = {
  id: 'unused-service-account',
  looksFor: 'ServiceAccounts that nothing uses',
  reads: ['ServiceAccount'],
  needs: ['RoleBinding', 'ClusterRoleBinding'],
  needsCustom: true,
  look: (view) => {
    const used = namesUsed(view)
    return view.all('ServiceAccount').flatMap((account): readonly Said[] => {
      const { namespace = '', name } = account.metadata
      if (name === 'default' || isKept(account) || !usersKnown(view, namespace)) return []
      if (used.refers('ServiceAccount', namespace, name) || used.mentions(namespace, name)) return []
      if (isBound(view, namespace, name)) return []
      return [
        {
          severity: 'info',
          object: refOf(account),
          summary: `no pod or template in ${namespace} runs as it and no binding names it`,
          fix: 'delete it',
        },
      ]
    })
  },
}
