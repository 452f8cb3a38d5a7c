import { at, listAt, numberAt, textAt, trueAt } from './at.ts'
import { calicoSelects } from './calico-selector.ts'
import { cidrContains } from './cidr.ts'
import type { KubeObject, Labels } from './kubernetes.ts'
import { type Direction, type Flow, type FlowEnd, unknownAddress } from './network-policy.ts'
import {
  type AppliedPolicy,
  allOf,
  anyOf,
  type JudgedRule,
  not,
  sure,
  type Tri,
  unknownPort,
} from './policy-verdict.ts'

const select = (selector: string, labels: Labels): Tri => {
  const holds = calicoSelects(selector, labels)
  return holds === undefined ? 'maybe' : sure(holds)
}

const podLabels = (end: Extract<FlowEnd, { kind: 'pod' }>): Labels => ({
  ...end.labels,
  'projectcalico.org/namespace': end.namespace,
  'projectcalico.org/orchestrator': 'k8s',
})

const namespaceLabels = (end: Extract<FlowEnd, { kind: 'pod' }>): Labels => ({
  ...end.namespaceLabels,
  'projectcalico.org/name': end.namespace,
})

const inNets = (nets: readonly unknown[], end: FlowEnd): Tri => {
  if (end.kind === 'outside' && end.address === undefined)
    return anyOf(...nets.map((net) => unknownAddress(String(net), [], end.public === true)))
  const addresses = end.kind === 'pod' ? end.addresses : [end.address ?? '']
  if (addresses.length === 0) return 'maybe'
  return sure(addresses.some((address) => nets.some((net) => cidrContains(String(net), address))))
}

/** The pods that a rule's entity names; a network set may hold what is outside, which a dump does not show. */
const bySelectors = (entity: unknown, own: string | undefined, end: FlowEnd): Tri => {
  const [selector, space] = [textAt(entity, 'selector'), textAt(entity, 'namespaceSelector')]
  if (selector === undefined && space === undefined) return 'yes'
  if (end.kind !== 'pod' || end.hostNetwork) return 'maybe'
  const inNamespace =
    space === undefined ? sure(own === undefined || own === end.namespace) : select(space, namespaceLabels(end))
  return allOf(inNamespace, selector === undefined ? 'yes' : select(selector, podLabels(end)))
}

const entityHolds = (entity: unknown, own: string | undefined, end: FlowEnd): Tri => {
  if (entity === undefined) return 'yes'
  const refused = textAt(entity, 'notSelector')
  const unknown = ['serviceAccounts', 'services', 'domains'].some((key) => at(entity, key) !== undefined)
  return allOf(
    bySelectors(entity, own, end),
    listAt(entity, 'nets').length === 0 ? 'yes' : inNets(listAt(entity, 'nets'), end),
    listAt(entity, 'notNets').length === 0 ? 'yes' : not(inNets(listAt(entity, 'notNets'), end)),
    refused === undefined ? 'yes' : end.kind === 'pod' ? not(select(refused, podLabels(end))) : 'maybe',
    unknown ? 'maybe' : 'yes',
  )
}

const portHolds = (wanted: unknown, flow: Flow): Tri => {
  const text = String(wanted)
  if (flow.port === undefined) return unknownPort(text)
  const range = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text)
  if (range !== null) {
    const from = Number(range[1])
    return sure(flow.port >= from && flow.port <= Number(range[2] ?? from))
  }
  const ports = flow.to.kind === 'pod' ? flow.to.ports : []
  return sure(ports.some((one) => one.name === text && one.containerPort === flow.port))
}

const numbers: Readonly<Record<string, string>> = {
  '6': 'TCP',
  '17': 'UDP',
  '132': 'SCTP',
  '1': 'ICMP',
  '58': 'ICMPV6',
}

const protocolHolds = (wanted: unknown, flow: Flow): boolean => {
  const name = String(wanted)
  return (numbers[name] ?? name.toUpperCase()) === flow.protocol
}

const portsHold = (rule: unknown, flow: Flow): Tri => {
  const [protocol, refused] = [at(rule, 'protocol'), at(rule, 'notProtocol')]
  const wanted = listAt(rule, 'destination', 'ports')
  const unwanted = listAt(rule, 'destination', 'notPorts')
  const bySource = listAt(rule, 'source', 'ports').length + listAt(rule, 'source', 'notPorts').length > 0
  return allOf(
    sure(protocol === undefined || protocolHolds(protocol, flow)),
    sure(refused === undefined || !protocolHolds(refused, flow)),
    wanted.length === 0 ? 'yes' : anyOf(...wanted.map((one) => portHolds(one, flow))),
    unwanted.length === 0 ? 'yes' : not(anyOf(...unwanted.map((one) => portHolds(one, flow)))),
    bySource ? 'maybe' : 'yes',
  )
}

const actions: Readonly<Record<string, JudgedRule['action']>> = {
  Allow: 'allow',
  Deny: 'deny',
  Pass: 'pass',
  Log: 'log',
}

const judge = (rule: unknown, own: string | undefined, flow: Flow): readonly JudgedRule[] => {
  const action = actions[textAt(rule, 'action') ?? '']
  if (action === undefined) return []
  return [
    {
      action,
      peer: allOf(entityHolds(at(rule, 'source'), own, flow.from), entityHolds(at(rule, 'destination'), own, flow.to)),
      port: portsHold(rule, flow),
      ports: listAt(rule, 'destination', 'ports').map((one) =>
        `${String(at(rule, 'protocol') ?? '')} ${String(one)}`.trim(),
      ),
    },
  ]
}

const directionsOf = (policy: KubeObject): readonly Direction[] => {
  const types = listAt(policy, 'spec', 'types')
  const egress = listAt(policy, 'spec', 'egress').length > 0
  if (types.length === 0)
    return egress ? (listAt(policy, 'spec', 'ingress').length > 0 ? ['ingress', 'egress'] : ['egress']) : ['ingress']
  return (['ingress', 'egress'] as const).filter((one) => types.includes(one === 'ingress' ? 'Ingress' : 'Egress'))
}

/** The order of the default tier, which comes after those that people make. */
const defaultTier = 1_000_000
/** Where Calico places a NetworkPolicy of networking.k8s.io among its own. */
export const kubernetesOrder = { tier: defaultTier, order: 1000 } as const

/**
 * A NetworkPolicy or GlobalNetworkPolicy of Calico held against one end of a flow; undefined where it does not concern it.
 * `tiers` gives the order of each tier by name. Service accounts, network sets and domains cannot be told from a dump: `maybe`.
 */
export const calicoApplied = (
  policy: KubeObject,
  direction: Direction,
  flow: Flow,
  tiers: ReadonlyMap<string, number>,
): AppliedPolicy | undefined => {
  const own = direction === 'ingress' ? flow.to : flow.from
  const { namespace } = policy.metadata
  if (own.kind !== 'pod' || own.hostNetwork || !directionsOf(policy).includes(direction)) return undefined
  // These hold for the interfaces of hosts only.
  if (trueAt(policy, 'spec', 'preDNAT') || trueAt(policy, 'spec', 'doNotTrack')) return undefined
  const space = textAt(policy, 'spec', 'namespaceSelector')
  const applies = allOf(
    sure(namespace === undefined || namespace === own.namespace),
    select(textAt(policy, 'spec', 'selector') ?? '', podLabels(own)),
    space === undefined ? 'yes' : select(space, namespaceLabels(own)),
    at(policy, 'spec', 'serviceAccountSelector') === undefined ? 'yes' : 'maybe',
  )
  if (applies === 'no') return undefined
  const order = numberAt(policy, 'spec', 'order')
  const tier = textAt(policy, 'spec', 'tier') ?? 'default'
  return {
    policy,
    applies,
    isolates: true,
    selects: [textAt(policy, 'spec', 'selector'), space].filter((one) => one !== undefined).join(' in ') || 'all()',
    rules: listAt(policy, 'spec', direction).flatMap((rule) => judge(rule, namespace, flow)),
    tier: tiers.get(tier) ?? defaultTier,
    ...(order === undefined ? {} : { order }),
  }
}
