import { cidrContains } from './cidr.ts'
import type { ContainerPort, Labels, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from './kubernetes.ts'
import { matchesSelector } from './selector.ts'

/** Which way a policy is asked about, as seen from the pod that it selects. */
export type Direction = 'ingress' | 'egress'

/** One end of a flow: a pod (with the labels of its namespace), or an address outside the cluster, known or not. */
export type FlowEnd =
  | {
      readonly kind: 'pod'
      readonly namespace: string
      readonly namespaceLabels: Labels
      readonly labels: Labels
      readonly addresses: readonly string[]
      readonly ports: readonly ContainerPort[]
      readonly hostNetwork: boolean
    }
  | { readonly kind: 'outside'; readonly address?: string }

/** A connection that someone wants. `port` is the port at the receiving pod, after any Service was resolved. */
export type Flow = {
  readonly from: FlowEnd
  readonly to: FlowEnd
  readonly port?: number
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
}

/** A rule that would have let the flow pass but for its ports, or but for its peers. */
export type NearRule = { readonly policy: NetworkPolicy; readonly but: 'port' | 'peer' }

/** Whether policies let a flow pass in one direction; where not, the policies that isolate the pod, in name order. */
export type FlowVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly isolating: readonly NetworkPolicy[]; readonly near?: NearRule }

type Rule = { readonly peers: readonly NetworkPolicyPeer[]; readonly ports: readonly NetworkPolicyPort[] }

const rulesOf = (policy: NetworkPolicy, direction: Direction): readonly Rule[] =>
  direction === 'ingress'
    ? (policy.spec?.ingress ?? []).map((rule) => ({ peers: rule.from ?? [], ports: rule.ports ?? [] }))
    : (policy.spec?.egress ?? []).map((rule) => ({ peers: rule.to ?? [], ports: rule.ports ?? [] }))

/** The directions that a policy isolates: as said, else Ingress always and Egress where it has egress rules. */
export const policyDirections = (policy: NetworkPolicy): readonly Direction[] => {
  const types = policy.spec?.policyTypes
  if (types !== undefined && types.length > 0)
    return [
      ...(types.includes('Ingress') ? (['ingress'] as const) : []),
      ...(types.includes('Egress') ? (['egress'] as const) : []),
    ]
  return (policy.spec?.egress ?? []).length > 0 ? ['ingress', 'egress'] : ['ingress']
}

const blockHolds = (peer: NetworkPolicyPeer, end: FlowEnd): boolean => {
  const { cidr, except = [] } = peer.ipBlock ?? {}
  if (cidr === undefined) return false
  const addresses = end.kind === 'pod' ? end.addresses : end.address === undefined ? [] : [end.address]
  // An outside name whose address is not known: only a block that holds everything surely holds it.
  if (end.kind === 'outside' && end.address === undefined) return cidr === '0.0.0.0/0' || cidr === '::/0'
  return addresses.some(
    (address) => cidrContains(cidr, address) && !except.some((block) => cidrContains(block, address)),
  )
}

const peerMatches = (peer: NetworkPolicyPeer, policyNamespace: string, end: FlowEnd): boolean => {
  if (peer.ipBlock !== undefined) return blockHolds(peer, end)
  if (end.kind !== 'pod' || end.hostNetwork) return false
  const inNamespace =
    peer.namespaceSelector === undefined
      ? end.namespace === policyNamespace
      : matchesSelector(peer.namespaceSelector, end.namespaceLabels)
  return inNamespace && (peer.podSelector === undefined || matchesSelector(peer.podSelector, end.labels))
}

const portMatches = (wanted: NetworkPolicyPort, flow: Flow): boolean => {
  if ((wanted.protocol ?? 'TCP') !== flow.protocol) return false
  if (wanted.port === undefined || flow.port === undefined) return true
  if (typeof wanted.port === 'number')
    return wanted.endPort === undefined
      ? flow.port === wanted.port
      : flow.port >= wanted.port && flow.port <= wanted.endPort
  const ports = flow.to.kind === 'pod' ? flow.to.ports : []
  return ports.some(
    (port) =>
      port.name === wanted.port && port.containerPort === flow.port && (port.protocol ?? 'TCP') === flow.protocol,
  )
}

const selects = (policy: NetworkPolicy, end: FlowEnd): boolean =>
  end.kind === 'pod' &&
  !end.hostNetwork &&
  policy.metadata.namespace === end.namespace &&
  matchesSelector(policy.spec?.podSelector ?? {}, end.labels)

const same = (a: FlowEnd, b: FlowEnd): boolean =>
  a.kind === 'pod' && b.kind === 'pod' && a.addresses.some((address) => b.addresses.includes(address))

/**
 * Evaluates NetworkPolicies (networking.k8s.io/v1) for one flow in one direction, as the API defines them: a pod that no
 * policy selects is not isolated; else some rule of some selecting policy has to match peer and port. Pods on the host network
 * and a pod's traffic to itself are not judged.
 */
export const flowVerdict = (policies: readonly NetworkPolicy[], direction: Direction, flow: Flow): FlowVerdict => {
  const [own, other] = direction === 'ingress' ? [flow.to, flow.from] : [flow.from, flow.to]
  const isolating = policies.filter((policy) => selects(policy, own) && policyDirections(policy).includes(direction))
  if (isolating.length === 0 || same(own, other)) return { allowed: true }
  let near: NearRule | undefined
  for (const policy of isolating) {
    for (const rule of rulesOf(policy, direction)) {
      const peer =
        rule.peers.length === 0 || rule.peers.some((one) => peerMatches(one, policy.metadata.namespace ?? '', other))
      const port = rule.ports.length === 0 || rule.ports.some((one) => portMatches(one, flow))
      if (peer && port) return { allowed: true }
      if (port && rule.ports.length > 0) near ??= { policy, but: 'peer' }
      if (peer && rule.peers.length > 0) near = near?.but === 'port' ? near : { policy, but: 'port' }
    }
  }
  return near === undefined ? { allowed: false, isolating } : { allowed: false, isolating, near }
}

/** The isolating policy that a person should look at first: the rule that nearly fits, else the one without rules, else the newest. */
export const blamedPolicy = (
  verdict: Extract<FlowVerdict, { allowed: false }>,
  direction: Direction,
): NetworkPolicy | undefined => {
  if (verdict.near !== undefined) return verdict.near.policy
  const byAge = [...verdict.isolating].sort((a, b) =>
    (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''),
  )
  return byAge.find((policy) => rulesOf(policy, direction).length === 0) ?? byAge[0]
}
