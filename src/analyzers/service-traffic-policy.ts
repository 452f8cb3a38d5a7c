import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { refOf, type Service } from '../domain/kubernetes.ts'
import { refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isLive, isPodReady } from '../domain/pod-state.ts'
import { selectsPods } from '../domain/service-port.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { destinationOf, type FailedFlow, failedFlows } from './reading/failed-flows.ts'
import { usesOf } from './reading/service-users.ts'

const backendNodes = (view: ClusterView, service: Service): ReadonlySet<string> =>
  new Set(
    view
      .podsSelected(service.metadata.namespace ?? '', { matchLabels: service.spec?.selector ?? {} })
      .filter((pod) => isLive(pod) && isPodReady(pod))
      .flatMap((pod) => pod.spec?.nodeName ?? []),
  )

/** Clients whose connections to the Service fail, from nodes that hold no backend of it; none where a client beside a backend fails too. */
const strandedClients = (view: ClusterView, service: Service, nodes: ReadonlySet<string>): readonly FailedFlow[] => {
  const flows = failedFlows(view).filter((flow) => {
    const to = destinationOf(view, flow)
    return flow.kind !== 'resolve' && to?.kind === 'service' && to.service === service
  })
  return flows.every((flow) => !nodes.has(flow.pod.spec?.nodeName ?? '')) ? flows : []
}

const internal = (view: ClusterView, service: Service, nodes: ReadonlySet<string>): Finding | undefined => {
  const stranded = strandedClients(view, service, nodes)
  const [first] = stranded
  if (first === undefined) return undefined
  const object = refOf(service)
  const clients = [
    ...new Map(stranded.map((flow) => view.workloadOf(flow.pod).ref).map((ref) => [refKey(ref), ref])).values(),
  ]
  const lonely = [...new Set(stranded.flatMap((flow) => flow.pod.spec?.nodeName ?? []))]
  return {
    code: 'service-traffic-policy',
    severity: 'critical',
    object,
    summary: `Service ${service.metadata.name} has internalTrafficPolicy Local, but ${some(lonely)} has no ready endpoint of it (only ${some([...nodes])}), so ${some(clients.map(refText))} cannot reach it`,
    evidence: [
      observe('spec', object, 'internalTrafficPolicy: Local'),
      observe(
        'computed',
        object,
        `ready endpoints on ${[...nodes].join(', ')}; failing clients on ${lonely.join(', ')}`,
      ),
      ...stranded.slice(0, 2).map((flow) => observe('log', refOf(flow.pod), short(flow.line, 260))),
    ],
    confidence: 0.9,
    affects: clients,
    fix: [
      `kubectl -n ${object.namespace ?? ''} patch service ${object.name} --type=merge -p '{"spec":{"internalTrafficPolicy":"Cluster"}}'`,
      'Or run a backend on every node (DaemonSet).',
    ],
    facts: { policy: 'internalTrafficPolicy' },
  }
}

/** Nodes that a load balancer may send traffic to: ready, and not taken out of it. */
const balancedNodes = (view: ClusterView): readonly string[] =>
  view
    .all('Node')
    .filter(
      (node) =>
        conditionOf(node.status?.conditions, 'Ready')?.status === 'True' &&
        node.metadata.labels?.['node.kubernetes.io/exclude-from-external-load-balancers'] === undefined,
    )
    .map((node) => node.metadata.name)

const external = (view: ClusterView, service: Service, nodes: ReadonlySet<string>): Finding | undefined => {
  const balanced = balancedNodes(view)
  if (balanced.length === 0 || !view.complete('Node')) return undefined
  const without = balanced.filter((name) => !nodes.has(name))
  const none = without.length === balanced.length
  const failing = usesOf(view, service).filter((use) => use.failing)
  // A load balancer checks each node's health, so nodes without endpoints are fine; a node port has no such check.
  const exposed = service.spec?.type === 'NodePort' && without.length > 0 && failing.length > 0
  if (!none && !exposed) return undefined
  const object = refOf(service)
  return {
    code: 'service-traffic-policy',
    severity: 'critical',
    object,
    summary: none
      ? `Service ${service.metadata.name} has externalTrafficPolicy Local, and no node that takes outside traffic has a ready endpoint of it (they run on ${some([...nodes])})`
      : `Service ${service.metadata.name} has externalTrafficPolicy Local and endpoints only on ${some([...nodes])}: its node port is dead on ${some(without)}`,
    evidence: [
      observe('spec', object, 'externalTrafficPolicy: Local'),
      observe(
        'computed',
        object,
        `ready endpoints on ${[...nodes].join(', ')}; nodes for outside traffic: ${balanced.join(', ')}`,
      ),
      ...failing.slice(0, 2).map((use) => use.observation),
    ],
    confidence: none ? 0.85 : 0.8,
    fix: [
      `kubectl -n ${object.namespace ?? ''} patch service ${object.name} --type=merge -p '{"spec":{"externalTrafficPolicy":"Cluster"}}' (loses the client's address)`,
      'Or spread the backend over all nodes that take outside traffic.',
    ],
    facts: { policy: 'externalTrafficPolicy' },
  }
}

/** Services with a Local traffic policy that are asked from where they have no endpoint. A Local policy that hurts nobody is silent. */
export const analyzer: Analyzer = {
  id: 'service-traffic-policy',
  codes: ['service-traffic-policy'],
  needs: ['services', 'pods'],
  analyze: (view) =>
    view.all('Service').flatMap((service) => {
      const [inside, outside] = [
        service.spec?.internalTrafficPolicy === 'Local',
        service.spec?.externalTrafficPolicy === 'Local',
      ]
      if ((!inside && !outside) || !selectsPods(service)) return []
      const nodes = backendNodes(view, service)
      if (nodes.size === 0) return []
      return [
        inside ? internal(view, service, nodes) : undefined,
        outside ? external(view, service, nodes) : undefined,
      ].flatMap((one) => one ?? [])
    }),
}
