import { ci } from '../world.ts'
import { alert, type Fault } from './fault.ts'

const name = 'default-deny-egress'

/** A policy that forbids all outgoing traffic of a namespace and allows none back, DNS included. */
export const fault: Fault = {
  id: 'network-policy-deny',
  title: 'A NetworkPolicy that cuts everything off',
  whatHappens:
    'The security team rolls out default-deny-egress to payments before the allow rules are there. Ledger can no longer resolve or reach its database, checkout no longer reaches ledger.',
  namespace: 'payments',
  target: { kind: 'NetworkPolicy', name },
  gitOwned: false,
  alert: alert(
    'KubePodNotReady',
    'critical',
    { namespace: 'payments', deployment: 'ledger' },
    'Pod has been in a non-ready state for more than 15 minutes.',
    'Pods of payments/ledger have been in a non-ready state for longer than 15 minutes.',
  ),
  inject: ({ store }) =>
    void store.apply(
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name, namespace: 'payments' },
        spec: { podSelector: {}, policyTypes: ['Egress'] },
      },
      { ...ci, user: 'security-pipeline' },
    ),
  heal: ({ store }) => {
    if (store.get('networkpolicies.networking.k8s.io', 'payments', name) !== undefined)
      store.delete('networkpolicies.networking.k8s.io', 'payments', name)
  },
}
