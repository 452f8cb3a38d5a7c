import { createAuthority } from '../pki/certificate.ts'
import { secret } from '../world/build.ts'
import { ci } from '../world.ts'
import { alert, type Fault, type FaultCluster } from './fault.ts'

const day = 86_400_000

function install(cluster: FaultCluster, from: number, to: number): void {
  const now = cluster.now()
  const authority = createAuthority('acme-internal-ca', new Date(now - 400 * day))
  const certificate = authority.issue({
    commonName: 'gateway.acme.dev',
    dns: ['gateway.acme.dev'],
    notBefore: new Date(now + from),
    notAfter: new Date(now + to),
  })
  cluster.store.apply(
    secret(
      'platform',
      'gateway-tls',
      { 'tls.crt': certificate.certificatePem, 'tls.key': certificate.keyPem },
      'kubernetes.io/tls',
    ),
    ci,
  )
  for (const pod of [...cluster.store.list('pods', 'platform')]) {
    if (pod.metadata.labels?.['app.kubernetes.io/name'] === 'gateway')
      cluster.store.delete('pods', 'platform', pod.metadata.name)
  }
}

/** Last year's certificate put back by a pipeline. */
export const fault: Fault = {
  id: 'certificate-expired',
  title: 'Expired certificate',
  whatHappens:
    'A pipeline restores the Secret gateway-tls from an old backup; its certificate ended three days ago. The gateway refuses to start with it.',
  namespace: 'platform',
  target: { kind: 'Secret', name: 'gateway-tls' },
  gitOwned: false,
  alert: alert(
    'KubePodCrashLooping',
    'critical',
    { namespace: 'platform', deployment: 'gateway', container: 'gateway', reason: 'CrashLoopBackOff' },
    'Pod is crash looping.',
    'Pods of platform/gateway (gateway) are in waiting state (reason: "CrashLoopBackOff").',
  ),
  inject: (cluster) => install(cluster, -93 * day, -3 * day),
  heal: (cluster) => install(cluster, -day, 89 * day),
}
