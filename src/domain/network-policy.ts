import { cidrContains } from './cidr.ts'
import type { ContainerPort, Labels, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from './kubernetes.ts'
import { type AppliedPolicy, anyOf, sure, type Tri, unknownPort } from './policy-verdict.ts'
import { matchesSelector, selectorText } from './selector.ts'

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
  /** `public`: its name is one of the internet, so that its address is in no private range. */
  | { readonly kind: 'outside'; readonly address?: string; readonly public?: true }

/** A connection that someone wants. `port` is the port at the receiving pod, after any Service was resolved. */
export type Flow = {
  readonly from: FlowEnd
  readonly to: FlowEnd
  readonly port?: number
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
}

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

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7']
const isPrivate = (cidr: unknown): boolean =>
  privateRanges.some((range) => cidrContains(range, String(cidr).split('/')[0] ?? ''))

/**
 * Whether a block holds an outside name whose address is not known: one that holds everything surely does, less private ranges
 * where the name is public; a private range then surely does not.
 */
export const unknownAddress = (cidr: string, except: readonly unknown[], isPublic: boolean): Tri => {
  if (cidr === '0.0.0.0/0' || cidr === '::/0')
    return except.every((one) => isPublic && isPrivate(one)) ? 'yes' : 'maybe'
  return isPublic && isPrivate(cidr) ? 'no' : 'maybe'
}

const blockHolds = (peer: NetworkPolicyPeer, end: FlowEnd): Tri => {
  const { cidr, except = [] } = peer.ipBlock ?? {}
  if (cidr === undefined) return 'no'
  const addresses = end.kind === 'pod' ? end.addresses : end.address === undefined ? [] : [end.address]
  if (end.kind === 'outside' && end.address === undefined) return unknownAddress(cidr, except, end.public === true)
  return sure(
    addresses.some((address) => cidrContains(cidr, address) && !except.some((block) => cidrContains(block, address))),
  )
}

const peerMatches = (peer: NetworkPolicyPeer, policyNamespace: string, end: FlowEnd): Tri => {
  if (peer.ipBlock !== undefined) return blockHolds(peer, end)
  if (end.kind !== 'pod' || end.hostNetwork) return 'no'
  const inNamespace =
    peer.namespaceSelector === undefined
      ? end.namespace === policyNamespace
      : matchesSelector(peer.namespaceSelector, end.namespaceLabels)
  return sure(inNamespace && (peer.podSelector === undefined || matchesSelector(peer.podSelector, end.labels)))
}

const portMatches = (wanted: NetworkPolicyPort, flow: Flow): Tri => {
  if ((wanted.protocol ?? 'TCP') !== flow.protocol) return 'no'
  if (wanted.port === undefined) return 'yes'
  if (flow.port === undefined) return unknownPort(wanted.port)
  if (typeof wanted.port === 'number')
    return sure(flow.port >= wanted.port && flow.port <= Math.max(wanted.port, wanted.endPort ?? wanted.port))
  const ports = flow.to.kind === 'pod' ? flow.to.ports : []
  return sure(
    ports.some(
      (port) =>
        port.name === wanted.port && port.containerPort === flow.port && (port.protocol ?? 'TCP') === flow.protocol,
    ),
  )
}

const selects = (policy: NetworkPolicy, end: FlowEnd): boolean =>
  end.kind === 'pod' &&
  !end.hostNetwork &&
  policy.metadata.namespace === end.namespace &&
  matchesSelector(policy.spec?.podSelector ?? {}, end.labels)

const same = (a: FlowEnd, b: FlowEnd): boolean =>
  a.kind === 'pod' && b.kind === 'pod' && a.addresses.some((address) => b.addresses.includes(address))

const portText = ({ protocol = 'TCP', port, endPort }: NetworkPolicyPort): string =>
  `${protocol} ${port ?? 'any'}${endPort === undefined ? '' : `-${endPort}`}`

/**
 * A NetworkPolicy (networking.k8s.io/v1) held against one end of a flow, as the API defines it; undefined where it does not
 * select that end or that direction. Pods on the host network and a pod's traffic to itself are not judged.
 */
export const networkPolicyApplied = (
  policy: NetworkPolicy,
  direction: Direction,
  flow: Flow,
): AppliedPolicy | undefined => {
  const [own, other] = direction === 'ingress' ? [flow.to, flow.from] : [flow.from, flow.to]
  if (!selects(policy, own) || !policyDirections(policy).includes(direction) || same(own, other)) return undefined
  return {
    policy,
    applies: 'yes',
    isolates: true,
    selects: selectorText(policy.spec?.podSelector ?? {}),
    rules: rulesOf(policy, direction).map(({ peers, ports }) => ({
      action: 'allow',
      peer:
        peers.length === 0
          ? 'yes'
          : anyOf(...peers.map((one) => peerMatches(one, policy.metadata.namespace ?? '', other))),
      port: ports.length === 0 ? 'yes' : anyOf(...ports.map((one) => portMatches(one, flow))),
      ports: ports.map(portText),
    })),
  }
}
