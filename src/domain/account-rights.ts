import { dangersIn, holdsEverything } from './dangerous-rights.ts'
import type { PolicyRule, Role, RoleBinding } from './kubernetes.ts'

/** A ServiceAccount by its place. */
export type Account = { readonly namespace: string; readonly name: string }

/** What one binding gives an account. `role` is absent where the role that it names does not exist. */
export type AccountGrant = {
  readonly binding: string
  readonly role: string
  readonly rules: readonly PolicyRule[]
  readonly missing: boolean
  /** The namespace in which it holds; absent for the whole cluster. */
  readonly namespace?: string
  /** The group that it comes by, where the binding does not name the account itself. */
  readonly group?: string
}

/** An account with all that it may do, and what of it is dangerous, in words. */
export type AccountRights = {
  readonly account: Account
  readonly grants: readonly AccountGrant[]
  readonly dangers: readonly string[]
}

const groupsOf = ({ namespace }: Account): readonly string[] => [
  `system:serviceaccounts:${namespace}`,
  'system:serviceaccounts',
  'system:authenticated',
]

/** How a binding reaches an account: by its name, by a group, or not. */
const reaches = (binding: RoleBinding, account: Account): { readonly group?: string } | undefined => {
  const groups = groupsOf(account)
  let group: string | undefined
  for (const { kind, name, namespace = binding.metadata.namespace } of binding.subjects ?? []) {
    if (kind === 'ServiceAccount' && name === account.name && namespace === account.namespace) return {}
    if (kind === 'User' && name === `system:serviceaccount:${account.namespace}:${account.name}`) return {}
    if (kind === 'Group' && name !== undefined && groups.includes(name)) group ??= name
  }
  return group === undefined ? undefined : { group }
}

const roleKey = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind}/${kind === 'Role' ? (namespace ?? '') : ''}/${name}`

/**
 * What RBAC lets a ServiceAccount do: by bindings that name it, and by those of the groups that every account is in. A
 * ClusterRole that a RoleBinding gives holds in that namespace only. Aggregated ClusterRoles hold their rules already.
 */
export const accountRights = (
  roles: readonly Role[],
  bindings: readonly RoleBinding[],
  account: Account,
): AccountRights => {
  const byKey = new Map(roles.map((role) => [roleKey(role.kind, role.metadata.namespace, role.metadata.name), role]))
  const grants = bindings.flatMap((binding): readonly AccountGrant[] => {
    const how = reaches(binding, account)
    if (how === undefined) return []
    const { kind = '', name = '' } = binding.roleRef ?? {}
    const role = byKey.get(roleKey(kind, binding.metadata.namespace, name))
    const { namespace } = binding.metadata
    return [
      {
        binding: `${binding.kind} ${binding.metadata.name}`,
        role: `${kind} ${name}`,
        rules: role?.rules ?? [],
        missing: role === undefined,
        ...(binding.kind === 'ClusterRoleBinding' || namespace === undefined ? {} : { namespace }),
        ...how,
      },
    ]
  })
  const dangers = grants.flatMap(({ rules, namespace }) => {
    const where = namespace === undefined ? 'in the whole cluster' : `in ${namespace}`
    return holdsEverything(rules) ? [`everything ${where}`] : dangersIn(rules, namespace === undefined)
  })
  return { account, grants, dangers: [...new Set(dangers)] }
}

/** Every ServiceAccount that a binding names itself, in name order. */
export const boundAccounts = (bindings: readonly RoleBinding[]): readonly Account[] => {
  const found = new Map<string, Account>()
  for (const binding of bindings)
    for (const { kind, name = '', namespace = binding.metadata.namespace ?? '' } of binding.subjects ?? [])
      if (kind === 'ServiceAccount') found.set(`${namespace}/${name}`, { namespace, name })
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, account]) => account)
}
