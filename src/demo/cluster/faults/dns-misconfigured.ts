import { configMap } from '../world/build.ts'
import { corefile } from '../world/system.ts'
import { alert, type Fault, type FaultCluster } from './fault.ts'

const lena = { user: 'lena@acme.dev', manager: 'kubectl-edit' }

function change(cluster: FaultCluster, text: string): void {
  cluster.store.apply(configMap('kube-system', 'coredns', { Corefile: text }), lena)
  for (const pod of [...cluster.store.list('pods', 'kube-system')]) {
    if (pod.metadata.labels?.['k8s-app'] === 'kube-dns') cluster.store.delete('pods', 'kube-system', pod.metadata.name)
  }
}

/** A Corefile with a typing error, and pods that were restarted to read it. */
export const fault: Fault = {
  id: 'dns-misconfigured',
  title: 'Typing error in the Corefile',
  whatHappens:
    'Someone edits the Corefile, writes "forwrad" and deletes the CoreDNS pods so that they read it. None comes up again.',
  namespace: 'kube-system',
  target: { kind: 'ConfigMap', name: 'coredns' },
  gitOwned: false,
  alert: alert(
    'CoreDNSDown',
    'critical',
    { namespace: 'kube-system', job: 'kube-dns' },
    'CoreDNS has disappeared from Prometheus target discovery.',
    'CoreDNS has disappeared from Prometheus target discovery.',
  ),
  inject: (cluster) => change(cluster, corefile.replace('forward .', 'forwrad .')),
  heal: (cluster) => change(cluster, corefile),
}
