import { writeCase } from './case.ts'
import { neighbours } from './cluster.ts'
import {
  ago,
  condition,
  container,
  containerLog,
  containerStatus,
  type Doc,
  deployment,
  event,
  namespace,
  node,
  obj,
  pod,
} from './objects.ts'

const sys = 'kube-system'
const static_ = (component: string, extra: Readonly<Record<string, unknown>> = {}, host = 'control-plane-1'): Doc =>
  pod({
    namespace: sys,
    name: `${component}-${host}`,
    labels: { component, tier: 'control-plane' },
    nodeName: host,
    containers: [container(component, { image: `registry.k8s.io/${component}:v1.31.4` })],
    spec: { hostNetwork: true, priorityClassName: 'system-node-critical' },
    ip: '172.18.0.11',
    metadata: {
      annotations: { 'kubernetes.io/config.source': 'file' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: host, controller: true }],
    },
    ...extra,
  })
const host = (name: string): Doc =>
  node({
    name,
    labels: { 'node-role.kubernetes.io/control-plane': '' },
    taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
  })
const base = (): readonly Doc[] => [...neighbours(), namespace(sys), host('control-plane-1')]
const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]) =>
  writeCase('control-plane', id, [...base(), ...docs], expected)
const member = (name: string) => [{ kind: 'Pod', namespace: sys, name }]
const times = (count: number, line: (n: number) => string): string =>
  `${Array.from({ length: count }, (_, n) => line(n)).join('\n')}\n`

const etcd = (): void => {
  const one = static_('etcd')
  const api = static_('kube-apiserver')
  write(
    'etcd-nospace-plain',
    [
      one,
      api,
      containerLog(
        one,
        'etcd',
        '{"level":"warn","ts":"2026-11-20T09:40:00.1Z","caller":"etcdserver/server.go:1","msg":"alarm raised","alarm":"NOSPACE","raised-member-id":"8e9e05c52164694d"}\n',
      ),
      containerLog(
        api,
        'kube-apiserver',
        'E1120 09:41:00.000000 1 status.go:71] apiserver received an error that is not an metav1.Status: rpctypes.EtcdError{code:0x8, desc:"etcdserver: mvcc: database space exceeded"}\n',
      ),
    ],
    {
      verdict: 'fault',
      codes: ['etcd-unhealthy'],
      objects: member('etcd-control-plane-1'),
      mustMention: [['NOSPACE', 'space']],
    },
  )
  const names = ['control-plane-1', 'control-plane-2', 'control-plane-3']
  const dead = {
    ready: false,
    containerStatuses: [
      containerStatus('etcd', {
        ready: false,
        restartCount: 30,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: ago(3) } },
      }),
    ],
    conditions: [condition('Ready', 'False', { reason: 'ContainersNotReady', lastTransitionTime: ago(40) })],
  }
  const members = names.map((name) => static_('etcd', name === 'control-plane-3' ? {} : dead, name))
  const victim = deployment({ namespace: 'billing', name: 'reports', containers: [container('reports')] })
  write(
    'etcd-quorum-hidden',
    [
      host('control-plane-2'),
      host('control-plane-3'),
      ...members,
      ...victim,
      event({
        about: victim[0] ?? {},
        reason: 'FailedCreate',
        message: 'Error creating: etcdserver: request timed out',
        component: 'replicaset-controller',
      }),
      containerLog(
        members[2] ?? {},
        'etcd',
        times(
          6,
          (n) =>
            `{"level":"warn","ts":"2026-11-20T09:5${n}:00Z","caller":"rafthttp/probing_status.go:68","msg":"prober detected unhealthy status","round-tripper-name":"ROUND_TRIPPER_SNAPSHOT","remote-peer-id":"a1","error":"dial tcp 172.18.0.12:2380: connect: connection refused"}`,
        ),
      ),
    ],
    {
      verdict: 'fault',
      question: 'nothing can be changed in the cluster',
      codes: ['etcd-unhealthy'],
      objects: [...member('etcd-control-plane-1'), ...member('etcd-control-plane-2')],
      mustMention: [['etcd']],
    },
  )
  write(
    'etcd-one-slow-apply-lookalike',
    [
      one,
      api,
      containerLog(
        one,
        'etcd',
        '{"level":"warn","ts":"2026-11-20T04:00:00Z","msg":"apply request took too long","took":"150ms","expected-duration":"100ms"}\n{"level":"info","ts":"2026-11-20T05:00:00Z","msg":"finished scheduled compaction"}\n',
      ),
    ],
    { verdict: 'healthy', mustNotCode: ['etcd-unhealthy'] },
  )
}

const overload = (): void => {
  const api = static_('kube-apiserver')
  const noisy = deployment({
    namespace: 'billing',
    name: 'pod-lister',
    containers: [container('pod-lister')],
    pod: { ip: '10.244.1.77' },
  })
  const line = (n: number) =>
    `I1120 09:5${n % 10}:01.000000       1 httplog.go:134] "HTTP" verb="LIST" URI="/api/v1/pods?limit=0" latency="28.1s" userAgent="pod-lister/v0.0.1" audit-ID="a" srcIP="10.244.1.77:42222" apf_pl="global-default" apf_fs="global-default" resp=429`
  const series = {
    apiVersion: 'clusterdoctor.dev/v1alpha1',
    kind: 'MetricSeries',
    metric: 'apiserver_flowcontrol_rejected_requests_total',
    labels: { flow_schema: 'global-default', priority_level: 'global-default', reason: 'queue-full' },
    points: [
      [ago(20), 10],
      [ago(10), 800],
      [ago(1), 5400],
    ],
  }
  write('apiserver-overloaded-plain', [api, ...noisy, containerLog(api, 'kube-apiserver', times(8, line)), series], {
    verdict: 'fault',
    codes: ['apiserver-overloaded'],
    objects: member('kube-apiserver-control-plane-1'),
    accept: [{ kind: 'Deployment', namespace: 'billing', name: 'pod-lister' }],
    mustMention: [['pod-lister']],
  })
  const controllers = ['sync-a', 'sync-b', 'sync-c'].map((name) =>
    deployment({ namespace: 'billing', name, containers: [container(name)] }),
  )
  write(
    'apiserver-429-seen-by-clients-hidden',
    [
      api,
      ...controllers.flat(),
      ...controllers.map((docs, index) =>
        containerLog(
          docs[2] ?? {},
          ['sync-a', 'sync-b', 'sync-c'][index] ?? '',
          times(
            4,
            (n) =>
              `E1120 09:5${n}:00.000000 1 reflector.go:150] failed to list *v1.ConfigMap: the server has received too many requests and has asked us to try again later (get configmaps)`,
          ),
        ),
      ),
    ],
    {
      verdict: 'fault',
      question: 'controllers are slow',
      codes: ['apiserver-overloaded'],
      objects: member('kube-apiserver-control-plane-1'),
    },
  )
  write(
    'apiserver-client-throttling-lookalike',
    [
      api,
      ...noisy,
      containerLog(
        noisy[2] ?? {},
        'pod-lister',
        times(
          6,
          (n) =>
            `I1120 09:5${n}:00.000000 1 request.go:697] Waited for 1.2s due to client-side throttling, not priority and fairness, request: GET:https://10.96.0.1:443/api/v1/pods`,
        ),
      ),
    ],
    { verdict: 'healthy', mustNotCode: ['apiserver-overloaded'] },
  )
}

const certificates = (): void => {
  const ns = 'shop'
  const owner = (of: Doc) => ({
    ownerReferences: [
      {
        apiVersion: of['apiVersion'],
        kind: of['kind'],
        name: (of['metadata'] as Doc)['name'],
        uid: (of['metadata'] as Doc)['uid'],
        controller: true,
      },
    ],
  })
  const issuer = obj('cert-manager.io/v1', 'ClusterIssuer', undefined, 'letsencrypt', {
    spec: { acme: {} },
    status: { conditions: [condition('Ready', 'True', { reason: 'ACMEAccountRegistered' })] },
  })
  const certificate = (
    name: string,
    extra: object = {},
    from: object = { kind: 'ClusterIssuer', name: 'letsencrypt' },
  ) =>
    obj('cert-manager.io/v1', 'Certificate', ns, name, {
      spec: { secretName: `${name}`, dnsNames: [`${name}.example.com`], issuerRef: from },
      status: {
        conditions: [
          condition('Ready', 'False', {
            reason: 'DoesNotExist',
            message: 'Issuing certificate as Secret does not exist',
            lastTransitionTime: ago(80),
          }),
          condition('Issuing', 'True', { reason: 'DoesNotExist', lastTransitionTime: ago(80) }),
        ],
      },
      ...extra,
    })
  const shop = certificate('shop')
  const request = obj(
    'cert-manager.io/v1',
    'CertificateRequest',
    ns,
    'shop-1',
    {
      spec: {},
      status: {
        conditions: [
          condition('Approved', 'True'),
          condition('Ready', 'False', {
            reason: 'Pending',
            message: 'Waiting on certificate issuance from order shop/shop-1-1: "pending"',
            lastTransitionTime: ago(79),
          }),
        ],
      },
    },
    owner(shop),
  )
  const order = obj(
    'acme.cert-manager.io/v1',
    'Order',
    ns,
    'shop-1-1',
    { spec: { dnsNames: ['shop.example.com'] }, status: { state: 'pending' } },
    owner(request),
  )
  const challenge = obj(
    'acme.cert-manager.io/v1',
    'Challenge',
    ns,
    'shop-1-1-1',
    {
      spec: { dnsName: 'shop.example.com', type: 'HTTP-01' },
      status: {
        presented: true,
        processing: true,
        state: 'pending',
        reason: "Waiting for HTTP-01 challenge propagation: wrong status code '404', expected '200'",
      },
    },
    owner(order),
  )
  const object = [{ kind: 'Certificate', namespace: ns, name: 'shop' }]
  write('certificate-challenge-plain', [namespace(ns), issuer, shop, request, order, challenge], {
    verdict: 'fault',
    codes: ['certificate-issuer-failing'],
    objects: object,
    mustMention: [['404']],
  })
  const bad = obj('cert-manager.io/v1', 'ClusterIssuer', undefined, 'vault', {
    spec: { vault: {} },
    status: {
      conditions: [
        condition('Ready', 'False', {
          reason: 'VaultError',
          message: 'Failed to initialize Vault client: error logging in to Vault server: Code: 403. permission denied',
          lastTransitionTime: ago(90),
        }),
      ],
    },
  })
  write(
    'certificate-issuer-down-hidden',
    [
      namespace(ns),
      bad,
      certificate('shop', {}, { kind: 'ClusterIssuer', name: 'vault' }),
      certificate('admin', {}, { kind: 'ClusterIssuer', name: 'vault' }),
    ],
    {
      verdict: 'fault',
      question: 'certificates are not renewed',
      codes: ['certificate-issuer-failing'],
      objects: [{ kind: 'ClusterIssuer', name: 'vault' }],
      accept: [{ kind: 'Certificate', namespace: ns }],
      mustMention: [['vault'], ['permission denied', '403']],
    },
  )
  const issued = certificate('shop', {
    status: {
      conditions: [
        condition('Ready', 'True', { reason: 'Ready', message: 'Certificate is up to date and has not expired' }),
      ],
      notAfter: '2027-01-20T10:00:00Z',
      renewalTime: '2026-12-20T10:00:00Z',
    },
  })
  const young = obj(
    'cert-manager.io/v1',
    'Certificate',
    ns,
    'new',
    {
      spec: { secretName: 'new', issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt' } },
      status: {
        conditions: [
          condition('Ready', 'False', {
            reason: 'DoesNotExist',
            message: 'Issuing certificate as Secret does not exist',
            lastTransitionTime: ago(1),
          }),
        ],
      },
    },
    { creationTimestamp: ago(1) },
  )
  write('certificate-being-issued-lookalike', [namespace(ns), issuer, issued, young], {
    verdict: 'healthy',
    mustNotCode: ['certificate-issuer-failing'],
  })
}

etcd()
overload()
certificates()
