import { describe, expect, it } from 'vitest'
import type { Role, RoleBinding } from '../../src/domain/kubernetes.ts'
import { ruleAllows, whoCan } from '../../src/domain/rbac.ts'

const asked = { verb: 'delete', group: '', resource: 'pods', namespace: 'payments' }

describe('ruleAllows', () => {
  it.each([
    ['the exact rule', { verbs: ['delete'], apiGroups: [''], resources: ['pods'] }, asked, true],
    ['wildcards', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, asked, true],
    ['another group', { verbs: ['delete'], apiGroups: ['apps'], resources: ['pods'] }, asked, false],
    [
      'a resource without its subresource',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { ...asked, verb: 'get', subresource: 'log' },
      false,
    ],
    [
      'a subresource',
      { verbs: ['get'], apiGroups: [''], resources: ['pods/log'] },
      { ...asked, verb: 'get', subresource: 'log' },
      true,
    ],
    [
      'a subresource of all',
      { verbs: ['update'], apiGroups: ['apps'], resources: ['*/scale'] },
      { verb: 'update', group: 'apps', resource: 'deployments', subresource: 'scale' },
      true,
    ],
    [
      'a named object',
      { verbs: ['delete'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] },
      { ...asked, name: 'web' },
      true,
    ],
    [
      'another name',
      { verbs: ['delete'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] },
      { ...asked, name: 'db' },
      false,
    ],
    [
      'no name where names are listed',
      { verbs: ['delete'], apiGroups: [''], resources: ['pods'], resourceNames: ['web'] },
      asked,
      false,
    ],
  ])('%s', (_, rule, query, allowed) => expect(ruleAllows(rule, query)).toBe(allowed))
})

describe('whoCan', () => {
  const meta = (name: string, namespace?: string) => ({ name, ...(namespace === undefined ? {} : { namespace }) })
  const rules = [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'] }]
  const roles: Role[] = [
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: meta('cleaner', 'payments'), rules },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: meta('cleaner', 'shop'), rules: [] },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: meta('cleaner'), rules },
  ]
  const binding = (
    kind: 'RoleBinding' | 'ClusterRoleBinding',
    name: string,
    roleKind: string,
    namespace?: string,
  ): RoleBinding => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: meta(name, namespace),
    roleRef: { kind: roleKind, name: 'cleaner' },
    subjects: [{ kind: 'User', name }],
  })
  const bindings = [
    binding('RoleBinding', 'in-payments', 'Role', 'payments'),
    binding('RoleBinding', 'in-shop', 'Role', 'shop'),
    binding('RoleBinding', 'by-cluster-role', 'ClusterRole', 'payments'),
    binding('ClusterRoleBinding', 'everywhere', 'ClusterRole'),
  ]
  const subjects = (query: Parameters<typeof whoCan>[2]) => whoCan(roles, bindings, query).map((grant) => grant.subject)

  it('counts bindings of the namespace and of the cluster', () =>
    expect(subjects(asked)).toEqual(['by-cluster-role', 'everywhere', 'in-payments']))
  it('does not mix up roles of one name in two namespaces', () =>
    expect(subjects({ ...asked, namespace: 'shop' })).toEqual(['everywhere']))
  it('counts only cluster bindings for the whole cluster', () => {
    const { namespace: _, ...cluster } = asked
    expect(subjects(cluster)).toEqual(['everywhere'])
  })
})
