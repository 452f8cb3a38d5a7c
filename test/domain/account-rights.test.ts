import { describe, expect, it } from 'vitest'
import { accountRights, boundAccounts } from '../../src/domain/account-rights.ts'
import type { PolicyRule, Role, RoleBinding } from '../../src/domain/kubernetes.ts'

const api = 'rbac.authorization.k8s.io/v1'
const role = (name: string, rules: readonly PolicyRule[], namespace?: string): Role => ({
  apiVersion: api,
  kind: namespace === undefined ? 'ClusterRole' : 'Role',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  rules,
})
const binding = (
  name: string,
  to: string,
  subjects: NonNullable<RoleBinding['subjects']>,
  namespace?: string,
): RoleBinding => {
  const [kind = '', roleName = ''] = to.split('/')
  return {
    apiVersion: api,
    kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: roleName },
    subjects,
  }
}
const account = { namespace: 'ci', name: 'deployer' }
const self = { kind: 'ServiceAccount', name: 'deployer', namespace: 'ci' }
const secrets = role('secrets', [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }])
const everything = role('all', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])

describe('accountRights', () => {
  it('lets a ClusterRole that a RoleBinding gives hold in that namespace only', () => {
    const wide = accountRights([secrets], [binding('a', 'ClusterRole/secrets', [self])], account)
    expect(wide.dangers).toEqual(['read every Secret'])
    expect(wide.grants[0]).not.toHaveProperty('namespace')
    const narrow = accountRights([secrets], [binding('a', 'ClusterRole/secrets', [self], 'shop')], account)
    expect(narrow.dangers).toEqual([])
    expect(narrow.grants[0]).toMatchObject({ namespace: 'shop', missing: false })
  })

  it('finds what comes by name of a user and by groups, and not what is another namespace', () => {
    const bindings = [
      binding('user', 'ClusterRole/secrets', [{ kind: 'User', name: 'system:serviceaccount:ci:deployer' }]),
      binding('group', 'ClusterRole/all', [{ kind: 'Group', name: 'system:serviceaccounts:ci' }], 'shop'),
      binding('other', 'ClusterRole/all', [{ ...self, namespace: 'cicd' }]),
      binding('own', 'Role/local', [{ kind: 'ServiceAccount', name: 'deployer' }], 'ci'),
    ]
    const local = role('local', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] }], 'ci')
    const found = accountRights([secrets, everything, local], bindings, account)
    expect(found.grants.map(({ binding: by, group }) => [by, group])).toEqual([
      ['ClusterRoleBinding user', undefined],
      ['RoleBinding group', 'system:serviceaccounts:ci'],
      ['RoleBinding own', undefined],
    ])
    expect(found.dangers).toEqual(['read every Secret', 'everything in shop'])
  })

  it('says where the role is not there, and does not take a Role of another namespace for it', () => {
    const elsewhere = role('local', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }], 'shop')
    const found = accountRights([elsewhere], [binding('own', 'Role/local', [self], 'ci')], account)
    expect(found.grants[0]).toMatchObject({ missing: true, rules: [] })
    expect(found.dangers).toEqual([])
  })

  it('lists the accounts that bindings name, each once', () => {
    const bindings = [
      binding('a', 'ClusterRole/x', [self, { kind: 'User', name: 'eve' }]),
      binding('b', 'Role/y', [self], 'ci'),
    ]
    expect(boundAccounts(bindings)).toEqual([account])
  })
})
