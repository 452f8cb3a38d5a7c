import type { Finding } from '../domain/finding.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import type { Direction, FlowEnd } from '../domain/network-policy.ts'
import { refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import type { PolicyBlock } from '../domain/policy-verdict.ts'
import { selectorText } from '../domain/selector.ts'
import { earliest } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { type PolicyJudge, policyJudge } from './reading/applied-policies.ts'
import { type FailedFlow, failedFlows } from './reading/failed-flows.ts'
import { inferredFlows } from './reading/inferred-flows.ts'
import { type WantedFlow, wantedFlows } from './reading/wanted-flows.ts'

type Block = PolicyBlock &
  WantedFlow & {
    readonly direction: Direction
    readonly failed: FailedFlow
  }

const judge = (decide: PolicyJudge, failed: FailedFlow, wanted: WantedFlow): Block | undefined => {
  for (const direction of ['egress', 'ingress'] as const) {
    const block = decide(direction, wanted.flow)
    if (block !== undefined) return { ...block, ...wanted, direction, failed }
  }
  return undefined
}

/** What blocks a flow that failed: names need every server of the cluster's DNS to be out of reach, others one backend. */
const blockOf = (view: ClusterView, decide: PolicyJudge, failed: FailedFlow): Block | undefined => {
  for (const { flows, all } of wantedFlows(view, failed)) {
    const blocks = flows.map((wanted) => judge(decide, failed, wanted))
    const first = blocks.find((block) => block !== undefined)
    if (first !== undefined && (!all || blocks.every((block) => block !== undefined))) return first
  }
  return undefined
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

const whyText = ({ policy, direction, but, ports, selects, flow }: Block): string => {
  const peer = endText(direction === 'ingress' ? flow.from : flow.to)
  switch (but) {
    case 'port':
      return `its rule allows that peer but not ${flow.protocol} ${flow.port ?? ''}, only ${some(ports)}${unknownNames(ports, flow.to)}`
    case 'peer':
      return `its rule for that port names other peers than ${peer}`
    case 'denied':
      return `a rule of it denies ${peer}`
    case 'nothing':
      return `${policy.metadata.name} selects ${selects} and has no ${direction} rule that allows it`
  }
}

/** A port that a policy gives by a name which no container of the pod uses holds for nothing. */
const unknownNames = (ports: readonly string[], end: FlowEnd): string => {
  if (end.kind !== 'pod') return ''
  const names = ports.flatMap((one) => one.split(' ')[1] ?? []).filter((one) => /[a-z]/.test(one) && one !== 'any')
  const known = end.ports.flatMap((one) => one.name ?? [])
  const unknown = names.filter((one) => !known.includes(one))
  return unknown.length === 0
    ? ''
    : `; no port of the pod is called ${some(unknown)} (it has ${some(known) || 'no port names'})`
}

/** The resource by its full name where it is not the built-in one: Calico's NetworkPolicy shares the short one. */
const resourceOf = ({ apiVersion, kind }: KubeObject): string => {
  const [group = ''] = apiVersion.split('/')
  const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`
  return group === 'networking.k8s.io' || group === 'extensions' ? 'networkpolicy' : `${plural}.${group}`
}

const fixFor = (block: Block): readonly string[] => {
  const { policy, direction, flow, dns, but } = block
  const space = policy.metadata.namespace === undefined ? '' : ` -n ${policy.metadata.namespace}`
  const peer = endText(direction === 'ingress' ? flow.from : flow.to)
  const ports = dns ? 'UDP and TCP 53' : `${flow.protocol} ${flow.port ?? '(its port)'}`
  return [
    `kubectl${space} get ${resourceOf(policy)} ${policy.metadata.name} -o yaml`,
    but === 'denied'
      ? `Narrow the rule of ${policy.metadata.name} that denies ${peer}, or let a policy that is asked earlier allow ${ports}; a rule that only allows does not win against it.`
      : `Add an ${direction} rule that allows ${ports} ${direction === 'ingress' ? 'from' : 'to'} ${peer} (in ${policy.metadata.name} or in a policy of its own); keep the default deny.`,
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
    summary: `${policy.kind} ${policy.metadata.name} blocks ${direction} from ${some([...clients.values()].map(refText))} to ${some(whats)}, so ${failing}: ${whyText(block)}`,
    evidence: [
      observe(failed.inferred === true ? 'spec' : 'log', refOf(failed.pod), short(failed.line, 300)),
      observe(
        'computed',
        object,
        `${direction} ${flow.protocol} ${flow.port ?? 'any port'} ${direction === 'ingress' ? 'from' : 'to'} ${endText(direction === 'ingress' ? flow.from : flow.to)} is denied; isolating policies: ${block.isolating.join(', ')}`,
      ),
      observe(
        'spec',
        object,
        `selects ${block.selects}, ${block.ports.length === 0 ? `no ${direction} port named` : `${direction} ports ${some(block.ports)}`}`,
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
      configObject: `${policy.kind}/${policy.metadata.name}`,
    },
  }
}

/**
 * Names a policy (of Kubernetes, Cilium or Calico) that denies a flow which a log shows to be needed and failing. A deny that
 * hurts nobody is silent, and so is one that cannot be told from what was read.
 */
export const analyzer: Analyzer = {
  id: 'network-policy',
  codes: ['network-policy-blocking'],
  needs: ['networkpolicies', 'pods'],
  analyze: (view) => {
    const decide = policyJudge(view)
    if (decide === undefined) return []
    const groups = new Map<string, Block[]>()
    for (const failed of [...failedFlows(view), ...inferredFlows(view)]) {
      const block = blockOf(view, decide, failed)
      if (block === undefined) continue
      const key = refKey(refOf(block.policy))
      groups.set(key, [...(groups.get(key) ?? []), block])
    }
    return [...groups.values()].flatMap((blocks) => findingOf(view, blocks) ?? [])
  },
}
