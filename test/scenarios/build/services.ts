import { writeCase } from './case.ts'
import { neighbours } from './cluster.ts'
import {
  ago,
  container,
  containerLog,
  type Doc,
  days,
  deployment,
  endpointSlice,
  namespace,
  obj,
  service,
} from './objects.ts'

const ns = 'shop'
const http = (port: number, name = 'http') => [{ containerPort: port, name, protocol: 'TCP' }]
const podsOf = (docs: readonly Doc[]) => docs.filter((doc) => doc['kind'] === 'Pod')
const firstPod = (docs: readonly Doc[]): Doc => podsOf(docs)[0] ?? {}

const catalog = (labels: Readonly<Record<string, string>>, extra: object = {}): readonly Doc[] =>
  deployment({
    namespace: ns,
    name: 'catalog',
    labels,
    replicas: 2,
    containers: [container('catalog', { ports: http(8080), ...extra })],
  })
const web = (): readonly Doc[] =>
  deployment({
    namespace: ns,
    name: 'web',
    containers: [container('web', { ports: http(3000), env: [{ name: 'CATALOG_URL', value: 'http://catalog:80' }] })],
  })
const refusedBy = (client: readonly Doc[], line: string): Doc =>
  containerLog(
    firstPod(client),
    'web',
    `2026-11-20T09:58:01Z listening on :3000\n${[1, 2, 3, 4].map((n) => `2026-11-20T09:59:1${n}Z ERROR ${line}`).join('\n')}\n`,
  )
const withSlice = (svc: Doc, pods: readonly Doc[]): readonly Doc[] => [svc, endpointSlice(svc, pods)]
const svcRef = (name: string) => [{ kind: 'Service', namespace: ns, name }]
const base = (): readonly Doc[] => [...neighbours(), namespace(ns)]

const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]) =>
  writeCase('services', id, [...base(), ...docs], expected)

const selectors = (): void => {
  const typo = service({ namespace: ns, name: 'catalog', selector: { app: 'catalogue' } })
  write('service-selector-typo-plain', [...catalog({ app: 'catalog' }), typo, endpointSlice(typo, [])], {
    verdict: 'fault',
    codes: ['service-selector-mismatch'],
    objects: svcRef('catalog'),
    mustMention: [['catalogue'], ['app=catalog']],
  })
  const key = service({ namespace: ns, name: 'catalog', selector: { app: 'catalog', tier: 'backend' } })
  const client = web()
  write(
    'service-selector-renamed-label-hidden',
    [
      ...catalog({ 'app.kubernetes.io/name': 'catalog', 'app.kubernetes.io/component': 'backend' }),
      key,
      endpointSlice(key, []),
      ...client,
      refusedBy(client, 'fetch failed: connect ECONNREFUSED catalog:80 (GET http://catalog:80/items)'),
      obj('networking.k8s.io/v1', 'Ingress', ns, 'shop', {
        spec: {
          ingressClassName: 'nginx',
          rules: [
            {
              host: 'shop.example.com',
              http: {
                paths: [
                  { path: '/api', pathType: 'Prefix', backend: { service: { name: 'catalog', port: { number: 80 } } } },
                ],
              },
            },
          ],
        },
        status: { loadBalancer: { ingress: [{ ip: '203.0.113.10' }] } },
      }),
    ],
    {
      verdict: 'fault',
      question: 'shop.example.com/api answers 503',
      codes: ['service-selector-mismatch'],
      objects: svcRef('catalog'),
    },
  )
  const zero = service({ namespace: ns, name: 'catalog', selector: { app: 'catalog' } })
  const blue = service({ namespace: ns, name: 'checkout-canary', selector: { app: 'checkout', track: 'canary' } })
  const live = service({ namespace: ns, name: 'checkout', selector: { app: 'checkout' } })
  const checkout = deployment({
    namespace: ns,
    name: 'checkout',
    labels: { app: 'checkout', track: 'stable' },
    containers: [container('checkout', { ports: http(8080) })],
  })
  write(
    'service-selector-idle-lookalike',
    [
      ...deployment({
        namespace: ns,
        name: 'catalog',
        replicas: 0,
        containers: [container('catalog', { ports: http(8080) })],
      }),
      ...withSlice(zero, []),
      ...checkout,
      ...withSlice(blue, []),
      ...withSlice(live, podsOf(checkout)),
      service({
        namespace: ns,
        name: 'legacy-db',
        spec: { clusterIP: '10.96.7.7' },
        ports: [{ port: 5432, targetPort: 5432, protocol: 'TCP' }],
      }),
      service({
        namespace: ns,
        name: 'mail',
        type: 'ExternalName',
        clusterIP: '',
        spec: { externalName: 'smtp.example.com' },
        ports: [],
      }),
    ],
    { verdict: 'healthy', mustNotCode: ['service-selector-mismatch'] },
  )
  const orders = deployment({ namespace: ns, name: 'orders', containers: [container('orders', { ports: http(8080) })] })
  const payments = deployment({
    namespace: ns,
    name: 'payments',
    containers: [container('payments', { ports: http(8080) })],
  })
  const wrong = service({ namespace: ns, name: 'orders', selector: { app: 'payments' } })
  const right = service({ namespace: ns, name: 'payments', selector: { app: 'payments' } })
  write(
    'service-selector-wrong-pods-hidden',
    [...orders, ...payments, ...withSlice(wrong, podsOf(payments)), ...withSlice(right, podsOf(payments))],
    {
      verdict: 'fault',
      question: 'orders answers with payments data',
      codes: ['service-selector-mismatch'],
      objects: svcRef('orders'),
      mustMention: [['payments']],
    },
  )
}

const ports = (): void => {
  const named = service({
    namespace: ns,
    name: 'catalog',
    selector: { app: 'catalog' },
    ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }],
  })
  write('service-port-name-plain', [...catalog({ app: 'catalog' }), named, endpointSlice(named, [], { ports: [] })], {
    verdict: 'fault',
    codes: ['service-port-mismatch'],
    objects: svcRef('catalog'),
    mustMention: [['"web"'], ['http']],
  })
  const number = service({
    namespace: ns,
    name: 'catalog',
    selector: { app: 'catalog' },
    ports: [{ name: 'http', port: 80, targetPort: 8000, protocol: 'TCP' }],
  })
  const app = catalog({ app: 'catalog' })
  const client = web()
  write(
    'service-port-number-hidden',
    [
      ...app,
      ...withSlice(number, podsOf(app)),
      containerLog(
        firstPod(app),
        'catalog',
        '2026-11-18T10:00:01Z INFO server listening on :8080\n2026-11-18T10:00:01Z INFO ready\n',
      ),
      ...client,
      refusedBy(client, 'Get "http://catalog:80/items": dial tcp 10.96.3.4:80: connect: connection refused'),
    ],
    {
      verdict: 'fault',
      question: 'web cannot reach catalog',
      codes: ['service-port-mismatch'],
      objects: svcRef('catalog'),
      mustMention: [['8000'], ['8080']],
    },
  )
  // containerPort is only information: the app serves 8080 although the manifest says 80.
  const quiet = deployment({
    namespace: ns,
    name: 'catalog',
    containers: [
      container('catalog', {
        ports: http(80),
        readinessProbe: { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' } },
      }),
    ],
  })
  const fits = service({
    namespace: ns,
    name: 'catalog',
    selector: { app: 'catalog' },
    ports: [
      { name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' },
      { name: 'metrics', port: 9090, targetPort: 9090, protocol: 'TCP' },
    ],
  })
  const undeclared = deployment({ namespace: ns, name: 'search' })
  const search = service({
    namespace: ns,
    name: 'search',
    selector: { app: 'search' },
    ports: [{ port: 9200, targetPort: 9200, protocol: 'TCP' }],
  })
  write(
    'service-port-undeclared-lookalike',
    [...quiet, ...withSlice(fits, podsOf(quiet)), ...undeclared, ...withSlice(search, podsOf(undeclared))],
    { verdict: 'healthy', mustNotCode: ['service-port-mismatch'] },
  )
}

const trafficPolicies = (): void => {
  const agent = deployment({
    namespace: ns,
    name: 'catalog',
    containers: [container('catalog', { ports: http(8080) })],
    pod: { nodeName: 'worker-1' },
  })
  const local = (extra: Readonly<Record<string, unknown>>, type = 'ClusterIP') =>
    service({ namespace: ns, name: 'catalog', selector: { app: 'catalog' }, type, spec: extra })
  const far = deployment({
    namespace: ns,
    name: 'web',
    containers: [container('web', { ports: http(3000) })],
    pod: { nodeName: 'worker-2' },
  })
  const inside = local({ internalTrafficPolicy: 'Local' })
  write(
    'service-traffic-policy-internal-plain',
    [
      ...agent,
      ...withSlice(inside, podsOf(agent)),
      ...far,
      refusedBy(far, 'connect to catalog.shop.svc.cluster.local:80 failed: dial tcp 10.96.1.1:80: i/o timeout'),
    ],
    {
      verdict: 'fault',
      codes: ['service-traffic-policy'],
      objects: svcRef('catalog'),
      mustMention: [['worker-2'], ['Local']],
    },
  )
  const outside = local({ externalTrafficPolicy: 'Local', allocateLoadBalancerNodePorts: true }, 'LoadBalancer')
  const excluded = neighbours().map((doc) =>
    (doc['metadata'] as Doc)['name'] === 'worker-1'
      ? {
          ...doc,
          metadata: {
            ...(doc['metadata'] as object),
            labels: {
              ...((doc['metadata'] as Doc)['labels'] as object),
              'node.kubernetes.io/exclude-from-external-load-balancers': '',
            },
          },
        }
      : doc,
  )
  writeCase(
    'services',
    'service-traffic-policy-excluded-nodes-hidden',
    [
      ...excluded,
      namespace(ns),
      ...agent,
      ...withSlice({ ...outside, status: { loadBalancer: { ingress: [{ ip: '203.0.113.20' }] } } }, podsOf(agent)),
    ],
    {
      verdict: 'fault',
      question: 'catalog is not reachable from outside',
      codes: ['service-traffic-policy'],
      objects: svcRef('catalog'),
    },
  )
  write(
    'service-traffic-policy-local-lookalike',
    [
      ...agent,
      ...withSlice({ ...outside, status: { loadBalancer: { ingress: [{ ip: '203.0.113.20' }] } } }, podsOf(agent)),
      ...far,
    ],
    { verdict: 'healthy', mustNotCode: ['service-traffic-policy'] },
  )
}

const loadBalancers = (): void => {
  const app = catalog({ app: 'catalog' })
  const lb = service({
    namespace: ns,
    name: 'catalog',
    selector: { app: 'catalog' },
    type: 'LoadBalancer',
    metadata: { creationTimestamp: ago(50) },
  })
  write('load-balancer-failed-plain', [...app, ...withSlice(lb, podsOf(app)), lbEvent(lb)], {
    verdict: 'fault',
    codes: ['load-balancer-pending'],
    objects: svcRef('catalog'),
    mustMention: [['subnet']],
  })
  const pool = service({
    namespace: ns,
    name: 'catalog',
    selector: { app: 'catalog' },
    type: 'LoadBalancer',
    metadata: { creationTimestamp: ago(50) },
    status: {
      loadBalancer: {},
      conditions: [
        {
          type: 'cilium.io/IPRequestSatisfied',
          status: 'False',
          reason: 'out_of_ips',
          message: 'Pool "public" has no more free addresses',
          lastTransitionTime: ago(49),
        },
      ],
    },
  })
  const other = {
    ...service({ namespace: ns, name: 'edge', selector: { app: 'catalog' }, type: 'LoadBalancer' }),
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
  }
  write(
    'load-balancer-pool-empty-hidden',
    [...app, ...withSlice(pool, podsOf(app)), ...withSlice(other, podsOf(app))],
    {
      verdict: 'fault',
      codes: ['load-balancer-pending'],
      objects: svcRef('catalog'),
      mustMention: [['no more free addresses']],
    },
  )
  const young = service({
    namespace: ns,
    name: 'catalog',
    selector: { app: 'catalog' },
    type: 'LoadBalancer',
    metadata: { creationTimestamp: ago(1) },
  })
  const served = {
    ...lb,
    metadata: { ...(lb['metadata'] as object), name: 'edge' },
    status: { loadBalancer: { ingress: [{ hostname: 'a1.elb.example.com' }] } },
  }
  write('load-balancer-young-lookalike', [...app, ...withSlice(young, podsOf(app)), served], {
    verdict: 'healthy',
    mustNotCode: ['load-balancer-pending'],
  })
}

const lbEvent = (about: Doc): Doc => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: {
    name: 'catalog.17f1',
    namespace: ns,
    uid: 'b3b4a1c2-0000-5000-a000-000000000001',
    creationTimestamp: ago(49),
  },
  involvedObject: {
    apiVersion: 'v1',
    kind: 'Service',
    namespace: ns,
    name: 'catalog',
    uid: (about['metadata'] as Doc)['uid'],
  },
  reason: 'SyncLoadBalancerFailed',
  message:
    'Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets for creating the ELB',
  type: 'Warning',
  count: 14,
  firstTimestamp: ago(49),
  lastTimestamp: ago(2),
  source: { component: 'service-controller' },
})

const missing = (): void => {
  const route = obj('networking.istio.io/v1', 'VirtualService', ns, 'catalog', {
    spec: {
      hosts: ['shop.example.com'],
      http: [{ route: [{ destination: { host: 'catalog-v2.shop.svc.cluster.local', port: { number: 80 } } }] }],
    },
  })
  const app = catalog({ app: 'catalog' })
  const svc = service({ namespace: ns, name: 'catalog', selector: { app: 'catalog' } })
  write('missing-service-route-plain', [...app, ...withSlice(svc, podsOf(app)), route], {
    verdict: 'fault',
    codes: ['missing-service'],
    objects: svcRef('catalog-v2'),
    mustMention: [['catalog-v2']],
  })
  const crash = deployment({
    namespace: ns,
    name: 'web',
    ready: false,
    containers: [
      container('web', { env: [{ name: 'CATALOG_URL', value: 'http://catalogue.shop.svc.cluster.local:80' }] }),
    ],
    pod: {
      containerStatuses: [
        {
          name: 'web',
          ready: false,
          restartCount: 7,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: ago(2) } },
        },
      ],
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: ago(30) },
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastTransitionTime: ago(30) },
      ],
    },
    minutesOld: 30,
  })
  write(
    'missing-service-setting-hidden',
    [
      ...app,
      ...withSlice(svc, podsOf(app)),
      ...crash,
      containerLog(
        firstPod(crash),
        'web',
        'starting web\nfatal: cannot load catalog: Get "http://catalogue.shop.svc.cluster.local:80/items": dial tcp: lookup catalogue.shop.svc.cluster.local on 10.96.0.10:53: no such host\n',
        { previous: true },
      ),
    ],
    {
      verdict: 'fault',
      question: 'web is crash looping',
      codes: ['missing-service'],
      objects: svcRef('catalogue'),
      mustMention: [['catalogue']],
    },
  )
  const fine = deployment({
    namespace: ns,
    name: 'web',
    containers: [container('web', { env: [{ name: 'OPTIONAL_CACHE', value: 'redis.shop.svc:6379' }] })],
    minutesOld: days(3),
  })
  write('missing-service-optional-lookalike', [...app, ...withSlice(svc, podsOf(app)), ...fine], {
    verdict: 'healthy',
    mustNotCode: ['missing-service'],
  })
}

const clientPorts = (): void => {
  const app = catalog({ app: 'catalog' })
  const svc = service({
    namespace: ns,
    name: 'catalog',
    selector: { app: 'catalog' },
    ports: [{ name: 'http', port: 8080, targetPort: 8080, protocol: 'TCP' }],
  })
  const client = (url: string) =>
    deployment({
      namespace: ns,
      name: 'web',
      containers: [container('web', { env: [{ name: 'CATALOG_URL', value: url }] })],
    })
  const wrong = client('http://catalog:8082/v1')
  const object = [{ kind: 'Deployment', namespace: ns, name: 'web' }]
  writeCase(
    'client-port',
    'client-port-wrong-plain',
    [
      ...base(),
      ...app,
      ...withSlice(svc, podsOf(app)),
      ...wrong,
      refusedBy(wrong, 'Get "http://catalog:8082/v1/items": dial tcp 10.96.3.4:8082: i/o timeout'),
    ],
    { verdict: 'fault', codes: ['app-config-invalid'], objects: object, mustMention: [['8082'], ['8080']] },
  )
  const crash = deployment({
    namespace: ns,
    name: 'web',
    ready: false,
    minutesOld: 30,
    containers: [container('web', { env: [{ name: 'CATALOG_URL', value: 'catalog.shop.svc.cluster.local:8082' }] })],
  })
  writeCase(
    'client-port',
    'client-port-by-settings-hidden',
    [...base(), ...app, ...withSlice(svc, podsOf(app)), ...crash],
    {
      verdict: 'fault',
      question: 'web never gets ready',
      codes: ['app-config-invalid'],
      objects: object,
      mustMention: [['8082']],
    },
  )
  const right = client('http://catalog:8080/v1')
  writeCase(
    'client-port',
    'client-port-right-lookalike',
    [...base(), ...app, ...withSlice(svc, podsOf(app)), ...right],
    { verdict: 'healthy', mustNotCode: ['app-config-invalid'] },
  )
}

selectors()
clientPorts()
ports()
trafficPolicies()
loadBalancers()
missing()
