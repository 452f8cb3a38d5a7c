import { apps } from '../world/apps.ts'
import { restore } from '../world.ts'
import { alert, type Fault } from './fault.ts'

/** More replicas than the namespace's quota lets in. */
export const fault: Fault = {
  id: 'quota-full',
  title: 'Resource quota used up',
  whatHappens:
    'Before a sale someone scales risk-scorer to 9. The quota of payments has CPU for six of them; the others cannot be created.',
  namespace: 'payments',
  target: { kind: 'Deployment', name: 'risk-scorer' },
  gitOwned: false,
  alert: alert(
    'KubeDeploymentReplicasMismatch',
    'warning',
    { namespace: 'payments', deployment: 'risk-scorer' },
    'Deployment has not matched the expected number of replicas.',
    'Deployment payments/risk-scorer has not matched the expected number of replicas for longer than 15 minutes.',
  ),
  inject: ({ store }) =>
    void store.patch(
      'deployments.apps',
      'payments',
      'risk-scorer',
      { spec: { replicas: 9 } },
      { user: 'lena@acme.dev', manager: 'kubectl-scale' },
    ),
  heal: (cluster) => restore(cluster, apps.riskScorer),
}
