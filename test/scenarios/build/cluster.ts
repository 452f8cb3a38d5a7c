import { container, type Doc, daemonSet, deployment, endpointSlice, namespace, node, obj, service } from './objects.ts'

const corefile = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`

export const coreDnsContainer: Doc = container('coredns', {
  image: 'registry.k8s.io/coredns/coredns:v1.11.3',
  args: ['-conf', '/etc/coredns/Corefile'],
  ports: [
    { containerPort: 53, name: 'dns', protocol: 'UDP' },
    { containerPort: 53, name: 'dns-tcp', protocol: 'TCP' },
    { containerPort: 9153, name: 'metrics', protocol: 'TCP' },
  ],
  resources: { requests: { cpu: '100m', memory: '70Mi' }, limits: { memory: '170Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: 8181, scheme: 'HTTP' } },
  livenessProbe: { httpGet: { path: '/health', port: 8080, scheme: 'HTTP' }, initialDelaySeconds: 60 },
})

/** The cluster DNS as every distribution has it: Deployment, pods, ConfigMap, Service and slice. */
export const coreDns = (
  options: { readonly corefile?: string; readonly workload?: readonly Doc[] } = {},
): readonly Doc[] => {
  const workload =
    options.workload ??
    deployment({
      namespace: 'kube-system',
      name: 'coredns',
      labels: { 'k8s-app': 'kube-dns' },
      replicas: 2,
      containers: [coreDnsContainer],
      podSpec: { dnsPolicy: 'Default' },
    })
  const kubeDns = service({
    namespace: 'kube-system',
    name: 'kube-dns',
    clusterIP: '10.96.0.10',
    selector: { 'k8s-app': 'kube-dns' },
    labels: { 'k8s-app': 'kube-dns' },
    ports: [
      { name: 'dns', port: 53, targetPort: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, targetPort: 53, protocol: 'TCP' },
    ],
  })
  return [
    ...workload,
    obj('v1', 'ConfigMap', 'kube-system', 'coredns', { data: { Corefile: options.corefile ?? corefile } }),
    kubeDns,
    endpointSlice(
      kubeDns,
      workload.filter((doc) => doc['kind'] === 'Pod'),
    ),
  ]
}

export const kubeProxy = (): readonly Doc[] =>
  daemonSet({
    namespace: 'kube-system',
    name: 'kube-proxy',
    labels: { 'k8s-app': 'kube-proxy' },
    containers: [container('kube-proxy', { image: 'registry.k8s.io/kube-proxy:v1.31.4' })],
    podSpec: { hostNetwork: true },
  })

/** A healthy app with its Service and slice, for company. */
export const healthyApp = (ns: string, name: string, port = 8080): readonly Doc[] => {
  const workload = deployment({
    namespace: ns,
    name,
    containers: [
      container(name, {
        ports: [{ containerPort: port, name: 'http', protocol: 'TCP' }],
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      }),
    ],
  })
  const svc = service({
    namespace: ns,
    name,
    selector: { app: name },
    ports: [{ name: 'http', port: 80, targetPort: port, protocol: 'TCP' }],
  })
  return [
    ...workload,
    svc,
    endpointSlice(
      svc,
      workload.filter((doc) => doc['kind'] === 'Pod'),
    ),
  ]
}

/** A small healthy cluster: a control plane and two workers, DNS, kube-proxy, and one app in its own namespace. */
export const cluster = (
  options: { readonly dns?: readonly Doc[]; readonly proxy?: readonly Doc[] } = {},
): readonly Doc[] => [
  node({
    name: 'control-plane-1',
    labels: { 'node-role.kubernetes.io/control-plane': '' },
    taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
  }),
  node({ name: 'worker-1' }),
  node({ name: 'worker-2', labels: { 'topology.kubernetes.io/zone': 'eu-west-1b' } }),
  namespace('kube-system'),
  ...(options.dns ?? coreDns()),
  ...(options.proxy ?? kubeProxy()),
  namespace('billing'),
  ...healthyApp('billing', 'invoice-api'),
]

/** The smallest company for a case that is not about the cluster itself: one worker and one healthy app. */
export const neighbours = (): readonly Doc[] => [
  node({ name: 'worker-1' }),
  node({ name: 'worker-2', labels: { 'topology.kubernetes.io/zone': 'eu-west-1b' } }),
  namespace('billing'),
  ...healthyApp('billing', 'invoice-api'),
]
