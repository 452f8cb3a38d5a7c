import { writeCase } from './case.ts'
import { cluster, coreDns, coreDnsContainer } from './cluster.ts'
import {
  ago,
  condition,
  container,
  containerLog,
  containerStatus,
  type Doc,
  daemonSet,
  deployment,
  endpointSlice,
  event,
  namespace,
  node,
  obj,
  pod,
  service,
} from './objects.ts'

const ns = 'shop'
const group = 'network'
const podsOf = (docs: readonly Doc[]) => docs.filter((doc) => doc['kind'] === 'Pod')
const firstPod = (docs: readonly Doc[]): Doc => podsOf(docs)[0] ?? {}
const port = (number: number) => [{ containerPort: number, name: 'main', protocol: 'TCP' }]
const app = (name: string, number = 8080, extra: object = {}): readonly Doc[] =>
  deployment({ namespace: ns, name, containers: [container(name, { ports: port(number) })], ...extra })
const svcFor = (name: string, docs: readonly Doc[], number = 8080): readonly Doc[] => {
  const svc = service({
    namespace: ns,
    name,
    selector: { app: name },
    ports: [{ name: 'main', port: number, targetPort: number, protocol: 'TCP' }],
  })
  return [svc, endpointSlice(svc, podsOf(docs))]
}
const policy = (name: string, spec: object): Doc =>
  obj('networking.k8s.io/v1', 'NetworkPolicy', ns, name, { spec }, { creationTimestamp: ago(45) })
const lines = (line: string, times = 5): string =>
  Array.from({ length: times }, (_, n) => `2026-11-20T09:5${n}:10Z ERROR ${line}`).join('\n')
const dnsPeer = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
}
const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3], base = cluster()) =>
  writeCase(group, id, [...base, namespace(ns), ...docs], expected)
const policyObject = (name: string) => [{ kind: 'NetworkPolicy', namespace: ns, name }]

const policies = (): void => {
  const web = app('web', 3000)
  const db = app('orders-db', 5432)
  const shared = [...web, ...db, ...svcFor('orders-db', db, 5432)]
  const fails = (line: string) => containerLog(firstPod(web), 'web', lines(line))
  const denyAll = policy('default-deny-egress', { podSelector: {}, policyTypes: ['Egress'] })
  write('network-policy-dns-egress-plain', [...shared, denyAll, fails('getaddrinfo EAI_AGAIN orders-db')], {
    verdict: 'fault',
    codes: ['network-policy-blocking'],
    objects: policyObject('default-deny-egress'),
    mustMention: [['default-deny-egress'], ['DNS']],
  })
  const guard = policy('orders-db', {
    podSelector: { matchLabels: { app: 'orders-db' } },
    policyTypes: ['Ingress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: 'backend' } } }], ports: [{ protocol: 'TCP', port: 5432 }] },
    ],
  })
  write(
    'network-policy-ingress-label-hidden',
    [
      ...shared,
      guard,
      fails('connection to server at "orders-db" (10.96.3.3), port 5432 failed: Connection timed out'),
    ],
    {
      verdict: 'fault',
      question: 'web cannot reach its database',
      codes: ['network-policy-blocking'],
      objects: policyObject('orders-db'),
      mustMention: [['5432']],
    },
  )
  const tooNarrow = policy('allow-dns', {
    podSelector: {},
    policyTypes: ['Egress'],
    egress: [
      { to: [{ namespaceSelector: { matchLabels: { name: 'kube-system' } } }], ports: [{ protocol: 'UDP', port: 53 }] },
      { to: [{ podSelector: { matchLabels: { app: 'orders-db' } } }], ports: [{ protocol: 'TCP', port: 5432 }] },
    ],
  })
  write(
    'network-policy-namespace-label-hidden',
    [
      ...shared,
      denyAll,
      tooNarrow,
      fails('could not translate host name "orders-db" to address: Temporary failure in name resolution'),
    ],
    {
      verdict: 'fault',
      codes: ['network-policy-blocking'],
      objects: policyObject('allow-dns'),
    },
  )
  const meant = [
    policy('default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy('allow-dns', { podSelector: {}, policyTypes: ['Egress'], egress: [dnsPeer] }),
    policy('web-to-db', {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Egress'],
      egress: [
        { to: [{ podSelector: { matchLabels: { app: 'orders-db' } } }], ports: [{ protocol: 'TCP', port: 'main' }] },
      ],
    }),
    policy('db-from-web', {
      podSelector: { matchLabels: { app: 'orders-db' } },
      ingress: [
        {
          from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'api'] }] } }],
          ports: [{ protocol: 'TCP', port: 5000, endPort: 6000 }],
        },
      ],
    }),
  ]
  write(
    'network-policy-meant-lookalike',
    [
      ...shared,
      ...meant,
      containerLog(firstPod(web), 'web', '2026-11-20T09:50:00Z INFO connected to orders-db:5432\n'),
    ],
    { verdict: 'healthy', mustNotCode: ['network-policy-blocking'] },
  )
}

const inferred = (): void => {
  const cache = app('rate-cache', 11211)
  const caller = deployment({
    namespace: ns,
    name: 'rate',
    containers: [container('rate', { env: [{ name: 'CACHE_ADDR', value: 'rate-cache:11211' }] })],
  })
  const quarantine = policy('deny-all-rate-cache', {
    podSelector: { matchLabels: { app: 'rate-cache' } },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [],
    egress: [],
  })
  const alert = {
    apiVersion: 'clusterdoctor.dev/v1alpha1',
    kind: 'Alert',
    source: 'alertmanager',
    labels: { alertname: 'HighErrorRate', namespace: ns, deployment: 'rate' },
    annotations: { summary: 'rate answers 5xx' },
    startsAt: ago(30),
  }
  const shared = [...cache, ...svcFor('rate-cache', cache, 11211), ...caller]
  write('network-policy-by-settings-hidden', [...shared, quarantine, alert], {
    verdict: 'fault',
    question: 'rate answers with errors',
    codes: ['network-policy-blocking'],
    objects: policyObject('deny-all-rate-cache'),
    mustMention: [['rate-cache']],
  })
  write('network-policy-quarantine-lookalike', [...shared, quarantine], {
    verdict: 'healthy',
    mustNotCode: ['network-policy-blocking'],
  })

  const template = `.:53 {\n    errors\n    ready\n    template ANY ANY rate-cache.shop.svc.cluster.local {\n        match "^rate-cache\\.shop\\.svc\\.cluster\\.local\\.$"\n        rcode NXDOMAIN\n        fallthrough\n    }\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    forward . /etc/resolv.conf\n}\n`
  write(
    'cluster-dns-one-name-hidden',
    [
      ...shared,
      containerLog(firstPod(caller), 'rate', lines('dial tcp: lookup rate-cache on 10.96.0.10:53: no such host')),
    ],
    {
      verdict: 'fault',
      codes: ['cluster-dns-misconfigured'],
      objects: [{ kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' }],
      mustMention: [['rate-cache']],
    },
    cluster({ dns: coreDns({ corefile: template }) }),
  )

  const outside = deployment({
    namespace: ns,
    name: 'rate',
    containers: [container('rate', { env: [{ name: 'CACHE_ADDR', value: 'rate-cache:11211' }] })],
    podSpec: { dnsPolicy: 'None', dnsConfig: { nameservers: ['8.8.8.8'], searches: [] } },
  })
  write('pod-dns-by-settings-hidden', [...cache, ...svcFor('rate-cache', cache, 11211), ...outside], {
    verdict: 'fault',
    question: 'rate is failing',
    codes: ['pod-dns-misconfigured'],
    objects: [{ kind: 'Deployment', namespace: ns, name: 'rate' }],
  })
}

const dnsService = (): void => {
  const web = app('web', 3000)
  const db = app('orders-db', 5432)
  const shared = [
    ...web,
    ...db,
    ...svcFor('orders-db', db, 5432),
    containerLog(firstPod(web), 'web', lines('Error: getaddrinfo EAI_AGAIN orders-db')),
  ]
  const misled = coreDns().map((doc) => {
    if (doc['kind'] === 'Service')
      return { ...doc, spec: { ...(doc['spec'] as object), selector: { 'k8s-app': 'core-dns-v2' } } }
    return doc['kind'] === 'EndpointSlice' ? { ...doc, endpoints: [] } : doc
  })
  write(
    'cluster-dns-service-selector-hidden',
    shared,
    {
      verdict: 'fault',
      question: 'names do not resolve',
      codes: ['service-selector-mismatch'],
      objects: [{ kind: 'Service', namespace: 'kube-system', name: 'kube-dns' }],
      mustMention: [['core-dns-v2']],
    },
    cluster({ dns: misled }),
  )
}

const broken = (reason: string, exit: object): readonly Doc[] => [
  containerStatus('coredns', {
    ready: false,
    started: false,
    restartCount: 9,
    state: { waiting: { reason } },
    lastState: { terminated: exit },
  }),
]

const dns = (): void => {
  const down = deployment({
    namespace: 'kube-system',
    name: 'coredns',
    labels: { 'k8s-app': 'kube-dns' },
    replicas: 2,
    ready: false,
    containers: [coreDnsContainer],
    podSpec: { dnsPolicy: 'Default' },
    minutesOld: 40,
    pod: { containerStatuses: broken('CrashLoopBackOff', { exitCode: 137, reason: 'OOMKilled', finishedAt: ago(2) }) },
  })
  const web = app('web', 3000)
  const failing = containerLog(firstPod(web), 'web', lines('Error: getaddrinfo EAI_AGAIN orders-db'))
  const db = app('orders-db', 5432)
  const shared = [...web, ...db, ...svcFor('orders-db', db, 5432)]
  write(
    'cluster-dns-down-plain',
    [...shared, failing],
    {
      verdict: 'fault',
      codes: ['cluster-dns-down', 'scaled-to-zero'],
      objects: [{ kind: 'Deployment', namespace: 'kube-system', name: 'coredns' }],
      mustMention: [['DNS']],
    },
    cluster({
      dns: coreDns({
        workload: deployment({
          namespace: 'kube-system',
          name: 'coredns',
          labels: { 'k8s-app': 'kube-dns' },
          replicas: 0,
          containers: [coreDnsContainer],
        }),
      }),
    }),
  )
  write(
    'cluster-dns-down-oom-hidden',
    [...shared, failing],
    {
      verdict: 'fault',
      question: 'web cannot resolve orders-db',
      codes: ['cluster-dns-down', 'oom-killed'],
      objects: [{ kind: 'Deployment', namespace: 'kube-system', name: 'coredns' }],
    },
    cluster({ dns: coreDns({ workload: down }) }),
  )
  const half = coreDns()
  write(
    'cluster-dns-unknown-name-lookalike',
    [...shared, containerLog(firstPod(web), 'web', '2026-11-20T09:50:00Z INFO GET / 200\n')],
    { verdict: 'healthy', mustNotCode: ['cluster-dns-down', 'cluster-dns-misconfigured', 'pod-dns-misconfigured'] },
    cluster({ dns: half }),
  )

  const typo = 'kubernetes cluster.local in-addr.arpa ip6.arpa {'
  const bad = `.:53 {\n    errors\n    health\n    ${typo}\n    }\n    forwrd . /etc/resolv.conf\n    cache 30\n}\n`
  const config = [{ kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' }]
  const crashing = deployment({
    namespace: 'kube-system',
    name: 'coredns',
    labels: { 'k8s-app': 'kube-dns' },
    replicas: 2,
    ready: false,
    containers: [coreDnsContainer],
    minutesOld: 40,
    pod: { containerStatuses: broken('CrashLoopBackOff', { exitCode: 1, reason: 'Error', finishedAt: ago(2) }) },
  })
  write(
    'cluster-dns-corefile-typo-plain',
    [
      ...shared,
      failing,
      containerLog(
        firstPod(crashing),
        'coredns',
        "/etc/coredns/Corefile:6 - Error during parsing: Unknown directive 'forwrd'\n",
        { previous: true },
      ),
    ],
    { verdict: 'fault', codes: ['cluster-dns-misconfigured'], objects: config, mustMention: [['forwrd']] },
    cluster({ dns: coreDns({ workload: crashing, corefile: bad }) }),
  )
  const template = `.:53 {\n    errors\n    ready\n    template ANY ANY svc.cluster.local {\n        rcode NXDOMAIN\n    }\n    ${typo}\n    }\n    forward . /etc/resolv.conf\n}\n`
  write(
    'cluster-dns-template-hidden',
    [...shared, containerLog(firstPod(web), 'web', lines('dial tcp: lookup orders-db on 10.96.0.10:53: no such host'))],
    {
      verdict: 'fault',
      question: 'web cannot find orders-db',
      codes: ['cluster-dns-misconfigured'],
      objects: config,
      mustMention: [['template']],
    },
    cluster({ dns: coreDns({ corefile: template }) }),
  )
  const ipv4 = `.:53 {\n    errors\n    ready\n    template IN AAAA . {\n        rcode NXDOMAIN\n    }\n    ${typo}\n    }\n    forward . 10.0.0.2\n}\ncorp.example:53 {\n    forward . 10.1.0.53\n}\n`
  write(
    'cluster-dns-custom-zones-lookalike',
    [...shared, containerLog(firstPod(web), 'web', lines('Could not resolve host: no-such-host.example.com', 1))],
    { verdict: 'healthy', mustNotCode: ['cluster-dns-misconfigured', 'cluster-dns-down', 'pod-dns-misconfigured'] },
    cluster({ dns: coreDns({ corefile: ipv4 }) }),
  )
}

const podDns = (): void => {
  const db = app('orders-db', 5432)
  const target = [...db, ...svcFor('orders-db', db, 5432)]
  const web = (spec: Readonly<Record<string, unknown>>) =>
    deployment({ namespace: ns, name: 'web', containers: [container('web', { ports: port(3000) })], podSpec: spec })
  const workload = [{ kind: 'Deployment', namespace: ns, name: 'web' }]
  const none = web({ dnsPolicy: 'None', dnsConfig: { nameservers: ['8.8.8.8'], searches: ['shop.svc.cluster.local'] } })
  write(
    'pod-dns-wrong-nameserver-plain',
    [...target, ...none, containerLog(firstPod(none), 'web', lines('getaddrinfo ENOTFOUND orders-db'))],
    { verdict: 'fault', codes: ['pod-dns-misconfigured'], objects: workload, mustMention: [['8.8.8.8']] },
  )
  const host = web({ dnsPolicy: 'ClusterFirst', hostNetwork: true })
  write(
    'pod-dns-host-network-hidden',
    [
      ...target,
      ...host,
      containerLog(
        firstPod(host),
        'web',
        lines('dial tcp: lookup orders-db.shop.svc.cluster.local on 172.31.0.2:53: no such host'),
      ),
    ],
    {
      verdict: 'fault',
      question: 'web cannot reach orders-db',
      codes: ['pod-dns-misconfigured'],
      objects: workload,
      mustMention: [['ClusterFirstWithHostNet']],
    },
  )
  const tuned = web({ dnsPolicy: 'ClusterFirst', dnsConfig: { options: [{ name: 'ndots', value: '2' }] } })
  write('pod-dns-tuned-lookalike', [...target, ...tuned], {
    verdict: 'healthy',
    mustNotCode: ['pod-dns-misconfigured'],
  })
}

const agents = (): void => {
  const failedProxy = daemonSet({
    namespace: 'kube-system',
    name: 'kube-proxy',
    labels: { 'k8s-app': 'kube-proxy' },
    containers: [container('kube-proxy', { image: 'registry.k8s.io/kube-proxy:v1.31.4' })],
    notReadyOn: ['worker-1', 'worker-2'],
    pod: {
      minutesOld: 60,
      containerStatuses: [
        containerStatus('kube-proxy', {
          ready: false,
          restartCount: 12,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: ago(2) } },
        }),
      ],
    },
  })
  const proxyObject = [{ kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' }]
  const log = (docs: readonly Doc[]) =>
    containerLog(
      firstPod(docs),
      'kube-proxy',
      'I1120 09:57:00.000000       1 server.go:677] "Version info" version="v1.31.4"\nE1120 09:57:00.100000       1 run.go:72] "command failed" err="failed complete: unrecognized feature gate: NoSuchGate"\n',
      { previous: true },
    )
  write(
    'kube-proxy-down-plain',
    [log(failedProxy)],
    {
      verdict: 'fault',
      codes: ['kube-proxy-down', 'app-config-invalid'],
      objects: proxyObject,
      mustMention: [['kube-proxy'], ['NoSuchGate']],
    },
    cluster({ proxy: failedProxy }),
  )
  const oneNode = daemonSet({
    namespace: 'kube-system',
    name: 'kube-proxy',
    labels: { 'k8s-app': 'kube-proxy' },
    containers: [container('kube-proxy')],
    notReadyOn: ['worker-2'],
    pod: {
      minutesOld: 60,
      conditions: [condition('Ready', 'False', { reason: 'ContainersNotReady', lastTransitionTime: ago(50) })],
    },
  })
  const down = node({
    name: 'worker-2',
    conditions: [
      condition('Ready', 'Unknown', {
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: ago(50),
        lastHeartbeatTime: ago(55),
      }),
    ],
  })
  const withDownNode = cluster({ proxy: oneNode }).map((doc) =>
    (doc['metadata'] as Doc)['name'] === 'worker-2' && doc['kind'] === 'Node' ? down : doc,
  )
  write(
    'kube-proxy-node-down-lookalike',
    [],
    {
      verdict: 'fault',
      codes: ['node-not-ready'],
      objects: [{ kind: 'Node', name: 'worker-2' }],
      mustNotCode: ['kube-proxy-down'],
    },
    withDownNode,
  )
  const imageless = daemonSet({
    namespace: 'kube-system',
    name: 'kube-proxy',
    labels: { 'k8s-app': 'kube-proxy' },
    containers: [container('kube-proxy', { image: 'registry.k8s.io/kube-proxy:v1.31.44' })],
    notReadyOn: ['worker-2'],
    pod: {
      minutesOld: 60,
      phase: 'Pending',
      containerStatuses: [
        containerStatus('kube-proxy', {
          ready: false,
          started: false,
          state: {
            waiting: {
              reason: 'ImagePullBackOff',
              message:
                'Back-off pulling image "registry.k8s.io/kube-proxy:v1.31.44": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image: not found',
            },
          },
        }),
      ],
    },
  })
  const web = app('web', 3000, { pod: { nodeName: 'worker-2' } })
  write(
    'kube-proxy-one-node-hidden',
    [...web, containerLog(firstPod(web), 'web', lines('dial tcp 10.96.0.10:53: i/o timeout'))],
    {
      verdict: 'fault',
      question: 'web on worker-2 times out',
      codes: ['kube-proxy-down', 'image-not-found'],
      objects: proxyObject,
      mustMention: [['worker-2']],
    },
    cluster({ proxy: imageless }),
  )

  const calico = (notReadyOn: readonly string[]) =>
    daemonSet({
      namespace: 'kube-system',
      name: 'calico-node',
      labels: { 'k8s-app': 'calico-node' },
      containers: [container('calico-node', { image: 'docker.io/calico/node:v3.28.2' })],
      notReadyOn,
      pod: {
        minutesOld: 60,
        conditions: [
          condition('PodScheduled', 'True'),
          condition('Ready', 'False', {
            reason: 'ContainersNotReady',
            message: 'containers with unready status: [calico-node]',
            lastTransitionTime: ago(30),
          }),
        ],
      },
    })
  const stuck = pod({
    namespace: ns,
    name: 'web-0',
    labels: { app: 'web' },
    nodeName: 'worker-1',
    phase: 'Pending',
    ready: false,
    minutesOld: 15,
    containerStatuses: [
      containerStatus('app', { ready: false, started: false, state: { waiting: { reason: 'ContainerCreating' } } }),
    ],
  })
  const sandbox = (about: Doc, message: string) =>
    event({
      about,
      reason: 'FailedCreatePodSandBox',
      message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "5d1f": ${message}`,
      count: 22,
      first: 15,
      last: 1,
    })
  const cniObject = [{ kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' }]
  write(
    'cni-agent-down-plain',
    [
      ...calico(['worker-1']),
      stuck,
      sandbox(
        stuck,
        'plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/',
      ),
    ],
    { verdict: 'fault', codes: ['cni-failing'], objects: cniObject, mustMention: [['calico-node']] },
  )
  const uninitialised = node({
    name: 'worker-1',
    conditions: [
      condition('Ready', 'False', {
        reason: 'KubeletNotReady',
        message:
          'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
        lastTransitionTime: ago(30),
        lastHeartbeatTime: ago(1),
      }),
    ],
  })
  const withNode = cluster().map((doc) =>
    (doc['metadata'] as Doc)['name'] === 'worker-1' && doc['kind'] === 'Node' ? uninitialised : doc,
  )
  write(
    'cni-not-initialised-hidden',
    [...calico(['worker-1'])],
    {
      verdict: 'fault',
      question: 'worker-1 is not ready',
      codes: ['cni-failing'],
      objects: cniObject,
      accept: [{ kind: 'Node', name: 'worker-1' }],
    },
    withNode,
  )
  write(
    'cni-recovered-lookalike',
    [
      ...calico([]),
      ...app('web', 3000),
      event({
        about: firstPod(app('web', 3000)),
        reason: 'FailedCreatePodSandBox',
        message:
          'Failed to create pod sandbox: plugin type="calico" failed (add): error getting ClusterInformation: connection refused',
        count: 2,
        first: 2880,
        last: 2875,
      }),
    ],
    { verdict: 'healthy', mustNotCode: ['cni-failing'] },
  )
}

policies()
inferred()
dnsService()
dns()
podDns()
agents()
