import type { Storage } from '../store/store.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt, type User } from '../types.ts'

/** What a request wants to do, as the authorizer sees it. */
export type Attributes =
  | {
      readonly kind: 'resource'
      readonly verb: string
      readonly group: string
      readonly resource: string
      readonly subresource: string
      readonly namespace: string
      readonly name: string
    }
  | { readonly kind: 'path'; readonly verb: string; readonly path: string }

/** One PolicyRule. */
export type Rule = {
  readonly verbs?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** Why a user may, as the real authorizer says it; undefined when nothing allows it. */
export function authorize(storage: Storage, user: User, attributes: Attributes): string | undefined {
  if (user.groups.includes('system:masters')) return ''
  for (const { rule, reason } of rulesFor(storage, user, attributes.kind === 'resource' ? attributes.namespace : '')) {
    if (allows(rule, attributes)) return reason
  }
  return undefined
}

/** The rules that hold for a user in a namespace, cluster-wide ones first. */
export function rulesFor(storage: Storage, user: User, namespace: string): { rule: Rule; reason: string }[] {
  const cluster = storage
    .list('clusterrolebindings.rbac.authorization.k8s.io')
    .flatMap((binding) => bound(storage, user, binding, undefined))
  if (namespace === '') return cluster
  const local = storage
    .list('rolebindings.rbac.authorization.k8s.io', namespace)
    .flatMap((binding) => bound(storage, user, binding, namespace))
  return [...cluster, ...local]
}

function bound(
  storage: Storage,
  user: User,
  binding: KubeObject,
  namespace: string | undefined,
): { rule: Rule; reason: string }[] {
  const subject = listAt(binding, 'subjects')
    .filter(isFields)
    .find((entry) => isSubject(user, entry, namespace))
  if (subject === undefined) return []
  const reference = fieldsAt(binding, 'roleRef')
  const name = String(reference['name'])
  const role =
    reference['kind'] === 'Role'
      ? storage.get('roles.rbac.authorization.k8s.io', namespace, name)
      : storage.get('clusterroles.rbac.authorization.k8s.io', undefined, name)
  if (role === undefined) return []
  const place = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
  const where = namespace === undefined ? binding.metadata.name : `${binding.metadata.name}/${namespace}`
  const who =
    subject['kind'] === 'ServiceAccount'
      ? `ServiceAccount "${subject['name']}/${subject['namespace'] ?? namespace}"`
      : `${subject['kind']} "${subject['name']}"`
  const reason = `RBAC: allowed by ${place} "${where}" of ${reference['kind']} "${name}" to ${who}`
  return listAt(role, 'rules').map((rule) => ({ rule: rule as Rule, reason }))
}

function isSubject(user: User, subject: Fields, namespace: string | undefined): boolean {
  const name = String(subject['name'])
  if (subject['kind'] === 'User') return user.name === name
  if (subject['kind'] === 'Group') return user.groups.includes(name)
  return user.name === `system:serviceaccount:${subject['namespace'] ?? namespace}:${name}`
}

function allows(rule: Rule, attributes: Attributes): boolean {
  const has = (list: readonly string[] | undefined, value: string): boolean =>
    list?.includes('*') === true || list?.includes(value) === true
  if (!has(rule.verbs, attributes.verb)) return false
  if (attributes.kind === 'path') {
    return (
      rule.nonResourceURLs?.some(
        (url) =>
          url === '*' || url === attributes.path || (url.endsWith('*') && attributes.path.startsWith(url.slice(0, -1))),
      ) === true
    )
  }
  const { resource, subresource } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const named =
    rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name)
  const wanted =
    has(rule.resources, full) || (subresource !== '' && rule.resources?.includes(`*/${subresource}`) === true)
  return has(rule.apiGroups, attributes.group) && wanted && named
}
