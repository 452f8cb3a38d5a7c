import type { PolicyRule } from './kubernetes.ts'
import { ruleAllows } from './rbac.ts'

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

/** Whether rules hold everything: any verb on any resource. */
export const holdsEverything = (rules: readonly PolicyRule[]): boolean =>
  rules.some((rule) => (rule.verbs ?? []).includes('*') && (rule.resources ?? []).includes('*'))

/** What rules let somebody do from which further rights can be made, in words; in one namespace, or in the whole cluster. */
export const dangersIn = (rules: readonly PolicyRule[], everywhere: boolean): readonly string[] => [
  ...new Set(
    dangers
      .filter((danger) => (everywhere || danger.anywhere === true) && holds(rules, danger))
      .map(({ says }) => says),
  ),
]
