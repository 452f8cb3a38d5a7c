import { type PolicyRule, refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { given, subjectsText } from './reading/rights.ts'

const all = (list: readonly string[] | undefined): boolean => (list ?? []).includes('*')

const isWide = (rule: PolicyRule): boolean =>
  (rule.resourceNames ?? []).length === 0 &&
  ((all(rule.verbs) && all(rule.resources)) ||
    (all(rule.verbs) && all(rule.apiGroups)) ||
    (all(rule.resources) &&
      all(rule.apiGroups) &&
      (rule.verbs ?? []).some((verb) => /^(?:create|update|patch|delete)$/.test(verb))))

/** Everything, given to a person or workload outside the system: a leaked token of theirs is the cluster, or the namespace. */
export const check: Check = {
  id: 'wildcard-rights',
  looksFor: 'wildcard rights of people and workloads',
  reads: ['RoleBinding', 'ClusterRoleBinding', 'ClusterRole', 'Role'],
  look: (view) =>
    given(view).flatMap(({ binding, rules, subjects, everywhere }): readonly Said[] => {
      const { kind = '', name = '' } = binding.roleRef ?? {}
      // cluster-admin is what it is even where its rules were not read.
      if (!rules.some(isWide) && !(kind === 'ClusterRole' && name === 'cluster-admin')) return []
      const where = everywhere ? 'in the whole cluster' : `in ${binding.metadata.namespace}`
      return [
        {
          severity: everywhere || subjects.some((one) => one.kind === 'ServiceAccount') ? 'warn' : 'info',
          object: refOf(binding),
          summary: `gives ${subjectsText(subjects, binding.metadata.namespace)} everything ${where} (${kind} ${name})`,
          fix: 'bind a role with the verbs and resources that are used (doctor who-can shows who has what)',
        },
      ]
    }),
}
