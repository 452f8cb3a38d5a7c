import type { Check, Said } from './check.ts'
import { isBound } from './reading/rights.ts'
import { judged } from './reading/specs.ts'

/**
 * Pods that get a ServiceAccount token though the account has no rights at all: nothing but something to steal. Judged only
 * where the account and all bindings were read; an account or pod that turns mounting off is silent.
 */
export const check: Check = {
  id: 'token-not-needed',
  looksFor: 'tokens of ServiceAccounts without rights in pods',
  reads: [],
  needs: ['RoleBinding', 'ClusterRoleBinding', 'ServiceAccount'],
  look: (view) =>
    judged(view).flatMap((one): readonly Said[] => {
      const name = one.spec.serviceAccountName ?? 'default'
      const account = view.get('ServiceAccount', one.namespace, name)
      const mounted = one.spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true
      if (account === undefined || !mounted || isBound(view, one.namespace, name)) return []
      // Clouds trade the token for their own credentials: there it is needed without any binding.
      const federated = Object.keys(account.metadata.annotations ?? {}).some((key) =>
        /^(?:eks\.amazonaws\.com\/role-arn|iam\.gke\.io\/gcp-service-account|azure\.workload\.identity\/client-id)$/.test(
          key,
        ),
      )
      if (federated) return []
      return [
        {
          severity: 'info',
          object: one.ref,
          summary: `mounts a token of ServiceAccount ${name}, to which no binding gives anything`,
          fix: 'set automountServiceAccountToken: false on the pod template or the ServiceAccount',
        },
      ]
    }),
}
