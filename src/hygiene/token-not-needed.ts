import { refOf, type ServiceAccount } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { isBound } from './reading/rights.ts'
import { judged } from './reading/specs.ts'

/**
 * ServiceAccounts without any rights whose token pods get all the same, said once an account. Judged only where the account and all bindings were read; an account or pod that turns mounting off is silent.
 */
export const check: Check = {
  id: 'token-not-needed',
  looksFor: 'tokens of ServiceAccounts without rights in pods',
  reads: [],
  needs: ['RoleBinding', 'ClusterRoleBinding', 'ServiceAccount'],
  look: (view) => {
    const byAccount = new Map<string, { readonly account: ServiceAccount; readonly names: string[] }>()
    for (const { spec, namespace, ref } of judged(view)) {
      const name = spec.serviceAccountName ?? 'default'
      const account = view.get('ServiceAccount', namespace, name)
      const mounted = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true
      if (account === undefined || !mounted || isFederated(account) || isBound(view, namespace, name)) continue
      const key = `${namespace}/${name}`
      const known = byAccount.get(key) ?? { account, names: [] }
      known.names.push(ref.name)
      byAccount.set(key, known)
    }
    return [...byAccount.values()].map(({ account, names }): Said => {
      const what = names.length === 1 ? `${names[0]} mounts its token` : `${names.length} workloads mount its token`
      return {
        severity: 'info',
        object: refOf(account),
        summary: `${what}, though no binding gives it anything: nothing but something to steal`,
        fix: 'set automountServiceAccountToken: false on it, or on the pod templates',
      }
    })
  },
}

const clouds =
  /^(?:eks\.amazonaws\.com\/role-arn|iam\.gke\.io\/gcp-service-account|azure\.workload\.identity\/client-id)$/

/** Clouds trade the token for their own credentials: there it is needed without any binding. */
const isFederated = ({ metadata }: ServiceAccount): boolean =>
  Object.keys(metadata.annotations ?? {}).some((key) => clouds.test(key))
