import type { PolicyRule, Role, RoleBinding } from './kubernetes.ts'

/** One thing somebody may want to do. `namespace` absent: in the whole cluster. */
export type AccessAsked = {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly name?: string
  readonly namespace?: string
}

/** Who may, by which binding and role. */
export type Grant = { readonly subject: string; readonly kind: string; readonly binding: string; readonly role: string }

const includes = (list: readonly string[] | undefined, wanted: string): boolean =>
  (list ?? []).some((item) => item === '*' || item === wanted)

/** Whether a rule allows it, as the RBAC authorizer reads rules: wildcards, subresources of any resource, resourceNames. */
export const ruleAllows = (rule: PolicyRule, asked: AccessAsked): boolean => {
  const resource = asked.subresource === undefined ? asked.resource : `${asked.resource}/${asked.subresource}`
  const resources = rule.resources ?? []
  const named =
    (rule.resourceNames ?? []).length === 0 ||
    (asked.name !== undefined && (rule.resourceNames ?? []).includes(asked.name))
  const resourceFits =
    includes(resources, resource) || (asked.subresource !== undefined && resources.includes(`*/${asked.subresource}`))
  return named && resourceFits && includes(rule.verbs, asked.verb) && includes(rule.apiGroups, asked.group)
}

/**
 * Everyone whom bindings allow it, from the roles as they are (aggregated ClusterRoles hold their rules already). In a
 * namespace both its RoleBindings and the ClusterRoleBindings count; without one only the latter.
 */
export const whoCan = (
  roles: readonly Role[],
  bindings: readonly RoleBinding[],
  asked: AccessAsked,
): readonly Grant[] => {
  const byKey = new Map(
    roles.map((role) => [
      `${role.kind}/${role.kind === 'Role' ? (role.metadata.namespace ?? '') : ''}/${role.metadata.name}`,
      role,
    ]),
  )
  return bindings
    .filter(
      (binding) =>
        binding.kind === 'ClusterRoleBinding' ||
        (asked.namespace !== undefined && binding.metadata.namespace === asked.namespace),
    )
    .flatMap((binding) => {
      const { kind = '', name = '' } = binding.roleRef ?? {}
      const role = byKey.get(`${kind}/${kind === 'Role' ? (binding.metadata.namespace ?? '') : ''}/${name}`)
      if (role === undefined || !(role.rules ?? []).some((rule) => ruleAllows(rule, asked))) return []
      return (binding.subjects ?? []).map((subject) => ({
        subject:
          subject.kind === 'ServiceAccount'
            ? `${subject.namespace ?? binding.metadata.namespace ?? ''}/${subject.name ?? ''}`
            : (subject.name ?? ''),
        kind: subject.kind ?? '',
        binding: `${binding.kind} ${binding.metadata.name}`,
        role: `${kind} ${name}`,
      }))
    })
    .toSorted((a, b) => (`${a.kind} ${a.subject} ${a.binding}` < `${b.kind} ${b.subject} ${b.binding}` ? -1 : 1))
}
