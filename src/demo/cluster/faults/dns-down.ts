import { alert, type Fault } from './fault.ts'

const coredns = (replicas: number): Parameters<Parameters<Fault['inject']>[0]['store']['patch']> => [
  'deployments.apps',
  'kube-system',
  'coredns',
  { spec: { replicas } },
  { user: 'lena@acme.dev', manager: 'kubectl-scale' },
]

/** The cluster's DNS servers scaled away. */
export const fault: Fault = {
  id: 'dns-down',
  title: 'Cluster DNS is down',
  whatHappens:
    'A clean-up script scales "everything idle" in kube-system to zero, CoreDNS among it. No name resolves any more: checkout, ledger and cart lose what they depend on.',
  namespace: 'kube-system',
  target: { kind: 'Deployment', name: 'coredns' },
  gitOwned: false,
  alert: alert(
    'CoreDNSDown',
    'critical',
    { namespace: 'kube-system', job: 'kube-dns' },
    'CoreDNS has disappeared from Prometheus target discovery.',
    'CoreDNS has disappeared from Prometheus target discovery.',
  ),
  inject: ({ store }) => void store.patch(...coredns(0)),
  heal: ({ store }) => void store.patch(...coredns(2)),
}
