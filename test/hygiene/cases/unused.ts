import {
  account,
  binding,
  configMap,
  container,
  deployment,
  type HygieneCase,
  object,
  pod,
  role,
  secret,
  service,
} from '../objects.ts'

const claim = (name: string, ns = 'shop') =>
  object(
    'v1',
    'PersistentVolumeClaim',
    name,
    { spec: {}, status: { phase: 'Bound', capacity: { storage: '20Gi' } } },
    { ns },
  )
const from = (name: string) => ({ envFrom: [{ configMapRef: { name } }] })
const someRole = role('r', [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }])
const bound = [
  someRole,
  binding('b', 'r', ['shop/web']),
  role('c', [], { ns: '' }),
  binding('c', 'c', ['Group devs'], { ns: '' }),
]

/** What nothing uses. */
export const cases: readonly HygieneCase[] = [
  ['unused-config-map', 'finds one that nothing names', [configMap('old'), deployment('web')], ['ConfigMap shop/old']],
  [
    'unused-config-map',
    'is not fooled by one of the same name elsewhere',
    [
      configMap('settings'),
      configMap('settings', {}, { ns: 'other' }),
      deployment('web'),
      deployment('api', { ns: 'other', one: from('settings') }),
    ],
    ['ConfigMap shop/settings'],
  ],
  [
    'unused-config-map',
    'counts templates of workloads at zero and of CronJobs between runs',
    [
      configMap('a'),
      configMap('b'),
      deployment('web', { replicas: 0, one: from('a') }),
      object('batch/v1', 'CronJob', 'nightly', {
        spec: { jobTemplate: { spec: { template: { spec: { containers: [container(from('b'))] } } } } },
      }),
    ],
    [],
  ],
  [
    'unused-config-map',
    'counts old ReplicaSets, which a rollback needs',
    [
      configMap('app-5d4f'),
      deployment('web'),
      object(
        'apps/v1',
        'ReplicaSet',
        'web-1',
        { spec: { replicas: 0, template: { spec: { containers: [container(from('app-5d4f'))] } } } },
        { owners: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', controller: true }] },
      ),
    ],
    [],
  ],
  [
    'unused-config-map',
    'counts custom resources, arguments and resourceNames',
    [
      configMap('rules'),
      configMap('tcp-services'),
      configMap('lock-of-it'),
      deployment('web', { one: { args: ['--tcp-services-configmap=$(NS)/tcp-services'] } }),
      object('example.com/v1', 'Widget', 'w', { spec: { configRef: { name: 'rules' } } }),
      role('r', [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['lock-of-it'] }]),
    ],
    [],
  ],
  [
    'unused-config-map',
    'leaves what is read by label, locks, Helm, Argo CD and the CA alone',
    [
      configMap('kube-root-ca.crt'),
      configMap('dash', {}, { labels: { grafana_dashboard: '1' } }),
      configMap('leader', {}, { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }),
      configMap('web.v1', {}, { labels: { OWNER: 'TILLER' } }),
      configMap('argocd-cm', {}, { labels: { 'app.kubernetes.io/part-of': 'argocd' } }),
      configMap('dynamic', {}, { annotations: { 'k8sgpt.ai/skip-usage-check': 'true' } }),
      configMap('kept', {}, { owners: [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w' }] }),
      deployment('web'),
    ],
    [],
  ],
  ['unused-config-map', 'cannot tell from files that hold no workload of the namespace', [configMap('old')], []],
  [
    'unused-config-map',
    'is silenced by an annotation',
    [
      configMap('old', {}, { annotations: { 'clusterdoctor.dev/hygiene-ignore': 'unused-config-map' } }),
      deployment('web'),
    ],
    [],
  ],
  [
    'empty-config-map',
    'finds no keys',
    [configMap('hollow', {}), deployment('web', { one: from('hollow') })],
    ['ConfigMap shop/hollow'],
  ],
  [
    'empty-config-map',
    'leaves locks and binary data alone',
    [configMap('controller-leader', {}), { ...configMap('bin', {}), binaryData: { blob: 'AA==' } }],
    [],
  ],
  ['unused-secret', 'finds one that nothing names', [secret('old'), deployment('web')], ['Secret shop/old']],
  [
    'unused-secret',
    'counts pull secrets of accounts, Ingress TLS and Helm’s memory',
    [
      secret('pull', { type: 'kubernetes.io/dockerconfigjson' }),
      secret('tls'),
      secret('sh.helm.release.v1.web.v3'),
      secret('token', { type: 'kubernetes.io/service-account-token' }),
      account('web', { imagePullSecrets: [{ name: 'pull' }] }),
      object('networking.k8s.io/v1', 'Ingress', 'web', { spec: { tls: [{ secretName: 'tls' }] } }),
      deployment('web'),
    ],
    [],
  ],
  [
    'unused-claim',
    'finds storage that nothing mounts',
    [claim('old'), deployment('web')],
    ['PersistentVolumeClaim shop/old'],
  ],
  [
    'unused-claim',
    'knows the claims of a StatefulSet that is scaled down',
    [
      claim('data-db-2'),
      object('apps/v1', 'StatefulSet', 'db', {
        spec: {
          replicas: 1,
          template: { spec: { containers: [container()] } },
          volumeClaimTemplates: [{ metadata: { name: 'data' } }],
        },
      }),
    ],
    [],
  ],
  [
    'unused-claim',
    'knows the mount',
    [
      claim('data'),
      deployment('web', { pod: { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } }),
    ],
    [],
  ],
  [
    'unused-service',
    'finds one that selects nothing and that nobody names',
    [service('gone'), deployment('web')],
    ['Service shop/gone'],
  ],
  [
    'unused-service',
    'leaves a broken route to diagnosis, and workloads at zero',
    [
      service('gone'),
      service('web'),
      deployment('web', { replicas: 0 }),
      object('networking.k8s.io/v1', 'Ingress', 'i', {
        spec: { defaultBackend: { service: { name: 'gone', port: { number: 80 } } } },
      }),
    ],
    [],
  ],
  [
    'unused-service-account',
    'finds one that nothing uses',
    [account('old'), deployment('web'), ...bound],
    ['ServiceAccount shop/old'],
  ],
  [
    'unused-service-account',
    'counts pods, bindings (of CI outside) and the default',
    [
      account('default'),
      account('web'),
      account('run'),
      deployment('api', { pod: { serviceAccountName: 'run' } }),
      ...bound,
    ],
    [],
  ],
  ['unused-role', 'finds a role that nobody has', [role('old', []), ...bound], ['Role shop/old']],
  [
    'unused-role',
    'leaves aggregated and Kubernetes’ own roles alone',
    [
      role('system:node', [], { ns: '' }),
      role('extra', [], { ns: '', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }),
      ...bound,
    ],
    [],
  ],
  [
    'released-volume',
    'finds a kept volume',
    [
      object(
        'v1',
        'PersistentVolume',
        'pv-1',
        { spec: { capacity: { storage: '5Gi' } }, status: { phase: 'Released' } },
        { ns: '' },
      ),
    ],
    ['PersistentVolume pv-1'],
  ],
  [
    'released-volume',
    'leaves bound, small and local volumes alone',
    [
      object(
        'v1',
        'PersistentVolume',
        'pv-1',
        { spec: { capacity: { storage: '10Mi' } }, status: { phase: 'Bound' } },
        { ns: '' },
      ),
      object('storage.k8s.io/v1', 'StorageClass', 'local', { provisioner: 'kubernetes.io/no-provisioner' }, { ns: '' }),
    ],
    [],
  ],
  [
    'unused-config-map',
    'counts a pod that stands alone',
    [configMap('a'), pod('lone', { containers: [container(from('a'))] })],
    [],
  ],
]
