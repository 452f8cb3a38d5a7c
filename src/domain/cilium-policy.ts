import { at, listAt, numberAt, textAt } from './at.ts'
import { cidrContains } from './cidr.ts'
import type { KubeObject, LabelSelector, Labels } from './kubernetes.ts'
import { type Direction, type Flow, type FlowEnd, unknownAddress } from './network-policy.ts'
import { type AppliedPolicy, allOf, anyOf, type JudgedRule, sure, type Tri, unknownPort } from './policy-verdict.ts'
import { matchesSelector, selectorText } from './selector.ts'

type PodEnd = Extract<FlowEnd, { kind: 'pod' }>

/** Labels as Cilium knows them, without the source in front: `k8s:app` and `any:app` are `app`. */
const plainKey = (key: string): string => key.replace(/^(?:k8s|any):/, '')
const namespaceKey = 'io.kubernetes.pod.namespace'
const namespaceLabels = 'io.cilium.k8s.namespace.labels.'
const unknownKeys = /^io\.cilium\.k8s\.policy\.|^(?:reserved|cidr|container|fqdn|unspec):/

const labelsOf = (end: PodEnd): Labels => ({
  ...end.labels,
  [namespaceKey]: end.namespace,
  ...Object.fromEntries(Object.entries(end.namespaceLabels).map(([key, value]) => [`${namespaceLabels}${key}`, value])),
})

const selectorFrom = (value: unknown): LabelSelector => {
  const labels = at(value, 'matchLabels')
  const pairs = typeof labels === 'object' && labels !== null ? Object.entries(labels) : []
  return {
    matchLabels: Object.fromEntries(pairs.map(([key, one]) => [plainKey(key), String(one)])),
    matchExpressions: listAt(value, 'matchExpressions').map((one) => ({
      key: plainKey(textAt(one, 'key') ?? ''),
      operator: textAt(one, 'operator') ?? '',
      values: listAt(one, 'values').map(String),
    })),
  } as LabelSelector
}

const keysOf = (selector: LabelSelector): readonly string[] => [
  ...Object.keys(selector.matchLabels ?? {}),
  ...(selector.matchExpressions ?? []).flatMap(({ key }) => key ?? []),
]

/** Whether an endpoint selector holds for a pod; one of a namespaced policy stays in its namespace unless it names another. */
const selects = (value: unknown, own: string | undefined, end: FlowEnd): Tri => {
  if (end.kind !== 'pod') return 'no'
  // A pod on the host network has the identity of its node.
  if (end.hostNetwork) return 'no'
  const selector = selectorFrom(value)
  const keys = keysOf(selector)
  const elsewhere = keys.some((key) => key === namespaceKey || key.startsWith(namespaceLabels))
  if (own !== undefined && !elsewhere && end.namespace !== own) return 'no'
  if (keys.some((key) => unknownKeys.test(key))) return 'maybe'
  return sure(matchesSelector(selector, labelsOf(end)))
}

const inEntity = (entity: unknown, end: FlowEnd): Tri => {
  const pod = end.kind === 'pod'
  const node = pod && end.hostNetwork
  switch (entity) {
    case 'all':
      return 'yes'
    case 'cluster':
      return pod ? 'yes' : 'maybe'
    case 'world':
    case 'world-ipv4':
    case 'world-ipv6':
      return sure(!pod)
    case 'host':
    case 'remote-node':
      return node || !pod ? 'maybe' : 'no'
    case 'kube-apiserver':
      return node || !pod ? 'maybe' : 'no'
    default:
      return 'no'
  }
}

/** Ranges hold for what is outside the cluster; pods have an identity, and ranges do not match them. */
const inRange = (cidr: string | undefined, except: readonly unknown[], end: FlowEnd): Tri => {
  if (cidr === undefined) return 'maybe'
  if (end.kind === 'pod') return end.hostNetwork ? 'maybe' : 'no'
  if (end.address === undefined) return unknownAddress(cidr, except, end.public === true)
  const { address } = end
  return sure(cidrContains(cidr, address) && !except.some((one) => cidrContains(String(one), address)))
}

const peersOf = (rule: unknown, side: 'from' | 'to', own: string | undefined, end: FlowEnd): Tri => {
  const key = (name: string) => `${side}${name}`
  const has = (name: string) => at(rule, key(name)) !== undefined
  const told = ['Endpoints', 'Entities', 'CIDR', 'CIDRSet', 'FQDNs', 'Services', 'Groups', 'Nodes', 'Requires'].filter(
    has,
  )
  if (told.length === 0) return 'yes'
  const outside = end.kind !== 'pod'
  const requires: Tri = has('Requires') ? 'maybe' : 'yes'
  const peers = anyOf(
    ...listAt(rule, key('Endpoints')).map((one) => selects(one, own, end)),
    ...listAt(rule, key('Entities')).map((one) => inEntity(one, end)),
    ...listAt(rule, key('CIDR')).map((one) => inRange(String(one), [], end)),
    ...listAt(rule, key('CIDRSet')).map((one) => inRange(textAt(one, 'cidr'), listAt(one, 'except'), end)),
    ...(has('FQDNs') ? ([outside ? 'maybe' : 'no'] as const) : []),
    ...(has('Services') || has('Groups') ? (['maybe'] as const) : []),
    ...(has('Nodes') ? ([outside || end.hostNetwork ? 'maybe' : 'no'] as const) : []),
  )
  return told.every((name) => name === 'Requires') ? requires : allOf(peers, requires)
}

const portHolds = (wanted: unknown, flow: Flow): Tri => {
  const protocol = textAt(wanted, 'protocol') ?? 'ANY'
  if (protocol !== 'ANY' && protocol !== flow.protocol) return 'no'
  const port = textAt(wanted, 'port') ?? numberAt(wanted, 'port')
  if (port === undefined || String(port) === '0') return 'yes'
  if (flow.port === undefined) return unknownPort(port)
  const number = Number(port)
  if (Number.isInteger(number)) {
    const end = numberAt(wanted, 'endPort') ?? number
    return sure(flow.port >= number && flow.port <= Math.max(number, end))
  }
  const ports = flow.to.kind === 'pod' ? flow.to.ports : []
  return sure(ports.some((one) => one.name === port && one.containerPort === flow.port))
}

const portText = (wanted: unknown): string => {
  const end = numberAt(wanted, 'endPort')
  return `${textAt(wanted, 'protocol') ?? 'ANY'} ${String(at(wanted, 'port') ?? 'any')}${end === undefined ? '' : `-${end}`}`
}

const judge = (
  rule: unknown,
  action: JudgedRule['action'],
  side: 'from' | 'to',
  own: string | undefined,
  other: FlowEnd,
  flow: Flow,
): JudgedRule => {
  const blocks = listAt(rule, 'toPorts')
  const icmp = at(rule, 'icmps') !== undefined
  const ports = blocks.flatMap((one) => listAt(one, 'ports'))
  const peerless = !Object.keys(typeof rule === 'object' && rule !== null ? rule : {}).some((key) =>
    key.startsWith(side),
  )
  // A rule without peers and ports allows nothing: `egress: [{}]` is how a default deny is written.
  const empty = peerless && blocks.length === 0 && !icmp
  const named = blocks.some((one) => at(one, 'serverNames') !== undefined)
  const open = blocks.length === 0 || blocks.some((one) => listAt(one, 'ports').length === 0)
  const port = icmp && blocks.length === 0 ? 'no' : open ? 'yes' : anyOf(...ports.map((one) => portHolds(one, flow)))
  return {
    action,
    peer: empty ? 'no' : peersOf(rule, side, own, other),
    port: named ? allOf(port, 'maybe') : port,
    ports: ports.map(portText),
  }
}

/**
 * A CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy held against one end of a flow; one entry for each of its specs that
 * selects the end. What a dump cannot show (addresses of DNS names, service accounts, node groups) is `maybe`. Layer 7 rules
 * let the connection through.
 */
export const ciliumApplied = (policy: KubeObject, direction: Direction, flow: Flow): readonly AppliedPolicy[] => {
  const [own, other] = direction === 'ingress' ? [flow.to, flow.from] : [flow.from, flow.to]
  const side = direction === 'ingress' ? 'from' : 'to'
  const { namespace } = policy.metadata
  const specs = [at(policy, 'spec'), ...listAt(policy, 'specs')].filter(
    (one) => at(one, 'endpointSelector') !== undefined,
  )
  return specs.flatMap((spec): readonly AppliedPolicy[] => {
    const applies = selects(at(spec, 'endpointSelector'), namespace, own)
    if (applies === 'no') return []
    const [allows, denies] = [listAt(spec, direction), listAt(spec, `${direction}Deny`)]
    if (allows.length + denies.length === 0) return []
    return [
      {
        policy,
        applies,
        isolates: at(spec, 'enableDefaultDeny', direction) !== false,
        selects: selectorText(selectorFrom(at(spec, 'endpointSelector'))),
        rules: [
          ...denies.map((rule) => judge(rule, 'deny', side, namespace, other, flow)),
          ...allows.map((rule) => judge(rule, 'allow', side, namespace, other, flow)),
        ],
      },
    ]
  })
}
