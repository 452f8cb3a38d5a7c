import type { Pod, Service } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import type { Flow, FlowEnd } from '../../domain/network-policy.ts'
import { type ObjectRef, refText } from '../../domain/object.ts'
import { declaredPorts, isLive, isPodReady, podAddresses } from '../../domain/pod-state.ts'
import { resolvePort } from '../../domain/service-port.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { clusterDns } from './cluster-dns.ts'
import { destinationOf, type FailedFlow } from './failed-flows.ts'

/** A connection that a client wants, pod to pod or to the outside, with what it means in words. */
export type WantedFlow = {
  readonly flow: Flow
  readonly what: string
  readonly dns: boolean
  readonly target?: ObjectRef
  /** How sure it is that a policy which denies this flow is why it fails. */
  readonly confidence: number
}

/** Flows of which one, or `all`, have to be denied for a failure to be explained. */
export type Wanted = { readonly flows: readonly WantedFlow[]; readonly all: boolean }

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

const dnsFlows = (view: ClusterView, client: Pod): Wanted => {
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
  return {
    all: true,
    flows: ends.map(({ end, port: at }) => ({
      flow: { from: podEnd(view, client), to: end, port: at, protocol: 'UDP' },
      what: 'DNS (UDP 53)',
      dns: true,
      confidence: healthy ? 0.92 : 0.6,
      ...(dns.workload === undefined ? {} : { target: dns.workload.ref }),
    })),
  }
}

const toPod = (
  view: ClusterView,
  failed: FailedFlow,
  to: Pod,
  port: number | undefined,
  target: ObjectRef,
  what: string,
): WantedFlow => ({
  flow: {
    from: podEnd(view, failed.pod),
    to: podEnd(view, to),
    protocol: 'TCP',
    ...(port === undefined ? {} : { port }),
  },
  what,
  dns: false,
  target,
  // Most networks drop what a policy denies, which looks like a time-out; some refuse it at once.
  confidence: failed.kind === 'timeout' ? 0.9 : isPodReady(to) ? 0.65 : 0.4,
})

const isPublicName = (host: string | undefined): boolean =>
  host !== undefined &&
  /\.[a-z]{2,}$/i.test(host) &&
  !/\.(?:internal|local|localdomain|lan|corp|home|intranet|private|svc|arpa)$/i.test(host)

const toOutside = (
  view: ClusterView,
  failed: FailedFlow,
  address: string | undefined,
  port = failed.port,
  what = `${failed.host ?? 'outside'}${failed.port === undefined ? '' : `:${failed.port}`} (outside the cluster)`,
): WantedFlow => ({
  flow: {
    from: podEnd(view, failed.pod),
    to: {
      kind: 'outside',
      ...(address === undefined ? {} : { address }),
      ...(isPublicName(failed.host) ? { public: true } : {}),
    },
    protocol: 'TCP',
    ...(port === undefined ? {} : { port }),
  },
  what,
  dns: false,
  confidence: 0.78,
})

/** A Service without a selector (the API server's, a database outside) leads to the addresses of its slices, known or not. */
const toAddresses = (view: ClusterView, failed: FailedFlow, service: Service, what: string): readonly WantedFlow[] => {
  if (failed.kind !== 'timeout' || service.spec?.type === 'ExternalName') return []
  const slices = view
    .all('EndpointSlice')
    .filter(
      ({ metadata }) =>
        metadata.namespace === service.metadata.namespace &&
        metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name,
    )
  const addresses = slices.flatMap((slice) => (slice.endpoints ?? []).flatMap((one) => one.addresses ?? []))
  const [port] = service.spec?.ports ?? []
  const target = typeof port?.targetPort === 'number' ? port.targetPort : port?.port
  const known: readonly (string | undefined)[] = addresses.length === 0 ? [undefined] : addresses
  return known.map((address) => ({ ...toOutside(view, failed, address, target, what), target: refOf(service) }))
}

const connectFlows = (view: ClusterView, failed: FailedFlow): readonly WantedFlow[] => {
  const destination = destinationOf(view, failed)
  if (destination === undefined) return []
  if (destination.kind === 'outside')
    return failed.kind === 'timeout' ? [toOutside(view, failed, destination.address)] : []
  if (destination.kind === 'pod') {
    const workload = view.workloadOf(destination.pod).ref
    return [toPod(view, failed, destination.pod, failed.port, workload, refText(workload))]
  }
  const { service } = destination
  const ports = service.spec?.ports ?? []
  const port = ports.find((one) => one.port === failed.port) ?? (ports.length === 1 ? ports[0] : undefined)
  const what = `Service ${service.metadata.namespace ?? ''}/${service.metadata.name}${port?.port === undefined ? '' : `:${port.port}`}`
  if (Object.keys(service.spec?.selector ?? {}).length === 0) return toAddresses(view, failed, service, what)
  return view
    .podsSelected(service.metadata.namespace ?? '', { matchLabels: service.spec?.selector ?? {} })
    .filter(isLive)
    .map((pod) =>
      toPod(view, failed, pod, port === undefined ? failed.port : resolvePort(port, pod), refOf(service), what),
    )
}

/** What a failed connection or lookup needed, the likeliest first; nothing for pods on the host network, which no policy of pods holds. */
export const wantedFlows = (view: ClusterView, failed: FailedFlow): readonly Wanted[] => {
  if (failed.pod.spec?.hostNetwork === true) return []
  if (failed.kind === 'resolve') return [dnsFlows(view, failed.pod)]
  const connects: Wanted = { all: false, flows: connectFlows(view, failed) }
  return failed.kind === 'timeout' && failed.host === undefined ? [connects, dnsFlows(view, failed.pod)] : [connects]
}
