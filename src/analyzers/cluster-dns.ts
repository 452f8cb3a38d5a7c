import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf, type Service } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isLive, isPodReady } from '../domain/pod-state.ts'
import { count } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { type ClusterDns, clusterDns } from './reading/cluster-dns.ts'
import { corefileOf, dnsConfigFault, lookupEvidence, lookups } from './reading/dns-config.ts'

const suspects = 6

const misconfigured = (view: ClusterView, dns: ClusterDns): Finding | undefined => {
  const config = corefileOf(view, dns)
  const wrong = config === undefined ? undefined : dnsConfigFault(view, dns, config)
  if (config === undefined || wrong === undefined) return undefined
  const object = refOf(config)
  const changed = config.metadata.managedFields
    ?.map((field) => field.time)
    .sort()
    .at(-1)
  return {
    code: 'cluster-dns-misconfigured',
    severity: 'critical',
    object,
    summary: `Cluster DNS is misconfigured (ConfigMap ${config.metadata.name}): ${wrong.text}`,
    evidence: wrong.evidence,
    confidence: wrong.confidence,
    ...(changed === undefined ? {} : { since: changed }),
    affects: [
      ...(dns.workload === undefined ? [] : [dns.workload.ref]),
      ...lookups(view)
        .slice(0, suspects)
        .map((flow) => view.workloadOf(flow.pod).ref),
    ],
    fix: [wrong.fix, `kubectl -n ${object.namespace ?? ''} edit configmap ${object.name}`],
    prevention: ['Keep the Corefile in Git and resolve kubernetes.default after every change of it.'],
    facts: { configMap: config.metadata.name, configObject: `ConfigMap/${config.metadata.name}`, key: 'Corefile' },
  }
}

const whyNotReady = (pods: readonly Pod[]): string => {
  const reasons = pods.flatMap((pod) =>
    (pod.status?.containerStatuses ?? []).flatMap(
      (status) => status.state?.waiting?.reason ?? status.lastState?.terminated?.reason ?? [],
    ),
  )
  const phases = pods.filter((pod) => pod.status?.phase === 'Pending').length
  const parts = [...new Set(reasons)].join(', ') || (phases > 0 ? `${count(phases, 'pod')} Pending` : '')
  return parts === '' ? '' : ` (${parts})`
}

/** The slices of the DNS Service, and whether any holds an address that serves. */
const endpointsOf = (view: ClusterView, service: Service | undefined) => {
  const slices = view
    .all('EndpointSlice')
    .filter(
      (slice) =>
        service !== undefined &&
        slice.metadata.namespace === service.metadata.namespace &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
    )
  const serving = slices.some((slice) =>
    (slice.endpoints ?? []).some((one) => one.conditions?.ready !== false && (one.addresses ?? []).length > 0),
  )
  return { slices, serving }
}

const down = (view: ClusterView, dns: ClusterDns): Finding | undefined => {
  const { workload, service } = dns
  if (workload === undefined || !view.complete('Pod')) return undefined
  const pods = dns.pods.filter(isLive)
  const { slices, serving } = endpointsOf(view, service)
  const ready = pods.filter(isPodReady).length
  const flows = lookups(view)
  const unreachable = ready > 0 && slices.length > 0 && !serving && flows.length > 0
  const namespace = workload.ref.namespace ?? 'kube-system'
  const noService =
    service === undefined && view.presence('Service', namespace, 'kube-dns') === 'absent' && flows.length > 0
  if (ready > 0 && !unreachable && !noService) return undefined
  const what = unreachable
    ? `Service ${service?.metadata.name ?? ''} has no endpoints although ${count(ready, 'DNS pod')} are ready`
    : noService
      ? `Service kube-dns does not exist in ${namespace}`
      : workload.replicas === 0
        ? `${refText(workload.ref)} is scaled to 0`
        : `none of ${count(pods.length, 'DNS pod')} of ${refText(workload.ref)} is ready${whyNotReady(pods)}`
  const config = corefileOf(view, dns)
  return {
    code: 'cluster-dns-down',
    severity: 'critical',
    object: workload.ref,
    summary: `Cluster DNS is down, so no name resolves: ${what}`,
    evidence: [
      observe('status', workload.ref, `ready DNS pods: ${ready} of ${workload.replicas ?? pods.length}`),
      ...lookupEvidence(flows),
    ],
    confidence: 0.95,
    affects: [
      ...(service === undefined ? [] : [refOf(service)]),
      ...flows.slice(0, suspects).map((flow) => view.workloadOf(flow.pod).ref),
    ],
    dependsOn: [
      ...(unreachable && service !== undefined ? [refOf(service)] : []),
      ...(config === undefined ? [] : [refOf(config)]),
      ...pods.flatMap((pod) =>
        pod.spec?.nodeName === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: pod.spec.nodeName }],
      ),
    ],
    ...(unreachable ? { symptom: true } : {}),
    fix:
      workload.replicas === 0
        ? [kubectl(workload.ref, 'scale', '--replicas=2')]
        : [
            `kubectl -n ${namespace} describe pods -l k8s-app=kube-dns`,
            `kubectl -n ${namespace} logs -l k8s-app=kube-dns --tail=50`,
          ],
    prevention: [
      'Run at least two DNS pods on different nodes, with a PodDisruptionBudget and a system priority class.',
    ],
    facts: { replicas: workload.replicas ?? pods.length },
  }
}

/** The cluster's DNS: no pod of it serves, or what it is told to do keeps Services from being found. */
export const analyzer: Analyzer = {
  id: 'cluster-dns',
  codes: ['cluster-dns-down', 'cluster-dns-misconfigured'],
  needs: ['pods'],
  analyze: (view) => {
    const dns = clusterDns(view)
    const config = misconfigured(view, dns)
    const dead = down(view, dns)
    if (config === undefined || dead === undefined) return [config, dead].flatMap((one) => one ?? [])
    return [config, { ...dead, symptom: true }]
  },
}
