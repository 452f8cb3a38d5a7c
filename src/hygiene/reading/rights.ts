import type { PolicyRule, Role, RoleBinding } from '../../domain/kubernetes.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { oncePerView } from './once.ts'
import { isBuiltIn, isSystemNamespace } from './system.ts'

/** Somebody outside the system whom a binding gives a role. */
export type Subject = NonNullable<RoleBinding['subjects']>[number]

/** A binding to people or workloads, with the role it gives, where the view holds it. */
export type Given = {
  readonly binding: RoleBinding
  readonly role?: Role
  readonly rules: readonly PolicyRule[]
  readonly subjects: readonly Subject[]
  /** Whether it holds in every namespace. */
  readonly everywhere: boolean
}

const isSystemSubject = ({ kind, name = '', namespace }: Subject): boolean =>
  kind === 'ServiceAccount'
    ? isSystemNamespace(namespace)
    : name.startsWith('system:') &&
      name !== 'system:anonymous' &&
      name !== 'system:unauthenticated' &&
      name !== 'system:authenticated'

/** Every binding that is not Kubernetes' own, with its subjects that are not. */
export const given: (view: ClusterView) => readonly Given[] = oncePerView((view) =>
  [...view.all('RoleBinding'), ...view.all('ClusterRoleBinding')].flatMap((binding): readonly Given[] => {
    const subjects = (binding.subjects ?? []).filter((subject) => !isSystemSubject(subject))
    if (isBuiltIn(binding) || subjects.length === 0) return []
    const role = roleOf(view, binding)
    return [
      {
        binding,
        ...(role === undefined ? {} : { role }),
        rules: role?.rules ?? [],
        subjects,
        everywhere: binding.kind === 'ClusterRoleBinding',
      },
    ]
  }),
)

const roleOf = (view: ClusterView, { roleRef, metadata }: RoleBinding): Role | undefined =>
  roleRef?.kind === 'Role'
    ? view.get('Role', metadata.namespace, roleRef.name ?? '')
    : view.get('ClusterRole', undefined, roleRef?.name ?? '')

/** `ServiceAccount shop/ci`, `Group devs`; of many the first two. */
export const subjectsText = (subjects: readonly Subject[], namespace: string | undefined): string => {
  const names = subjects.map(({ kind = '', name = '', namespace: own }) =>
    kind === 'ServiceAccount' ? `ServiceAccount ${own ?? namespace ?? ''}/${name}` : `${kind} ${name}`,
  )
  return names.length <= 2 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`
}

/** Whether a binding names this ServiceAccount, by itself or with all accounts of its namespace. */
export const isBound = (view: ClusterView, namespace: string, name: string): boolean =>
  [...view.all('RoleBinding'), ...view.all('ClusterRoleBinding')].some(({ subjects = [], metadata }) =>
    subjects.some((subject) =>
      subject.kind === 'ServiceAccount'
        ? subject.name === name && (subject.namespace ?? metadata.namespace) === namespace
        : subject.kind === 'Group' &&
          (subject.name === `system:serviceaccounts:${namespace}` ||
            (subject.name === 'system:serviceaccounts' && !isBuiltIn({ metadata }))),
    ),
  )
