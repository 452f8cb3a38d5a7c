import type { Role, RoleBinding } from '../../domain/kubernetes.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import type { ClusterReader, ResourceType } from '../../ports.ts'
import { items } from './find.ts'

const rbac = (kind: string, resource: string, namespaced: boolean): ResourceType => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind,
  resource,
  namespaced,
})
const sources = [
  rbac('Role', 'roles', true),
  rbac('ClusterRole', 'clusterroles', false),
  rbac('RoleBinding', 'rolebindings', true),
  rbac('ClusterRoleBinding', 'clusterrolebindings', false),
]

/** All roles and bindings of a cluster. */
export type Rbac = { readonly roles: readonly Role[]; readonly bindings: readonly RoleBinding[] }

/** Reads every role and binding, or says which kind could not be read: of a part of them nothing may be concluded. */
export const readRbac = async (reader: ClusterReader, signal: AbortSignal): Promise<Rbac | Refusal> => {
  const reads = await Promise.all(sources.map((type) => items(reader, type, { signal })))
  const failed = reads.findIndex((read) => read.kind !== 'ok')
  if (failed >= 0) {
    const read = reads[failed]
    return refused(
      'could-not-tell',
      `${sources[failed]?.resource} could not be read on ${reader.name}: ${read?.kind === 'unreadable' ? read.message : 'not served'}`,
    )
  }
  const [roles, clusterRoles, bindings, clusterBindings] = reads.map((read) => (read.kind === 'ok' ? read.value : []))
  return {
    roles: [...(roles ?? []), ...(clusterRoles ?? [])] as unknown as readonly Role[],
    bindings: [...(bindings ?? []), ...(clusterBindings ?? [])] as unknown as readonly RoleBinding[],
  }
}
