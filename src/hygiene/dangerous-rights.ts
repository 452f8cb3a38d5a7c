import { type PolicyRule, refOf } from '../domain/kubernetes.ts'
import { ruleAllows } from '../domain/rbac.ts'
import type { Check, Said } from './check.ts'
import { given, subjectsText } from './reading/rights.ts'

type Danger = {
  readonly says: string
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Whether it is dangerous in one namespace already. */
  readonly anywhere?: true
}

const rbac = 'rbac.authorization.k8s.io'

/** Rights from which further rights can be made, as the Kubernetes RBAC good practices list them. */
const dangers: readonly Danger[] = [
  { says: 'escalate roles', verb: 'escalate', group: rbac, resource: 'clusterroles' },
  { says: 'escalate roles', verb: 'escalate', group: rbac, resource: 'roles', anywhere: true },
  { says: 'bind any role', verb: 'bind', group: rbac, resource: 'clusterroles', anywhere: true },
  { says: 'impersonate users', verb: 'impersonate', group: '', resource: 'users', anywhere: true },
  { says: 'impersonate groups', verb: 'impersonate', group: '', resource: 'groups', anywhere: true },
  { says: 'read every Secret', verb: 'list', group: '', resource: 'secrets' },
  { says: 'run commands in every pod', verb: 'create', group: '', resource: 'pods', subresource: 'exec' },
  { says: 'reach every kubelet', verb: 'get', group: '', resource: 'nodes', subresource: 'proxy' },
  {
    says: 'make tokens of every ServiceAccount',
    verb: 'create',
    group: '',
    resource: 'serviceaccounts',
    subresource: 'token',
  },
  {
    says: 'change admission webhooks',
    verb: 'update',
    group: 'admissionregistration.k8s.io',
    resource: 'mutatingwebhookconfigurations',
  },
]

const holds = (rules: readonly PolicyRule[], { verb, group, resource, subresource }: Danger): boolean =>
  rules.some((rule) =>
    ruleAllows(rule, { verb, group, resource, ...(subresource === undefined ? {} : { subresource }) }),
  )

const isWild = (rules: readonly PolicyRule[]): boolean =>
  rules.some((rule) => (rule.verbs ?? []).includes('*') && (rule.resources ?? []).includes('*'))

/**
 * What ServiceAccounts may do that makes a leaked token worth more than it seems: escalate, bind, impersonate, read all Secrets,
 * exec anywhere. Everything at once is `wildcard-rights`; people and groups are not judged here.
 */
export const check: Check = {
  id: 'dangerous-rights',
  looksFor: 'ServiceAccounts that can make themselves more rights',
  reads: ['RoleBinding', 'ClusterRoleBinding', 'ClusterRole', 'Role'],
  look: (view) =>
    given(view).flatMap(({ binding, rules, subjects, everywhere }): readonly Said[] => {
      const accounts = subjects.filter(({ kind }) => kind === 'ServiceAccount')
      if (accounts.length === 0 || isWild(rules)) return []
      const may = dangers
        .filter((danger) => (everywhere || danger.anywhere === true) && holds(rules, danger))
        .map(({ says }) => says)
      if (may.length === 0) return []
      return [
        {
          severity: 'warn',
          object: refOf(binding),
          summary: `lets ${subjectsText(accounts, binding.metadata.namespace)} ${[...new Set(may)].slice(0, 3).join(', ')}`,
          fix: `take these verbs out of ${binding.roleRef?.kind} ${binding.roleRef?.name}, or bind it in single namespaces`,
        },
      ]
    }),
}
