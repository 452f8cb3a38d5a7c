import { serviceNameOf } from '../domain/connection-failure.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf, type Service } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isLive } from '../domain/pod-state.ts'
import { short } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { type FailedFlow, failedFlowsOf } from './reading/failed-flows.ts'
import { isUnwell } from './reading/needed-services.ts'

type Pinned = { readonly host: string; readonly ip: string; readonly service: Service }

const addressesOf = (view: ClusterView, service: Service): readonly string[] => {
  const { clusterIP, externalIPs = [] } = service.spec ?? {}
  const backends = view
    .podsSelected(service.metadata.namespace ?? '', { matchLabels: service.spec?.selector ?? {} })
    .flatMap((pod) => pod.status?.podIP ?? [])
  return [...(clusterIP === undefined ? [] : [clusterIP]), ...externalIPs, ...backends]
}

/** Names of Services that the pod's own hosts file answers with an address which is not theirs. */
const pinnedIn = (view: ClusterView, workload: Workload, pod: Pod | undefined): readonly Pinned[] =>
  ((workload.template?.spec ?? pod?.spec)?.hostAliases ?? []).flatMap(({ ip, hostnames = [] }) =>
    hostnames.flatMap((host) => {
      const meant = serviceNameOf(host, workload.ref.namespace ?? '')
      const service = meant === undefined ? undefined : view.get('Service', meant.namespace, meant.name)
      if (ip === undefined || service === undefined || addressesOf(view, service).includes(ip)) return []
      return [{ host, ip, service }]
    }),
  )

const findingOf = (view: ClusterView, workload: Workload): Finding | undefined => {
  const pods = view.podsOf(workload.ref).filter(isLive)
  const pinned = pinnedIn(view, workload, pods[0])
  if (pinned.length === 0 || workload.ref.kind === 'ReplicaSet') return undefined
  const flows: readonly FailedFlow[] = pods.flatMap((pod) => failedFlowsOf(view, pod))
  const about = (one: Pinned): FailedFlow | undefined =>
    flows.find(({ host, line }) => host === one.ip || host === one.host || line.includes(one.ip))
  const first = pinned.find((one) => about(one) !== undefined) ?? pinned[0]
  const flow = first === undefined ? undefined : about(first)
  if (first === undefined) return undefined
  const hurt = flow !== undefined || isUnwell(view, workload)
  const { ref } = workload
  const now = first.service.spec?.clusterIP
  return {
    code: 'pod-dns-misconfigured',
    severity: hurt ? 'critical' : 'warning',
    object: ref,
    summary: `${refText(ref)} cannot reach ${first.host}: its hostAliases pin the name to ${first.ip} in /etc/hosts, past DNS, while ${refText(refOf(first.service))} has ${now ?? 'another address'}`,
    evidence: [
      observe('spec', ref, `hostAliases: ${first.ip} ${first.host}`),
      observe('spec', refOf(first.service), `clusterIP ${now ?? 'none'}`),
      ...(flow === undefined ? [] : [observe('log', refOf(flow.pod), short(flow.line, 260))]),
    ],
    confidence: flow !== undefined ? 0.93 : hurt ? 0.72 : 0.66,
    affects: pods.map(refOf),
    dependsOn: [ref],
    fix: [`Take ${first.host} out of spec.template.spec.hostAliases: ${kubectl(ref, 'edit')}`],
    prevention: ['Let DNS answer for Services; a hosts entry keeps an address that the Service may lose.'],
    facts: { host: first.host, address: first.ip, configObject: refText(refOf(first.service)) },
  }
}

/** Workloads whose hostAliases send the name of a Service to an address that is not its own. */
export const analyzer: Analyzer = {
  id: 'host-aliases',
  codes: ['pod-dns-misconfigured'],
  needs: ['pods', 'services'],
  analyze: (view) => view.workloads.flatMap((workload) => findingOf(view, workload) ?? []),
}
