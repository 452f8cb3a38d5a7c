import type { Hands } from '../controllers/hands.ts'
import { isReady, type Pod, type Service } from '../controllers/objects.ts'
import { labelSelector, mapSelector } from '../registry/label-selector.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'

/** Ports that a pod's processes listen on right now. */
export type Listening = (pod: Pod) => readonly number[]

const dnsAddress = '10.96.0.10'

/**
 * Why a pod cannot connect to a host and port, in the words of the Go network stack; undefined when it can. Looks at DNS, Services,
 * endpoints, listening processes and NetworkPolicies as they are.
 */
export function connectFault(
  hands: Hands,
  from: Pod,
  host: string,
  port: number,
  listening: Listening,
): string | undefined {
  const local = serviceName(host, from.metadata.namespace ?? '')
  const dns = dnsFault(hands, from, host, listening)
  if (dns !== undefined) return dns
  if (local === undefined)
    return policyAllows(hands, from, 'egress', undefined, port, 'TCP')
      ? undefined
      : `dial tcp 203.0.113.${(port % 200) + 10}:${port}: i/o timeout`
  const service = hands.get<Service>('services', local.namespace, local.name)
  if (service === undefined) return `dial tcp: lookup ${host} on ${dnsAddress}:53: no such host`
  const address = `${service.spec.clusterIP}:${port}`
  const entry = service.spec.ports?.find((candidate) => candidate.port === port)
  if (entry === undefined) return `dial tcp ${address}: i/o timeout`
  const targets = endpointsOf(hands, service).filter((pod) =>
    listening(pod).includes(portNumber(pod, entry.targetPort)),
  )
  if (targets.length === 0) return `dial tcp ${address}: connect: connection refused`
  const open = targets.some(
    (target) =>
      policyAllows(hands, from, 'egress', target, portNumber(target, entry.targetPort), 'TCP') &&
      policyAllows(hands, target, 'ingress', from, portNumber(target, entry.targetPort), 'TCP'),
  )
  return open ? undefined : `dial tcp ${address}: i/o timeout`
}

/** The Service that a host name means inside a namespace; undefined for a name outside of the cluster. */
function serviceName(host: string, namespace: string): { namespace: string; name: string } | undefined {
  const parts = host.replace(/\.svc(\.cluster\.local)?$/, '').split('.')
  if (parts.length > 2) return undefined
  if (parts.length === 2 && !host.includes('.svc') && /^(com|dev|io|net|org)$/.test(parts[1] ?? '')) return undefined
  return { name: parts[0] ?? '', namespace: parts[1] ?? namespace }
}

function dnsFault(hands: Hands, from: Pod, host: string, listening: Listening): string | undefined {
  const service = hands.get<Service>('services', 'kube-system', 'kube-dns')
  if (service === undefined) return undefined
  const lookup = `dial tcp: lookup ${host} on ${dnsAddress}:53`
  const source = `${from.status.podIP ?? '10.244.0.2'}:${40_000 + ((host.length * 997) % 20_000)}`
  const servers = endpointsOf(hands, service).filter((pod) => listening(pod).includes(53))
  if (servers.length === 0) return `${lookup}: read udp ${source}->${dnsAddress}:53: read: connection refused`
  const reachable = servers.some(
    (server) =>
      policyAllows(hands, from, 'egress', server, 53, 'UDP') && policyAllows(hands, server, 'ingress', from, 53, 'UDP'),
  )
  return reachable ? undefined : `${lookup}: read udp ${source}->${dnsAddress}:53: i/o timeout`
}

/** The ready pods behind a Service. */
export function endpointsOf(hands: Hands, service: Service): Pod[] {
  const matches = mapSelector(service.spec.selector)
  return hands
    .list<Pod>('pods', service.metadata.namespace)
    .filter((pod) => matches(pod.metadata.labels) && isReady(pod) && pod.metadata.deletionTimestamp === undefined)
}

/** A target port as a number in a pod: named ports are looked up in its containers. */
export function portNumber(pod: Pod, port: number | string): number {
  if (typeof port === 'number') return port
  for (const container of pod.spec.containers)
    for (const entry of container.ports ?? []) if (entry.name === port) return entry.containerPort
  return -1
}

/** Do the NetworkPolicies that select `pod` let this traffic through? `peer` is undefined for the world outside. */
export function policyAllows(
  hands: Hands,
  pod: Pod,
  direction: 'ingress' | 'egress',
  peer: Pod | undefined,
  port: number,
  protocol: string,
): boolean {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress'
  const policies = hands
    .list<KubeObject & { spec: Fields }>('networkpolicies.networking.k8s.io', pod.metadata.namespace)
    .filter(
      (policy) =>
        listAt(policy.spec, 'policyTypes').includes(type) &&
        labelSelector(policy.spec['podSelector'] ?? {})(pod.metadata.labels),
    )
  if (policies.length === 0) return true
  return policies.some((policy) =>
    listAt(policy.spec, direction).some((rule) =>
      ruleAllows(hands, rule, policy.metadata.namespace ?? '', direction, peer, port, protocol),
    ),
  )
}

function ruleAllows(
  hands: Hands,
  rule: unknown,
  namespace: string,
  direction: string,
  peer: Pod | undefined,
  port: number,
  protocol: string,
): boolean {
  const ports = listAt(rule, 'ports')
  const peers = listAt(rule, direction === 'ingress' ? 'from' : 'to')
  const portFits =
    ports.length === 0 ||
    ports.some(
      (entry) => isFields(entry) && (entry['protocol'] ?? 'TCP') === protocol && portInRange(entry, port, peer),
    )
  return portFits && (peers.length === 0 || peers.some((entry) => peerFits(hands, entry, namespace, peer)))
}

function portInRange(entry: Fields, port: number, peer: Pod | undefined): boolean {
  const wanted = entry['port']
  if (wanted === undefined) return true
  if (typeof wanted === 'string') return peer !== undefined && portNumber(peer, wanted) === port
  const end = entry['endPort']
  return typeof end === 'number' ? port >= Number(wanted) && port <= end : port === wanted
}

function peerFits(hands: Hands, entry: unknown, namespace: string, peer: Pod | undefined): boolean {
  const block = fieldsAt(entry, 'ipBlock')
  if (block['cidr'] !== undefined) return inBlock(peer?.status.podIP ?? '203.0.113.10', String(block['cidr']))
  if (peer === undefined || !isFields(entry)) return false
  const spaceFits =
    entry['namespaceSelector'] === undefined
      ? peer.metadata.namespace === namespace
      : labelSelector(entry['namespaceSelector'])(
          hands.get('namespaces', undefined, peer.metadata.namespace ?? '')?.metadata.labels,
        )
  return spaceFits && (entry['podSelector'] === undefined || labelSelector(entry['podSelector'])(peer.metadata.labels))
}

function inBlock(address: string, cidr: string): boolean {
  const [base = '', bits = '32'] = cidr.split('/')
  const number = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const shift = 2 ** (32 - Number(bits))
  return Math.floor(number(address) / shift) === Math.floor(number(base) / shift)
}
