import type { Finding } from '../domain/finding.ts'
import { type NetworkPolicy, type Pod, refOf } from '../domain/kubernetes.ts'
import {
  blamedPolicy,
  type Direction,
  type Flow,
  type FlowEnd,
  type FlowVerdict,
  flowVerdict,
} from '../domain/network-policy.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { declaredPorts, isLive, isPodReady, podAddresses } from '../domain/pod-state.ts'
import { selectorText } from '../domain/selector.ts'
import { resolvePort } from '../domain/service-port.ts'
import { earliest } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { clusterDns } from './reading/cluster-dns.ts'
import { destinationOf, type FailedFlow, failedFlows } from './reading/failed-flows.ts'
import { inferredFlows } from './reading/inferred-flows.ts'

type Block = {
  readonly policy: NetworkPolicy
  readonly direction: Direction
  readonly verdict: Extract<FlowVerdict, { allowed: false }>
  readonly failed: FailedFlow
  readonly flow: Flow
  readonly what: string
  readonly dns: boolean
  readonly target?: ObjectRef
  readonly confidence: number
}

const podEnd = (view: ClusterView, pod: Pod): FlowEnd => {
  const namespace = pod.metadata.namespace ?? ''
  return {
    kind: 'pod',
    namespace,
    namespaceLabels: view.get('Namespace', undefined, namespace)?.metadata.labels ?? {
      'kubernetes.io/metadata.name': namespace,
    },
    labels: pod.metadata.labels ?? {},
    addresses: podAddresses(pod),
    ports: declaredPorts(pod.spec).map((one) => one.port),
    hostNetwork: pod.spec?.hostNetwork === true,
  }
}

/** Where the cluster's DNS stands by convention, for views that do not hold it. */
const usualDns: FlowEnd = {
  kind: 'pod',
  namespace: 'kube-system',
  namespaceLabels: { 'kubernetes.io/metadata.name': 'kube-system' },
  labels: { 'k8s-app': 'kube-dns' },
  addresses: [],
  ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }],
  hostNetwork: false,
}

const judge = (
  view: ClusterView,
  failed: FailedFlow,
  flow: Flow,
  rest: Pick<Block, 'what' | 'dns' | 'confidence'> & { readonly target?: ObjectRef },
): Block | undefined => {
  for (const direction of ['egress', 'ingress'] as const) {
    const verdict = flowVerdict(view.all('NetworkPolicy'), direction, flow)
    const policy = verdict.allowed ? undefined : blamedPolicy(verdict, direction)
    if (!verdict.allowed && policy !== undefined) return { policy, direction, verdict, failed, flow, ...rest }
  }
  return undefined
}

const dnsBlock = (view: ClusterView, failed: FailedFlow): Block | undefined => {
  const dns = clusterDns(view)
  const pods = dns.pods.filter(isLive)
  const port = dns.service?.spec?.ports?.find((one) => one.port === 53 && one.protocol === 'UDP')
  const ends =
    pods.length === 0
      ? [{ end: usualDns, port: 53 }]
      : pods.map((pod) => ({
          end: podEnd(view, pod),
          port: (port === undefined ? undefined : resolvePort(port, pod)) ?? 53,
        }))
  const healthy = pods.length === 0 || pods.some(isPodReady)
  const blocks = ends.map(({ end, port: at }) =>
    judge(
      view,
      failed,
      { from: podEnd(view, failed.pod), to: end, port: at, protocol: 'UDP' },
      {
        what: 'DNS (UDP 53)',
        dns: true,
        confidence: healthy ? 0.92 : 0.6,
        ...(dns.workload === undefined ? {} : { target: dns.workload.ref }),
      },
    ),
  )
  return blocks.every((block) => block !== undefined) ? blocks[0] : undefined
}

const podBlock = (
  view: ClusterView,
  failed: FailedFlow,
  to: Pod,
  port: number | undefined,
  target: ObjectRef,
  what: string,
) => {
  const flow: Flow = {
    from: podEnd(view, failed.pod),
    to: podEnd(view, to),
    protocol: 'TCP',
    ...(port === undefined ? {} : { port }),
  }
  // Most networks drop what a policy denies, which looks like a time-out; some refuse it at once.
  const confidence = failed.kind === 'timeout' ? 0.9 : isPodReady(to) ? 0.65 : 0.4
  return judge(view, failed, flow, { what, dns: false, confidence, target })
}

const connectBlock = (view: ClusterView, failed: FailedFlow): Block | undefined => {
  const destination = destinationOf(view, failed)
  if (destination === undefined) return undefined
  if (destination.kind === 'outside') {
    const to: FlowEnd =
      destination.address === undefined ? { kind: 'outside' } : { kind: 'outside', address: destination.address }
    const flow: Flow = {
      from: podEnd(view, failed.pod),
      to,
      protocol: 'TCP',
      ...(failed.port === undefined ? {} : { port: failed.port }),
    }
    const what = `${failed.host ?? 'outside'}${failed.port === undefined ? '' : `:${failed.port}`} (outside the cluster)`
    return failed.kind === 'timeout' ? judge(view, failed, flow, { what, dns: false, confidence: 0.78 }) : undefined
  }
  if (destination.kind === 'pod') {
    const workload = view.workloadOf(destination.pod).ref
    return podBlock(view, failed, destination.pod, failed.port, workload, refText(workload))
  }
  const { service } = destination
  const ports = service.spec?.ports ?? []
  const port = ports.find((one) => one.port === failed.port) ?? (ports.length === 1 ? ports[0] : undefined)
  const backends = view.podsSelected(service.metadata.namespace ?? '', { matchLabels: service.spec?.selector ?? {} })
  if (Object.keys(service.spec?.selector ?? {}).length === 0) return undefined
  const what = `Service ${service.metadata.namespace ?? ''}/${service.metadata.name}${port?.port === undefined ? '' : `:${port.port}`}`
  const live = backends.filter(isLive)
  const blocks = live.map((pod) =>
    podBlock(view, failed, pod, port === undefined ? failed.port : resolvePort(port, pod), refOf(service), what),
  )
  return blocks.find((block) => block !== undefined)
}

const blockOf = (view: ClusterView, failed: FailedFlow): Block | undefined => {
  if (failed.pod.spec?.hostNetwork === true) return undefined
  if (failed.kind === 'resolve') return dnsBlock(view, failed)
  return (
    connectBlock(view, failed) ??
    (failed.kind === 'timeout' && failed.host === undefined ? dnsBlock(view, failed) : undefined)
  )
}

const endText = (end: FlowEnd): string =>
  end.kind === 'outside'
    ? `ipBlock ${end.address === undefined ? '0.0.0.0/0' : `${end.address}/32`}`
    : `pods ${selectorText({ matchLabels: stableLabels(end.labels) })} in namespace ${end.namespace}`

const stableLabels = (labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(labels).filter(
      ([key]) =>
        !/pod-template-hash|controller-revision|pod-index|statefulset\.kubernetes|topology\.kubernetes/.test(key),
    ),
  )

const whyText = ({ policy, direction, verdict, flow }: Block): string => {
  const name = policy.metadata.name
  if (verdict.near?.but === 'port')
    return `its rule allows that peer but not ${flow.protocol} ${flow.port ?? ''}`.trim()
  if (verdict.near?.but === 'peer')
    return `its rule for that port names other peers than ${endText(direction === 'ingress' ? flow.from : flow.to)}`
  return `${name} selects ${selectorText(policy.spec?.podSelector ?? {})} and has no ${direction} rule that allows it`
}

const fixFor = (block: Block): readonly string[] => {
  const { policy, direction, flow, dns } = block
  const ns = policy.metadata.namespace ?? ''
  const peer = endText(direction === 'ingress' ? flow.from : flow.to)
  const ports = dns ? 'UDP and TCP 53' : `${flow.protocol} ${flow.port ?? '(its port)'}`
  return [
    `kubectl -n ${ns} get networkpolicy ${policy.metadata.name} -o yaml`,
    `Add an ${direction} rule that allows ${ports} ${direction === 'ingress' ? 'from' : 'to'} ${peer} (in ${policy.metadata.name} or in a policy of its own); keep the default deny.`,
  ]
}

const findingOf = (view: ClusterView, blocks: readonly Block[]): Finding | undefined => {
  const [block] = [...blocks].sort(
    (a, b) => Number(a.failed.inferred === true) - Number(b.failed.inferred === true) || b.confidence - a.confidence,
  )
  if (block === undefined) return undefined
  const { policy, direction, failed, flow } = block
  const object = refOf(policy)
  const clients = new Map(
    blocks.map((one) => [refKey(view.workloadOf(one.failed.pod).ref), view.workloadOf(one.failed.pod).ref]),
  )
  const targets = new Map(
    blocks.flatMap((one) => (one.target === undefined || one.dns ? [] : [[refKey(one.target), one.target] as const])),
  )
  const whats = [...new Set(blocks.map((one) => one.what))]
  const since = earliest([policy.metadata.creationTimestamp])
  const failing = block.dns
    ? 'name lookups fail'
    : failed.inferred === true
      ? 'they cannot connect'
      : 'connections fail'
  return {
    code: 'network-policy-blocking',
    severity: 'critical',
    object,
    summary: `NetworkPolicy ${policy.metadata.name} blocks ${direction} from ${some([...clients.values()].map(refText))} to ${some(whats)}, so ${failing}: ${whyText(block)}`,
    evidence: [
      observe(failed.inferred === true ? 'spec' : 'log', refOf(failed.pod), short(failed.line, 300)),
      observe(
        'computed',
        object,
        `${direction} ${flow.protocol} ${flow.port ?? 'any port'} ${direction === 'ingress' ? 'from' : 'to'} ${endText(direction === 'ingress' ? flow.from : flow.to)} is denied; isolating policies: ${block.verdict.isolating.map((one) => one.metadata.name).join(', ')}`,
      ),
      observe(
        'spec',
        object,
        `podSelector ${selectorText(policy.spec?.podSelector ?? {})}, policyTypes ${(policy.spec?.policyTypes ?? []).join(', ')}`,
      ),
    ],
    confidence: failed.inferred === true ? Math.min(0.64, block.confidence) : block.confidence,
    affects: [...clients.values(), ...targets.values()],
    ...(since === undefined ? {} : { since }),
    fix: fixFor(block),
    prevention: [
      'Ship every egress default deny together with a rule that allows DNS, and test policies with the flows that the app needs.',
    ],
    facts: {
      direction,
      protocol: flow.protocol,
      ...(flow.port === undefined ? {} : { port: flow.port }),
      configObject: `NetworkPolicy/${policy.metadata.name}`,
    },
  }
}

/** Names a NetworkPolicy that denies a flow which a log shows to be needed and failing. A deny that hurts nobody is silent. */
export const analyzer: Analyzer = {
  id: 'network-policy',
  codes: ['network-policy-blocking'],
  needs: ['networkpolicies', 'pods'],
  analyze: (view) => {
    if (view.all('NetworkPolicy').length === 0) return []
    const groups = new Map<string, Block[]>()
    for (const failed of [...failedFlows(view), ...inferredFlows(view)]) {
      const block = blockOf(view, failed)
      if (block === undefined) continue
      const key = refKey(refOf(block.policy))
      groups.set(key, [...(groups.get(key) ?? []), block])
    }
    return [...groups.values()].flatMap((blocks) => findingOf(view, blocks) ?? [])
  },
}
