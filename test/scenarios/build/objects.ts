import { ago, type Doc, digest, type Extra, type Labels, meta, obj, ownerRef, suffix } from './manifest.ts'

export * from './manifest.ts'
export * from './nodes-and-pods.ts'
export * from './workloads.ts'

export type ServiceOptions = {
  readonly namespace: string
  readonly name: string
  readonly selector?: Labels
  readonly ports?: readonly Doc[]
  readonly type?: string
  readonly clusterIP?: string
  readonly spec?: Extra
  readonly status?: Extra
  readonly metadata?: Extra
  readonly labels?: Labels
}

export const service = (options: ServiceOptions): Doc =>
  obj(
    'v1',
    'Service',
    options.namespace,
    options.name,
    {
      spec: {
        type: options.type ?? 'ClusterIP',
        clusterIP:
          options.clusterIP ??
          `10.96.${Number.parseInt(digest(options.namespace).slice(0, 2), 16)}.${Number.parseInt(digest(options.name).slice(0, 2), 16)}`,
        internalTrafficPolicy: 'Cluster',
        ...(options.selector === undefined ? {} : { selector: options.selector }),
        ports: options.ports ?? [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
        sessionAffinity: 'None',
        ...options.spec,
      },
      status: options.status ?? { loadBalancer: {} },
    },
    { ...(options.labels === undefined ? {} : { labels: options.labels }), ...options.metadata },
  )

const isReady = (one: Doc): boolean =>
  ((one['status'] as Doc)['conditions'] as readonly Doc[]).some((c) => c['type'] === 'Ready' && c['status'] === 'True')

/** The EndpointSlice of a Service over these pods, ready as the pods are. */
export const endpointSlice = (of: Doc, pods: readonly Doc[], extra: Extra = {}): Doc => {
  const metadata = of['metadata'] as Doc
  const [ns, name] = [String(metadata['namespace']), String(metadata['name'])]
  const ports = ((of['spec'] as Doc)['ports'] as readonly Doc[]).map((port) => ({
    name: port['name'] ?? '',
    port: typeof port['targetPort'] === 'number' ? port['targetPort'] : port['port'],
    protocol: port['protocol'] ?? 'TCP',
  }))
  return obj(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    ns,
    `${name}-${suffix(5, ns, name)}`,
    {
      addressType: 'IPv4',
      endpoints: pods.map((one) => ({
        addresses: [(one['status'] as Doc)['podIP']],
        conditions: { ready: isReady(one), serving: isReady(one), terminating: false },
        nodeName: (one['spec'] as Doc)['nodeName'],
        targetRef: {
          kind: 'Pod',
          namespace: ns,
          name: (one['metadata'] as Doc)['name'],
          uid: (one['metadata'] as Doc)['uid'],
        },
      })),
      ports,
      ...extra,
    },
    {
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [ownerRef(of)],
    },
  )
}

export type EventOptions = {
  readonly about: Doc
  readonly reason: string
  readonly message: string
  readonly type?: 'Normal' | 'Warning'
  readonly count?: number
  /** Minutes before now. */
  readonly first?: number
  readonly last?: number
  readonly component?: string
  readonly fieldPath?: string
}

/** A Warning event about an object, seen from `first` to `last` minutes ago. */
export const event = (options: EventOptions): Doc => {
  const metadata = options.about['metadata'] as Doc
  const ns = (metadata['namespace'] as string | undefined) ?? 'default'
  const { first = 12, last = 1, type = 'Warning', count = 4, component = 'kubelet' } = options
  const name = `${String(metadata['name'])}.${digest(options.reason + options.message + String(metadata['uid'])).slice(0, 16)}`
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: meta('Event', ns, name, { creationTimestamp: ago(first) }),
    involvedObject: {
      apiVersion: options.about['apiVersion'],
      kind: options.about['kind'],
      ...(metadata['namespace'] === undefined ? {} : { namespace: ns }),
      name: metadata['name'],
      uid: metadata['uid'],
      ...(options.fieldPath === undefined ? {} : { fieldPath: options.fieldPath }),
    },
    reason: options.reason,
    message: options.message,
    type,
    count,
    firstTimestamp: ago(first),
    lastTimestamp: ago(last),
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  }
}

/** The log of a container of a pod. */
export const containerLog = (of: Doc, name: string, text: string, extra: Extra = {}): Doc => ({
  apiVersion: 'clusterdoctor.dev/v1alpha1',
  kind: 'ContainerLog',
  metadata: { namespace: (of['metadata'] as Doc)['namespace'], name: (of['metadata'] as Doc)['name'] },
  container: name,
  previous: false,
  text,
  ...extra,
})

export const metricSeries = (metric: string, labels: Labels, points: readonly (readonly [string, number])[]): Doc => ({
  apiVersion: 'clusterdoctor.dev/v1alpha1',
  kind: 'MetricSeries',
  metric,
  labels,
  points,
})
