import type { PolicyRule, Role, RoleBinding } from './kubernetes.ts'
import type { Forbidden } from './log-sign.ts'
import { ruleAllows } from './rbac.ts'

/** Whether a rule allows what was refused, any object of the resource taken. */
export const allowsRefused = (rule: PolicyRule, wanted: Forbidden): boolean => {
  const [resource = '', subresource] = (wanted.resource ?? '').split('/')
  const asked = { verb: wanted.verb ?? '', group: wanted.group ?? '', resource }
  return ruleAllows(rule, subresource === undefined ? asked : { ...asked, subresource })
}

/** Whether a binding names the ServiceAccount, itself or through the groups of all ServiceAccounts. */
export const bindsAccount = (binding: RoleBinding, wanted: Forbidden): boolean =>
  (binding.subjects ?? []).some(
    (subject) =>
      (subject.kind === 'ServiceAccount' &&
        subject.name === wanted.account &&
        (subject.namespace ?? binding.metadata.namespace) === wanted.namespace) ||
      (subject.kind === 'User' && subject.name === `system:serviceaccount:${wanted.namespace}:${wanted.account}`) ||
      (subject.kind === 'Group' &&
        ['system:serviceaccounts', `system:serviceaccounts:${wanted.namespace}`, 'system:authenticated'].includes(
          subject.name ?? '',
        )),
  )

/** Where a binding has effect: a RoleBinding only in its namespace. */
export const bindingReaches = (binding: RoleBinding, wanted: Forbidden): boolean =>
  binding.kind === 'ClusterRoleBinding' ||
  (wanted.inNamespace !== undefined && binding.metadata.namespace === wanted.inNamespace)

/** The role that a binding refers to. */
export const roleOf = (binding: RoleBinding, roles: readonly Role[]): Role | undefined =>
  roles.find(
    (role) =>
      role.kind === binding.roleRef?.kind &&
      role.metadata.name === binding.roleRef.name &&
      (role.kind === 'ClusterRole' || role.metadata.namespace === binding.metadata.namespace),
  )

/** What was refused, in words: `list pods in namespace shop`. */
export const wantedText = (wanted: Forbidden): string =>
  `${wanted.verb ?? 'use'} ${wanted.resource ?? 'resources'}${wanted.group === undefined || wanted.group === '' ? '' : `.${wanted.group}`} ${wanted.inNamespace === undefined ? 'at the cluster scope' : `in namespace ${wanted.inNamespace}`}`
