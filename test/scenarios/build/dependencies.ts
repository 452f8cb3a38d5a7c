import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { crashing, deploymentNamed, podsIn, running } from './failing.ts'
import {
  ago,
  container,
  containerLog,
  containerStatus,
  type Doc,
  deployment,
  type Extra,
  endpointSlice,
  event,
  namespace,
  obj,
  service,
} from './objects.ts'

const group = 'dependencies'
const around = [
  ...cluster(),
  namespace('shop'),
  obj('v1', 'ServiceAccount', 'shop', 'default'),
  ...healthyApp('shop', 'storefront'),
]
const repeat = (line: string, times = 12): string =>
  Array.from(
    { length: times },
    (_, index) => `2026-11-20T09:${String(59 - times + index).padStart(2, '0')}:07Z ${line}`,
  ).join('\n')
const own = (name: string, more: Extra = {}) => ({
  verdict: 'fault' as const,
  codes: ['dependency-unreachable'],
  objects: [deploymentNamed('shop', name)],
  ...more,
})
const serviceNamed = (name: string) => ({ kind: 'Service', namespace: 'shop', name })

// Missing Services
writeCase(
  group,
  'missing-service-near-miss',
  [
    ...around,
    ...healthyApp('shop', 'orders-db', 5432),
    ...crashing({
      namespace: 'shop',
      name: 'orders',
      container: container('app', { env: [{ name: 'DB_HOST', value: 'order-db' }] }),
      log: "2026-11-20T09:57:57Z INFO orders 3.2 starting\nError: getaddrinfo ENOTFOUND order-db\n    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26) {\n  errno: -3008,\n  code: 'ENOTFOUND',\n  syscall: 'getaddrinfo',\n  hostname: 'order-db'\n}\n\nNode.js v20.11.0\n",
    }),
  ],
  {
    verdict: 'fault',
    codes: ['missing-service'],
    objects: [serviceNamed('order-db')],
    mustMention: [['orders-db']],
    mustNotCode: ['app-crash', 'app-config-invalid', 'cluster-dns-down'],
  },
)
writeCase(
  group,
  'missing-service-other-namespace',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'cart',
      ready: false,
      since: 45,
      restarts: 0,
      log: repeat(
        'ERROR cannot load prices: Get "http://invoice-api:80/prices": dial tcp: lookup invoice-api on 10.96.0.10:53: no such host',
      ),
    }),
  ],
  { verdict: 'fault', codes: ['missing-service'], objects: [serviceNamed('invoice-api')], mustMention: [['billing']] },
)
writeCase(
  group,
  'outside-name-with-dots-lookalike',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'rates',
      log: 'curl: (6) Could not resolve host: api.fixer.example\n',
      exit: { exitCode: 6 },
    }),
  ],
  own('rates', { mustMention: [['api.fixer.example']], mustNotCode: ['missing-service', 'cluster-dns-down'] }),
)

// Dependencies that are in the cluster
const brokenDb = crashing({
  namespace: 'shop',
  name: 'postgres',
  container: container('postgres', {
    image: 'postgres:16',
    ports: [{ containerPort: 5432 }],
    resources: { limits: { memory: '128Mi' } },
  }),
  exit: { exitCode: 137, reason: 'OOMKilled' },
})
const dbService = service({
  namespace: 'shop',
  name: 'postgres',
  selector: { app: 'postgres' },
  ports: [{ name: 'pg', port: 5432, targetPort: 5432, protocol: 'TCP' }],
})
writeCase(
  group,
  'chain-to-oom-hidden',
  [
    ...around,
    ...brokenDb,
    dbService,
    endpointSlice(dbService, podsIn(brokenDb)),
    ...crashing({
      namespace: 'shop',
      name: 'orders',
      log: 'psycopg2.OperationalError: connection to server at "postgres" (10.96.4.7), port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['oom-killed'],
    objects: [deploymentNamed('shop', 'postgres')],
    mustMention: [['128Mi']],
    mustNotCode: ['app-crash', 'missing-service'],
  },
)
writeCase(
  group,
  'dependency-outside-plain',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'payments',
      replicas: 2,
      log: repeat(
        'ERROR charge failed: Post "https://psp.example.com:8443/v2/charges": dial tcp 203.0.113.9:8443: i/o timeout',
      ),
    }),
  ],
  own('payments', {
    mustMention: [['psp.example.com'], ['times out', 'timeout']],
    mustNotCode: ['app-errors', 'missing-service'],
  }),
)
writeCase(
  group,
  'dependency-recovered-lookalike',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'payments',
      log: `${repeat('ERROR charge failed: dial tcp 203.0.113.9:8443: connect: connection refused', 4)}\n${Array.from({ length: 60 }, (_, index) => `2026-11-20T09:59:${String(index).padStart(2, '0')}Z INFO charge ${index} ok`).join('\n')}\n`,
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['dependency-unreachable', 'app-errors'] },
)
writeCase(
  group,
  'init-waits-for-name',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'reports',
      state: { waiting: { reason: 'PodInitializing' } },
      lastState: {},
      restarts: 0,
      phase: 'Pending',
      initContainers: [
        container('wait-for-queue', {
          image: 'busybox:1.36',
          command: ['sh', '-c', 'until nslookup queue; do echo waiting for queue; sleep 2; done'],
        }),
      ],
      initContainerStatuses: [
        containerStatus('wait-for-queue', { ready: false, started: true, state: { running: { startedAt: ago(24) } } }),
      ],
      events: (one) => [
        {
          apiVersion: 'clusterdoctor.dev/v1alpha1',
          kind: 'ContainerLog',
          metadata: { namespace: 'shop', name: (one['metadata'] as Doc)['name'] },
          container: 'wait-for-queue',
          previous: false,
          text: "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find queue.shop.svc.cluster.local: NXDOMAIN\n\nwaiting for queue\n".repeat(
            10,
          ),
        },
      ],
    }),
  ],
  {
    verdict: 'fault',
    codes: ['missing-service', 'dependency-unreachable'],
    objects: [serviceNamed('queue')],
    mustMention: [['queue']],
  },
)

writeCase(
  group,
  'liveness-hides-missing-service',
  [
    ...around,
    ...healthyApp('shop', 'redis-primary', 6379),
    ...crashing({
      namespace: 'shop',
      name: 'basket',
      container: container('app', {
        ports: [{ containerPort: 8080 }],
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
      }),
      exit: { exitCode: 137 },
      state: { running: { startedAt: ago(1) } },
      events: (one) => [
        event({
          about: one,
          reason: 'Unhealthy',
          message: 'Liveness probe failed: HTTP probe failed with statuscode: 503',
          count: 30,
          first: 20,
          last: 1,
          fieldPath: 'spec.containers{app}',
        }),
        event({
          about: one,
          reason: 'Killing',
          type: 'Normal',
          message: 'Container app failed liveness probe, will be restarted',
          count: 7,
          first: 20,
          last: 2,
          fieldPath: 'spec.containers{app}',
        }),
        containerLog(
          one,
          'app',
          repeat('ERROR health: redis: dial tcp: lookup redis-master on 10.96.0.10:53: no such host'),
          { previous: true },
        ),
      ],
    }),
  ],
  {
    verdict: 'fault',
    codes: ['missing-service'],
    objects: [serviceNamed('redis-master')],
    mustMention: [['redis-master']],
    mustNotCode: ['liveness-probe-failing', 'app-crash'],
  },
)

// Errors while it runs
const traces = Array.from(
  { length: 9 },
  (_, index) =>
    `2026-11-20 09:${50 + index}:11,201 ERROR [request-7${index}] unhandled error in /basket\nTraceback (most recent call last):\n  File "/app/views.py", line 77, in basket\n    total = sum(item["price"] for item in items)\nTypeError: unsupported operand type(s) for +: 'int' and 'NoneType'\n2026-11-20 09:${50 + index}:31,004 INFO GET /basket 500`,
).join('\n')
writeCase(
  group,
  'app-errors-plain',
  [...around, ...running({ namespace: 'shop', name: 'basket', replicas: 2, log: traces })],
  {
    verdict: 'fault',
    codes: ['app-errors'],
    objects: [deploymentNamed('shop', 'basket')],
    mustMention: [['NoneType']],
    mustNotCode: ['app-crash'],
  },
)
const chatty = Array.from({ length: 120 }, (_, index) =>
  index === 60
    ? '2026-11-20T09:30:00Z ERROR request 61 failed: context canceled'
    : `2026-11-20T09:30:00Z INFO request ${index} 200 (0 errors, failover ok)`,
).join('\n')
writeCase(
  group,
  'app-errors-one-line-lookalike',
  [...around, ...running({ namespace: 'shop', name: 'basket', log: chatty })],
  { verdict: 'healthy', mustNotCode: ['app-errors', 'dependency-unreachable'] },
)

// Rights
const forbidden = (namespaceText: string): string =>
  `E1120 09:57:13.120401       1 reflector.go:561] "Unhandled Error" err="k8s.io/client-go/informers/factory.go:160: Failed to watch *v1.ConfigMap: failed to list *v1.ConfigMap: configmaps is forbidden: User \\"system:serviceaccount:shop:watcher\\" cannot list resource \\"configmaps\\" in API group \\"\\" ${namespaceText}"`
const watcher = (log: string): readonly Doc[] => [
  obj('v1', 'ServiceAccount', 'shop', 'watcher'),
  ...running({ namespace: 'shop', name: 'watcher', podSpec: { serviceAccountName: 'watcher' }, log }),
]
const role = (verbs: readonly string[]): Doc =>
  obj('rbac.authorization.k8s.io/v1', 'Role', 'shop', 'watcher', {
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs }],
  })
const binding = obj('rbac.authorization.k8s.io/v1', 'RoleBinding', 'shop', 'watcher', {
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'watcher' },
  subjects: [{ kind: 'ServiceAccount', name: 'watcher', namespace: 'shop' }],
})
const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'watcher' }
writeCase(
  group,
  'rbac-forbidden-plain',
  [
    ...around,
    ...watcher(
      repeat(forbidden('in the namespace "shop"').replace(/^E\S+ \S+ +1 \S+ /, ''), 8).replace(
        /^2026\S+ /gm,
        'E1120 09:57:13.120401       1 reflector.go:561] ',
      ),
    ),
    role(['get', 'watch']),
    binding,
  ],
  {
    verdict: 'fault',
    codes: ['rbac-forbidden'],
    objects: [account],
    mustMention: [['list'], ['configmaps'], ['get, watch']],
    mustNotCode: ['app-errors', 'app-config-invalid'],
  },
)
writeCase(
  group,
  'rbac-forbidden-crash-hidden',
  [
    ...around,
    obj('v1', 'ServiceAccount', 'shop', 'watcher'),
    ...crashing({
      namespace: 'shop',
      name: 'operator',
      podSpec: { serviceAccountName: 'watcher' },
      log: `I1120 09:57:12.000001       1 main.go:40] starting\n${forbidden('at the cluster scope')}\nF1120 09:57:43.000001       1 main.go:71] timed out waiting for caches to sync\n`,
    }),
  ],
  {
    verdict: 'fault',
    codes: ['rbac-forbidden'],
    objects: [account],
    mustMention: [['cluster scope', 'whole cluster']],
    mustNotCode: ['app-crash', 'dependency-unreachable'],
  },
)
writeCase(
  group,
  'rbac-granted-since-lookalike',
  [...around, ...watcher(repeat(forbidden('in the namespace "shop"'), 3)), role(['get', 'list', 'watch']), binding],
  { verdict: 'healthy', mustNotCode: ['rbac-forbidden'] },
)

// Certificates
const tls = (name: string, days: number): Doc =>
  obj(
    'v1',
    'Secret',
    'shop',
    name,
    { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' }, certificate: undefined },
    { annotations: { note: `ends in ${days} days` } },
  )
const certificate = (name: string, minutesLeft: number, ready: Doc, renewal: number): Doc =>
  obj('cert-manager.io/v1', 'Certificate', 'shop', name, {
    spec: {
      secretName: `${name}-tls`,
      dnsNames: [`${name}.example.com`],
      issuerRef: { name: 'letsencrypt', kind: 'ClusterIssuer' },
    },
    status: { notAfter: ago(-minutesLeft), renewalTime: ago(-renewal), conditions: [ready] },
  })
const good = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: 'Certificate is up to date and has not expired',
  lastTransitionTime: ago(9000),
}
writeCase(
  'certificates',
  'certificate-expired-manager',
  [
    ...around,
    tls('shop-web-tls', -2),
    certificate(
      'shop-web',
      -2 * 1440,
      {
        type: 'Ready',
        status: 'False',
        reason: 'Expired',
        message: 'Certificate expired',
        lastTransitionTime: ago(2 * 1440),
      },
      -32 * 1440,
    ),
  ],
  {
    verdict: 'fault',
    codes: ['certificate-expired'],
    objects: [{ kind: 'Certificate', namespace: 'shop', name: 'shop-web' }],
    mustMention: [['expired']],
  },
)
writeCase(
  'certificates',
  'certificate-expiring-plain',
  [...around, certificate('shop-web', 5 * 1440, good, -25 * 1440)],
  {
    verdict: 'fault',
    codes: ['certificate-expiring'],
    objects: [{ kind: 'Certificate', namespace: 'shop', name: 'shop-web' }],
    mustMention: [['5 days']],
    mustNotCode: ['certificate-expired'],
  },
)
writeCase(
  'certificates',
  'certificate-renews-lookalike',
  [...around, certificate('shop-web', 40 * 1440, good, 10 * 1440)],
  {
    verdict: 'healthy',
    mustNotCode: ['certificate-expiring', 'certificate-expired'],
  },
)

const peerPods = deployment({
  namespace: 'shop',
  name: 'ledger',
  containers: [
    container('app', { ports: [{ containerPort: 8443 }], volumeMounts: [{ name: 'tls', mountPath: '/tls' }] }),
  ],
  podSpec: { volumes: [{ name: 'tls', secret: { secretName: 'ledger-tls' } }] },
})
const peer = service({
  namespace: 'shop',
  name: 'ledger',
  selector: { app: 'ledger' },
  ports: [{ name: 'https', port: 443, targetPort: 8443, protocol: 'TCP' }],
})
writeCase(
  group,
  'certificate-expired-peer',
  [
    ...around,
    ...peerPods,
    peer,
    endpointSlice(peer, podsIn(peerPods)),
    tls('ledger-tls', -1),
    certificate(
      'ledger',
      -1440,
      {
        type: 'Ready',
        status: 'False',
        reason: 'Expired',
        message: 'Certificate expired on Thu, 19 Nov 2026',
        lastTransitionTime: ago(1440),
      },
      -31 * 1440,
    ),
    ...running({
      namespace: 'shop',
      name: 'invoicer',
      log: repeat(
        'ERROR post failed: Post "https://ledger.shop.svc/entries": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-20T09:57:00Z is after 2026-11-19T10:00:00Z',
      ),
    }),
  ],
  {
    verdict: 'fault',
    codes: ['certificate-expired'],
    objects: [{ kind: 'Certificate', namespace: 'shop', name: 'ledger' }],
    accept: [deploymentNamed('shop', 'ledger'), deploymentNamed('shop', 'invoicer')],
    mustMention: [['expired']],
    mustNotCode: ['dependency-unreachable', 'app-errors'],
  },
)
writeCase(
  group,
  'certificate-own-in-configmap',
  [
    ...around,
    obj('v1', 'ConfigMap', 'shop', 'pay-certs', { data: { 'server.pem': '(redacted)' } }),
    ...crashing({
      namespace: 'shop',
      name: 'pay',
      container: container('app', { volumeMounts: [{ name: 'certs', mountPath: '/certs' }] }),
      podSpec: { volumes: [{ name: 'certs', configMap: { name: 'pay-certs' } }] },
      log: '2026-11-20 09:57:58 ERROR server certificate has expired (notAfter=2026-11-18)\n',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['certificate-expired'],
    objects: [{ kind: 'ConfigMap', namespace: 'shop', name: 'pay-certs' }],
    accept: [deploymentNamed('shop', 'pay')],
    mustNotCode: ['app-crash', 'app-config-invalid'],
  },
)
writeCase(
  group,
  'certificate-warning-lookalike',
  [
    ...around,
    ...running({ namespace: 'shop', name: 'edge', log: repeat('WARN certificate will expire in 40 days', 3) }),
  ],
  { verdict: 'healthy', mustNotCode: ['certificate-expired', 'app-errors'] },
)
writeCase(
  'containers',
  'certificate-unknown-authority-lookalike',
  [
    ...around,
    ...crashing({
      namespace: 'shop',
      name: 'sync',
      log: '2026-11-20T09:57:58Z FATAL sync: Get "https://vault.example.com/v1": tls: failed to verify certificate: x509: certificate signed by unknown authority\n',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['app-config-invalid'],
    objects: [deploymentNamed('shop', 'sync')],
    mustMention: [['unknown authority', 'trust']],
    mustNotCode: ['certificate-expired', 'dependency-unreachable'],
  },
)
