import { isAddress } from '../domain/cidr.ts'
import { serviceNameOf } from '../domain/connection-failure.ts'
import type { Finding } from '../domain/finding.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isPodReady, podAddresses } from '../domain/pod-state.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { clusterDns } from './reading/cluster-dns.ts'
import { type FailedFlow, failedFlows } from './reading/failed-flows.ts'
import { isUnwell, neededServices } from './reading/needed-services.ts'
import { oncePerView } from './reading/once-per-view.ts'

type Wrong = { readonly text: string; readonly fix: string; readonly confidence: number }

/** Addresses at which a pod reaches the cluster's DNS: its Service, its pods, and the node-local cache. */
const dnsAddresses = oncePerView((view: ClusterView): readonly string[] => {
  const dns = clusterDns(view)
  const services = view.all('Service').filter((one) => (one.spec?.ports ?? []).some((port) => port.port === 53))
  return [
    ...services.flatMap((one) => one.spec?.clusterIP ?? []),
    ...dns.pods.flatMap(podAddresses),
    '169.254.20.10',
    '169.254.25.10',
  ]
})

const clusterHealthy = (view: ClusterView): boolean => {
  const { pods } = clusterDns(view)
  return pods.length === 0 || pods.some(isPodReady)
}

/** Whether the name is one that the cluster's DNS would have answered: a Service that exists. */
const inCluster = (view: ClusterView, flow: FailedFlow): boolean => {
  const meant =
    flow.host === undefined || isAddress(flow.host)
      ? undefined
      : serviceNameOf(flow.host, flow.pod.metadata.namespace ?? '')
  return meant !== undefined && view.get('Service', meant.namespace, meant.name) !== undefined
}

const searchTrouble = (pod: Pod, host: string): Wrong | undefined => {
  const config = pod.spec?.dnsConfig
  const dots = host.split('.').length - 1
  const namespace = pod.metadata.namespace ?? ''
  const searches = config?.searches ?? []
  if (pod.spec?.dnsPolicy === 'None' && !host.includes('.svc.')) {
    const wanted = dots === 0 ? `${namespace}.svc.` : 'svc.'
    if (!searches.some((one) => one.startsWith(wanted)))
      return {
        text: `dnsPolicy None with ${searches.length === 0 ? 'no search domains' : `searches ${some(searches)}`}, so the short name ${host} is never completed`,
        fix: `Add searches ${namespace}.svc.cluster.local, svc.cluster.local and cluster.local to dnsConfig, or use dnsPolicy ClusterFirst.`,
        confidence: 0.85,
      }
  }
  const ndots = Number(config?.options?.find((one) => one.name === 'ndots')?.value ?? Number.NaN)
  if (Number.isInteger(ndots) && dots >= ndots && !host.includes('.svc.cluster.local'))
    return {
      text: `dnsConfig sets ndots:${ndots}, so ${host} (${dots} dots) is asked for as it stands before the search domains`,
      fix: 'Raise ndots (the default for pods is 5) or use the full name ending in .svc.cluster.local.',
      confidence: 0.66,
    }
  return undefined
}

const wrongFor = (view: ClusterView, flow: FailedFlow): Wrong | undefined => {
  const { pod } = flow
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst'
  const inside = inCluster(view, flow)
  const nameservers = pod.spec?.dnsConfig?.nameservers ?? []
  const known = dnsAddresses(view)
  if (policy === 'None' && !nameservers.some((one) => known.includes(one)) && known.length > 2)
    return {
      text:
        nameservers.length === 0
          ? 'dnsPolicy None without any nameserver'
          : `dnsPolicy None with nameserver ${some(nameservers)}, which is not the cluster's DNS (${known[0] ?? ''})`,
      fix: 'Use dnsPolicy ClusterFirst, or put the address of the kube-dns Service into dnsConfig.nameservers.',
      confidence: inside ? 0.92 : 0.75,
    }
  if (!inside) return undefined
  if (policy === 'Default')
    return {
      text: 'dnsPolicy Default uses the resolver of the node, which does not know Services',
      fix: 'Use dnsPolicy ClusterFirst.',
      confidence: 0.9,
    }
  if (policy === 'ClusterFirst' && pod.spec?.hostNetwork === true)
    return {
      text: 'hostNetwork with dnsPolicy ClusterFirst falls back to the resolver of the node',
      fix: 'Use dnsPolicy ClusterFirstWithHostNet.',
      confidence: 0.9,
    }
  return flow.host === undefined ? undefined : searchTrouble(pod, flow.host)
}

const check = (view: ClusterView, flow: FailedFlow): Finding | undefined => {
  const wrong = flow.kind === 'resolve' ? wrongFor(view, flow) : undefined
  if (wrong === undefined) return undefined
  const workload = view.workloadOf(flow.pod)
  const { ref } = workload
  const healthy = clusterHealthy(view)
  return {
    code: 'pod-dns-misconfigured',
    severity: 'critical',
    object: ref,
    summary: `${refText(ref)} cannot resolve ${flow.host ?? 'names'}: ${wrong.text}`,
    evidence: [
      observe(
        'spec',
        ref,
        `dnsPolicy ${flow.pod.spec?.dnsPolicy ?? 'ClusterFirst'}${flow.pod.spec?.hostNetwork === true ? ', hostNetwork' : ''}, dnsConfig ${JSON.stringify(flow.pod.spec?.dnsConfig ?? {})}`,
      ),
      observe('log', refOf(flow.pod), short(flow.line, 260)),
    ],
    confidence: healthy ? wrong.confidence : wrong.confidence - 0.2,
    fix: [wrong.fix, `kubectl -n ${ref.namespace ?? ''} edit ${ref.kind.toLowerCase()} ${ref.name}`],
    prevention: ['Leave dnsPolicy at its default unless the pod must not see cluster names.'],
    facts: {
      dnsPolicy: flow.pod.spec?.dnsPolicy ?? 'ClusterFirst',
      ...(flow.host === undefined ? {} : { host: flow.host }),
    },
  }
}

/** No log, and no end for memory, which needs no name to come about. */
const isSilent = (view: ClusterView, workload: Workload): boolean =>
  view
    .podsOf(workload.ref)
    .every(
      (pod) =>
        view.logs(pod.metadata.namespace ?? '', pod.metadata.name).every((log) => log.text.trim() === '') &&
        (pod.status?.containerStatuses ?? []).every((one) => one.lastState?.terminated?.reason !== 'OOMKilled'),
    )

/** In trouble without a word that tells why, and no name of the cluster can be looked up: the likeliest reason. */
const ofUnwell = (ref: ObjectRef, spec: Pod['spec'], nameservers: readonly string[]): Finding => ({
  code: 'pod-dns-misconfigured',
  severity: 'critical',
  object: ref,
  summary: `${refText(ref)} does not stay up and asks ${some(nameservers)} for names (dnsPolicy None), which knows no Service of the cluster`,
  evidence: [observe('spec', ref, `dnsPolicy None, dnsConfig ${JSON.stringify(spec?.dnsConfig ?? {})}`)],
  confidence: 0.66,
  fix: [
    'Use dnsPolicy ClusterFirst, or put the address of the kube-dns Service into dnsConfig.nameservers.',
    `kubectl -n ${ref.namespace ?? ''} edit ${ref.kind.toLowerCase()} ${ref.name}`,
  ],
  facts: { dnsPolicy: 'None' },
})

/** No log to go by, but a resolver of the outside alone can never answer for the Services that the settings name. */
const fromSettings = (view: ClusterView, workload: Workload): Finding | undefined => {
  const spec = workload.template?.spec ?? view.get('Pod', workload.ref.namespace, workload.ref.name)?.spec
  if (spec?.dnsPolicy !== 'None') return undefined
  const nameservers = spec.dnsConfig?.nameservers ?? []
  const known = dnsAddresses(view)
  const outside = nameservers.length > 0 && !nameservers.some((one) => known.includes(one))
  if (!outside || known.length <= 2 || workload.ref.kind === 'ReplicaSet') return undefined
  const [needed] = neededServices(view, workload)
  const { ref } = workload
  if (needed === undefined)
    return isUnwell(view, workload) && isSilent(view, workload) ? ofUnwell(ref, spec, nameservers) : undefined
  return {
    code: 'pod-dns-misconfigured',
    severity: 'critical',
    object: ref,
    summary: `${refText(ref)} asks ${some(nameservers)} for names (dnsPolicy None), which cannot know Service ${needed.service.metadata.name} that it needs (${needed.setting.where})`,
    evidence: [
      observe('spec', ref, `dnsPolicy None, dnsConfig ${JSON.stringify(spec?.dnsConfig ?? {})}`),
      observe('spec', ref, `${needed.setting.where}: ${short(needed.setting.text, 160)}`),
    ],
    confidence: isUnwell(view, workload) ? 0.82 : 0.7,
    fix: [
      'Use dnsPolicy ClusterFirst, or put the address of the kube-dns Service into dnsConfig.nameservers.',
      `kubectl -n ${ref.namespace ?? ''} edit ${ref.kind.toLowerCase()} ${ref.name}`,
    ],
    facts: { dnsPolicy: 'None' },
  }
}

/** Workloads whose own DNS settings keep them from resolving names that the cluster's DNS would answer. */
export const analyzer: Analyzer = {
  id: 'pod-dns',
  codes: ['pod-dns-misconfigured'],
  needs: ['pods'],
  analyze: (view) => {
    const found = new Map<string, Finding>()
    const told = failedFlows(view).map((flow) => check(view, flow))
    for (const finding of [...told, ...view.workloads.map((one) => fromSettings(view, one))]) {
      if (finding === undefined) continue
      const key = refKey(finding.object)
      const known = found.get(key)
      if (known === undefined || known.confidence < finding.confidence) found.set(key, finding)
    }
    return [...found.values()]
  },
}
