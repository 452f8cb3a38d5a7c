import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { crashing, deploymentNamed, running, waiting } from './failing.ts'
import { ago, container, type Doc, deployment, event, namespace, obj } from './objects.ts'

const group = 'references'
const secret = (name: string, keys: readonly string[], metadata: Doc = {}): Doc =>
  obj(
    'v1',
    'Secret',
    'shop',
    name,
    { type: 'Opaque', data: Object.fromEntries(keys.map((key) => [key, 'eA=='])) },
    metadata,
  )
const configMap = (name: string, data: Doc, metadata: Doc = {}): Doc =>
  obj('v1', 'ConfigMap', 'shop', name, { data }, metadata)
const around = [
  ...cluster(),
  namespace('shop'),
  obj('v1', 'ServiceAccount', 'shop', 'default'),
  configMap('kube-root-ca.crt', { 'ca.crt': 'PEM' }),
  configMap('storefront', { THEME: 'dark' }),
  secret('storefront-session', ['key']),
  ...healthyApp('shop', 'storefront'),
]
const fromSecret = (name: string, key: string, extra: Doc = {}): Doc => ({
  name: 'DB_PASSWORD',
  valueFrom: { secretKeyRef: { name, key, ...extra } },
})
const fault = (code: string, kind: string, name: string, more: Doc = {}) => ({
  verdict: 'fault' as const,
  codes: [code],
  objects: [{ kind, ...(kind.endsWith('Class') ? {} : { namespace: 'shop' }), name }],
  ...more,
})

const blocked = (name: string, main: Doc, message: string, podSpec: Doc = {}, replicas = 1): readonly Doc[] =>
  waiting({
    namespace: 'shop',
    name,
    replicas,
    container: main,
    podSpec,
    reason: 'CreateContainerConfigError',
    message,
    events: (one) => [
      event({
        about: one,
        reason: 'Failed',
        message: `Error: ${message}`,
        count: 40,
        first: 20,
        last: 0,
        fieldPath: 'spec.containers{app}',
      }),
    ],
  })

const mounting = (name: string, volume: Doc, message: string): readonly Doc[] =>
  waiting({
    namespace: 'shop',
    name,
    container: container('app', { volumeMounts: [{ name: 'data', mountPath: '/etc/app' }] }),
    podSpec: { volumes: [{ name: 'data', ...volume }] },
    reason: 'ContainerCreating',
    events: (one) => [event({ about: one, reason: 'FailedMount', message, count: 12, first: 20, last: 1 })],
  })

writeCase(
  group,
  'missing-secret-plain',
  [
    ...around,
    secret('db-credentials', ['username', 'password']),
    ...blocked(
      'checkout',
      container('app', { env: [fromSecret('db-credentails', 'password')] }),
      'secret "db-credentails" not found',
    ),
  ],
  fault('missing-secret', 'Secret', 'db-credentails', {
    mustMention: [['db-credentials']],
    mustNotCode: ['missing-configmap', 'rollout-stuck'],
  }),
)
writeCase(
  group,
  'missing-secret-hidden',
  [
    ...around,
    ...['cart', 'orders', 'payments'].flatMap((name) =>
      blocked(
        name,
        container('app', { env: [fromSecret('shared-db', 'password')] }),
        'secret "shared-db" not found',
        {},
        2,
      ),
    ),
  ],
  fault('missing-secret', 'Secret', 'shared-db', {
    mustMention: [['cart'], ['payments']],
    mustNotCode: ['missing-secret-key'],
  }),
)
writeCase(
  group,
  'missing-secret-before-events',
  [
    ...around,
    ...waiting({
      namespace: 'shop',
      name: 'ledger',
      container: container('app', { envFrom: [{ secretRef: { name: 'ledger-env' } }] }),
      reason: 'ContainerCreating',
      since: 4,
    }),
  ],
  fault('missing-secret', 'Secret', 'ledger-env', {}),
)
writeCase(
  group,
  'missing-secret-optional-lookalike',
  [
    ...around,
    ...running({
      namespace: 'shop',
      name: 'mailer',
      container: container('app', {
        env: [fromSecret('smtp', 'password', { optional: true })],
        envFrom: [{ configMapRef: { name: 'tuning', optional: true } }],
      }),
    }),
  ],
  { verdict: 'healthy', mustNotCode: ['missing-secret', 'missing-configmap'] },
)
writeCase(
  group,
  'missing-secret-unreadable-lookalike',
  [
    {
      apiVersion: 'clusterdoctor.dev/v1alpha1',
      kind: 'SnapshotInfo',
      cluster: 'prod-eu1',
      kubernetesVersion: 'v1.31.4',
      now: ago(0),
      unavailable: [{ source: 'secrets', reason: 'forbidden' }],
    },
    ...around.filter((doc) => doc['kind'] !== 'Secret'),
    ...crashing({
      namespace: 'shop',
      name: 'ledger',
      container: container('app', { env: [fromSecret('ledger-db', 'password')] }),
      log: 'panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:12\n',
    }),
  ],
  {
    verdict: 'fault',
    codes: ['app-crash'],
    objects: [deploymentNamed('shop', 'ledger')],
    mustNotCode: ['missing-secret'],
  },
)
writeCase(
  group,
  'missing-secret-key-plain',
  [
    ...around,
    secret('db-credentials', ['username', 'password']),
    ...blocked(
      'checkout',
      container('app', { env: [fromSecret('db-credentials', 'pasword')] }),
      "couldn't find key pasword in Secret shop/db-credentials",
    ),
  ],
  fault('missing-secret-key', 'Secret', 'db-credentials', {
    mustMention: [['pasword'], ['password']],
    mustNotCode: ['missing-secret'],
  }),
)
writeCase(
  group,
  'missing-configmap-volume',
  [
    ...around,
    ...mounting(
      'gateway',
      { configMap: { name: 'gateway-routes' } },
      'MountVolume.SetUp failed for volume "data" : configmap "gateway-routes" not found',
    ),
  ],
  fault('missing-configmap', 'ConfigMap', 'gateway-routes', { mustNotCode: ['volume-mount-failing'] }),
)
writeCase(
  group,
  'missing-configmap-other-kind',
  [
    ...around,
    secret('feature-flags', ['flags.json']),
    ...blocked(
      'flags',
      container('app', { envFrom: [{ configMapRef: { name: 'feature-flags' } }] }),
      'configmap "feature-flags" not found',
    ),
  ],
  fault('missing-configmap', 'ConfigMap', 'feature-flags', { mustMention: [['Secret of that name']] }),
)
writeCase(
  group,
  'missing-configmap-key-items',
  [
    ...around,
    configMap('proxy', { 'nginx.conf': 'events {}' }),
    ...mounting(
      'proxy',
      { configMap: { name: 'proxy', items: [{ key: 'nginx.cfg', path: 'nginx.conf' }] } },
      'MountVolume.SetUp failed for volume "data" : configmap references non-existent config key: nginx.cfg',
    ),
  ],
  fault('missing-configmap-key', 'ConfigMap', 'proxy', {
    mustMention: [['nginx.cfg'], ['nginx.conf']],
    mustNotCode: ['missing-configmap', 'volume-mount-failing'],
  }),
)
const late = running({
  namespace: 'shop',
  name: 'recovered',
  since: 30,
  container: container('app', { envFrom: [{ configMapRef: { name: 'storefront' } }] }),
  events: (one) => [
    event({
      about: one,
      reason: 'Failed',
      message: 'Error: configmap "storefront" not found',
      count: 3,
      first: 30,
      last: 28,
    }),
  ],
})
writeCase(group, 'missing-configmap-recovered-lookalike', [...around, ...late], {
  verdict: 'healthy',
  mustNotCode: ['missing-configmap'],
})

// Stale values
const rotated = (minutes: number): Doc => ({
  managedFields: [{ manager: 'vault-sync', operation: 'Update', time: ago(minutes) }],
})
const refusedLog = Array.from(
  { length: 12 },
  (_, index) =>
    `2026-11-20T09:5${Math.floor(index / 2)}:${index % 2 === 0 ? '10' : '40'}Z ERROR login failed: FATAL: password authentication failed for user "orders"`,
).join('\n')
const orders = (log: string): readonly Doc[] =>
  running({
    namespace: 'shop',
    name: 'orders',
    since: 2880,
    container: container('app', { env: [fromSecret('orders-db', 'password')] }),
    log,
  })
writeCase(
  group,
  'stale-config-plain',
  [...around, secret('orders-db', ['password'], rotated(70)), ...orders(refusedLog)],
  {
    verdict: 'fault',
    codes: ['stale-config'],
    objects: [deploymentNamed('shop', 'orders')],
    mustMention: [['orders-db'], ['vault-sync', 'changed']],
    mustNotCode: ['app-errors', 'app-config-invalid'],
  },
)
writeCase(
  group,
  'stale-config-unchanged-lookalike',
  [...around, secret('orders-db', ['password'], rotated(6000)), ...orders(refusedLog)],
  {
    verdict: 'fault',
    codes: ['app-config-invalid'],
    objects: [deploymentNamed('shop', 'orders')],
    mustNotCode: ['stale-config'],
  },
)
writeCase(
  group,
  'stale-config-rotated-fine-lookalike',
  [
    ...around,
    secret('orders-db', ['password'], rotated(70)),
    ...orders('2026-11-20T09:59:00Z INFO 18 orders written\n'),
  ],
  { verdict: 'healthy', mustNotCode: ['stale-config'] },
)

// What controllers cannot create
const refused = (name: string, message: string, podSpec: Doc, extra: readonly Doc[] = []): readonly Doc[] => {
  const [owner, set] = deployment({
    namespace: 'shop',
    name,
    ready: false,
    replicas: 2,
    podSpec,
    minutesOld: 30,
    containers: [container('app')],
  })
  const status = {
    replicas: 0,
    observedGeneration: 1,
    conditions: [
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(29) },
    ],
  }
  const empty = { ...(set as Doc), status }
  return [
    { ...(owner as Doc), status: { observedGeneration: 1, unavailableReplicas: 2, conditions: [] } },
    empty,
    event({
      about: empty,
      reason: 'FailedCreate',
      message: `Error creating: ${message}`,
      count: 15,
      first: 29,
      last: 3,
      component: 'replicaset-controller',
    }),
    ...extra,
  ]
}
writeCase(
  group,
  'missing-service-account-plain',
  [
    ...around,
    obj('v1', 'ServiceAccount', 'shop', 'invoice-runner'),
    ...refused(
      'invoicer',
      'pods "invoicer-5d4f9c-" is forbidden: error looking up service account shop/invoice-runer: serviceaccount "invoice-runer" not found',
      { serviceAccountName: 'invoice-runer' },
    ),
  ],
  fault('missing-service-account', 'ServiceAccount', 'invoice-runer', { mustMention: [['invoice-runner']] }),
)
writeCase(
  group,
  'missing-service-account-overcome-lookalike',
  [
    ...around,
    obj('v1', 'ServiceAccount', 'shop', 'late'),
    ...(() => {
      const docs = running({ namespace: 'shop', name: 'late', since: 30, podSpec: { serviceAccountName: 'late' } })
      const set = docs[1] as Doc
      return [
        ...docs,
        event({
          about: set,
          reason: 'FailedCreate',
          message:
            'Error creating: pods "late-" is forbidden: error looking up service account shop/late: serviceaccount "late" not found',
          count: 3,
          first: 30,
          last: 29,
          component: 'replicaset-controller',
        }),
        event({
          about: set,
          reason: 'SuccessfulCreate',
          type: 'Normal',
          message: 'Created pod: late-x',
          count: 1,
          first: 29,
          last: 29,
          component: 'replicaset-controller',
        }),
      ]
    })(),
  ],
  { verdict: 'healthy', mustNotCode: ['missing-service-account'] },
)
writeCase(
  group,
  'missing-priority-class-plain',
  [
    ...around,
    obj('scheduling.k8s.io/v1', 'PriorityClass', undefined, 'business-high', { value: 1000 }),
    ...refused('pricer', 'pods "pricer-" is forbidden: no PriorityClass with name bussiness-high was found', {
      priorityClassName: 'bussiness-high',
    }),
  ],
  fault('missing-priority-class', 'PriorityClass', 'bussiness-high', { mustMention: [['business-high']] }),
)
writeCase(
  group,
  'missing-runtime-class-plain',
  [
    ...around,
    ...refused('sandboxed', 'pods "sandboxed-" is forbidden: pod rejected: RuntimeClass "gvisor" not found', {
      runtimeClassName: 'gvisor',
    }),
  ],
  fault('missing-runtime-class', 'RuntimeClass', 'gvisor'),
)
const claimPod = waiting({
  namespace: 'shop',
  name: 'archive',
  container: container('app', { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
  podSpec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'archive-data' } }], nodeName: undefined },
  reason: 'ContainerCreating',
}).map(
  (doc): Doc =>
    doc['kind'] === 'Pod'
      ? {
          ...doc,
          spec: { ...(doc['spec'] as Doc), nodeName: undefined },
          status: {
            phase: 'Pending',
            conditions: [
              {
                type: 'PodScheduled',
                status: 'False',
                reason: 'Unschedulable',
                message:
                  '0/3 nodes are available: persistentvolumeclaim "archive-data" not found. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
                lastTransitionTime: ago(20),
              },
            ],
          },
        }
      : doc,
)
writeCase(
  group,
  'missing-pvc-plain',
  [...around, ...claimPod],
  fault('missing-pvc', 'PersistentVolumeClaim', 'archive-data', { mustNotCode: ['volume-mount-failing'] }),
)

// Mounts
writeCase(
  group,
  'volume-mount-failing-plain',
  [
    ...around,
    ...mounting(
      'media',
      { nfs: { server: 'nas.example.com', path: '/export/media' } },
      'MountVolume.SetUp failed for volume "data" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs nas.example.com:/export/media /var/lib/kubelet/pods/x/volumes/kubernetes.io~nfs/data\nOutput: mount.nfs: access denied by server while mounting nas.example.com:/export/media',
    ),
  ],
  {
    verdict: 'fault',
    codes: ['volume-mount-failing'],
    objects: [deploymentNamed('shop', 'media')],
    mustMention: [['access denied']],
    mustNotCode: ['missing-pvc'],
  },
)
writeCase(
  group,
  'volume-mount-driver-missing',
  [
    ...around,
    ...mounting(
      'media',
      { csi: { driver: 'secrets-store.csi.k8s.io' } },
      'MountVolume.SetUp failed for volume "data" : kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers',
    ),
  ],
  {
    verdict: 'fault',
    codes: ['volume-mount-failing'],
    objects: [deploymentNamed('shop', 'media')],
    mustMention: [['secrets-store.csi.k8s.io']],
  },
)
const mounted = running({
  namespace: 'shop',
  name: 'media-ok',
  since: 40,
  events: (one) => [
    event({
      about: one,
      reason: 'FailedMount',
      message:
        'MountVolume.SetUp failed for volume "kube-api-access-9k2" : failed to sync configmap cache: timed out waiting for the condition',
      count: 1,
      first: 40,
      last: 40,
    }),
  ],
})
writeCase(group, 'volume-mount-blip-lookalike', [...around, ...mounted], {
  verdict: 'healthy',
  mustNotCode: ['volume-mount-failing'],
})
