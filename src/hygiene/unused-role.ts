import { type Role, refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { isBuiltIn, isKept } from './reading/system.ts'

/** The roles that every cluster has for people, as `kubectl create clusterrolebinding` examples use them. */
const forPeople = new Set(['admin', 'edit', 'view', 'cluster-admin'])

const isAggregated = ({ metadata, aggregationRule }: Role): boolean =>
  aggregationRule !== undefined || Object.keys(metadata.labels ?? {}).some((label) => label.includes('/aggregate-to-'))

/** Roles that no binding gives to anybody. Aggregated ones and Kubernetes' own are there to be used. */
export const check: Check = {
  id: 'unused-role',
  looksFor: 'Roles that no binding gives',
  reads: ['Role', 'ClusterRole'],
  needs: ['RoleBinding', 'ClusterRoleBinding'],
  look: (view) => {
    const bound = new Set(
      [...view.all('RoleBinding'), ...view.all('ClusterRoleBinding')].map(({ roleRef, metadata }) =>
        roleRef?.kind === 'Role' ? `${metadata.namespace}/${roleRef.name}` : `/${roleRef?.name}`,
      ),
    )
    return [...view.all('Role'), ...view.all('ClusterRole')].flatMap((role): readonly Said[] => {
      if (
        isBuiltIn(role) ||
        (role.kind === 'ClusterRole' && forPeople.has(role.metadata.name)) ||
        isKept(role) ||
        isAggregated(role)
      )
        return []
      if (bound.has(`${role.metadata.namespace ?? ''}/${role.metadata.name}`)) return []
      return [{ severity: 'info', object: refOf(role), summary: 'no binding gives it to anybody', fix: 'delete it' }]
    })
  },
}
