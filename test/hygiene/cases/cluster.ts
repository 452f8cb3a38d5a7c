import {
  account,
  binding,
  configMap,
  deployment,
  type HygieneCase,
  object,
  type Plain,
  role,
  secret,
  service,
} from '../objects.ts'

const rule = (verbs: string[], resources: string[], apiGroups = ['']) => ({ verbs, resources, apiGroups })
const everything = role('everything', [rule(['*'], ['*'], ['*'])], { ns: '' })
const policy = (name: string, spec: Plain, ns = 'shop') =>
  object('networking.k8s.io/v1', 'NetworkPolicy', name, { spec }, { ns })
const cron = (spec: Plain, status: Plain, created = '2026-01-01T00:00:00Z') =>
  object(
    'batch/v1',
    'CronJob',
    'nightly',
    { spec: { schedule: '0 3 * * *', jobTemplate: {}, ...spec }, status },
    { created },
  )
const storageClass = (name: string, mark: string) =>
  object(
    'storage.k8s.io/v1',
    'StorageClass',
    name,
    { provisioner: 'csi.example' },
    { ns: '', annotations: { 'storageclass.kubernetes.io/is-default-class': mark } },
  )
const hook = (over: Plain) =>
  object(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'guard',
    {
      webhooks: [
        {
          name: 'guard.example.com',
          failurePolicy: 'Fail',
          clientConfig: { service: { namespace: 'guard', name: 'guard' } },
          rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
          ...over,
        },
      ],
    },
    { ns: '' },
  )
const outside = {
  namespaceSelector: {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }],
  },
}
const balancer = (name: string, ports: Plain[]) => service(name, { type: 'LoadBalancer', ports })

/** Rights, traffic, schedules, classes, webhooks. */
export const cases: readonly HygieneCase[] = [
  [
    'wildcard-rights',
    'finds cluster-admin of a workload, though its rules were not read',
    [binding('ci', 'cluster-admin', ['shop/ci'], { ns: '' })],
    ['ClusterRoleBinding ci'],
  ],
  [
    'wildcard-rights',
    'finds a wildcard role in one namespace',
    [role('all', [rule(['*'], ['*'])]), binding('all', 'all', ['shop/ci'])],
    ['RoleBinding shop/all'],
  ],
  [
    'wildcard-rights',
    'leaves the system and single wildcards alone',
    [
      everything,
      binding('cluster-admin', 'cluster-admin', ['Group system:masters'], {
        ns: '',
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      }),
      binding('controllers', 'everything', ['kube-system/operator'], { ns: '' }),
      role('reader', [rule(['get', 'list'], ['*'])]),
      binding('reader', 'reader', ['shop/web']),
    ],
    [],
  ],
  [
    'dangerous-rights',
    'finds escalation in one namespace and all Secrets of the cluster',
    [
      role('grow', [rule(['escalate', 'bind'], ['roles'], ['rbac.authorization.k8s.io'])]),
      binding('grow', 'grow', ['shop/ci']),
      role('secrets', [rule(['get', 'list'], ['secrets'])], { ns: '' }),
      binding('secrets', 'secrets', ['shop/ci'], { ns: '' }),
    ],
    ['ClusterRoleBinding secrets', 'RoleBinding shop/grow'],
  ],
  [
    'dangerous-rights',
    'leaves Secrets of one namespace, people, and wildcards (said once) alone',
    [
      everything,
      role('secrets', [rule(['list'], ['secrets'])], { ns: '' }),
      binding('here', 'secrets', ['shop/ci'], { cluster: true }),
      binding('people', 'secrets', ['Group sre'], { ns: '' }),
      binding('wild', 'everything', ['shop/ci'], { ns: '' }),
    ],
    [],
  ],
  [
    'default-account-rights',
    'finds rights of the default account',
    [role('r', [rule(['get'], ['pods'])]), binding('d', 'r', ['shop/default'])],
    ['RoleBinding shop/d'],
  ],
  ['default-account-rights', 'leaves an account of its own alone', [binding('d', 'r', ['shop/web'])], []],
  [
    'token-not-needed',
    'finds a token without rights',
    [
      account('default'),
      deployment('web'),
      binding('b', 'r', ['shop/other']),
      binding('c', 'c', ['Group g'], { ns: '' }),
    ],
    ['ServiceAccount shop/default'],
  ],
  [
    'token-not-needed',
    'leaves bound, cloud and unmounted accounts alone',
    [
      account('bound'),
      account('cloud', {}, { annotations: { 'eks.amazonaws.com/role-arn': 'arn:x' } }),
      account('off', { automountServiceAccountToken: false }),
      deployment('a', { pod: { serviceAccountName: 'bound' } }),
      deployment('b', { pod: { serviceAccountName: 'cloud' } }),
      deployment('c', { pod: { serviceAccountName: 'off' } }),
      deployment('d', { pod: { serviceAccountName: 'unread' } }),
      binding('b', 'r', ['shop/bound']),
      binding('c', 'c', ['Group g'], { ns: '' }),
    ],
    [],
  ],
  [
    'binding-to-nothing',
    'finds a missing role and a missing account',
    [role('there', []), account('web'), binding('a', 'gone', ['shop/web']), binding('b', 'there', ['shop/gone'])],
    ['RoleBinding shop/a', 'RoleBinding shop/b'],
  ],
  [
    'binding-to-nothing',
    'cannot tell where roles and accounts were not read',
    [binding('a', 'gone', ['shop/gone']), binding('u', 'view', ['User ann'], { ns: '' })],
    [],
  ],
  [
    'exposed-service',
    'finds a NodePort',
    [service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })],
    ['Service shop/web'],
  ],
  [
    'exposed-service',
    'finds web load balancers that could be one',
    [balancer('a', [{ port: 443 }]), balancer('b', [{ port: 443 }]), balancer('mq', [{ port: 5672 }])],
    ['Service shop/a', 'Service shop/b'],
  ],
  [
    'exposed-service',
    'leaves one load balancer and numeric target ports alone',
    [balancer('a', [{ port: 443, targetPort: 8443 }]), service('web', { ports: [{ port: 80, targetPort: 8080 }] })],
    [],
  ],
  [
    'network-policy-missing',
    'finds the open door',
    [policy('p', { podSelector: {} }), deployment('web'), deployment('api', { ns: 'open' })],
    ['Namespace open'],
  ],
  [
    'network-policy-missing',
    'nags nobody where none has policies, or one holds for all',
    [deployment('web'), deployment('api', { ns: 'open' })],
    [],
  ],
  [
    'network-policy-missing',
    'knows policies of Cilium for the cluster',
    [
      policy('p', { podSelector: {} }),
      deployment('api', { ns: 'open' }),
      object('cilium.io/v2', 'CiliumClusterwideNetworkPolicy', 'all', {}, { ns: '' }),
    ],
    [],
  ],
  [
    'network-policy-selects-nothing',
    'finds a policy for nobody',
    [policy('p', { podSelector: { matchLabels: { app: 'wbe' } } }), deployment('web')],
    ['NetworkPolicy shop/p'],
  ],
  [
    'network-policy-selects-nothing',
    'leaves default-deny, matchExpressions and other namespaces alone',
    [
      policy('deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
      policy('expr', { podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } }),
      policy('there', { podSelector: { matchLabels: { app: 'api' } } }, 'other'),
      deployment('web'),
      deployment('api', { ns: 'other' }),
    ],
    [],
  ],
  [
    'cron-job-never-succeeded',
    'finds it',
    [cron({}, { lastScheduleTime: '2026-11-20T03:00:00Z' })],
    ['CronJob shop/nightly'],
  ],
  [
    'cron-job-never-succeeded',
    'leaves success, suspension and a first run alone',
    [cron({}, { lastScheduleTime: '2026-11-20T03:00:00Z', lastSuccessfulTime: '2026-11-20T03:01:00Z' })],
    [],
  ],
  ['cron-job-never-succeeded', 'leaves one alone that has not run yet', [cron({}, {})], []],
  [
    'suspended-cron-job',
    'finds one that was forgotten',
    [cron({ suspend: true }, { lastScheduleTime: '2026-09-01T03:00:00Z' })],
    ['CronJob shop/nightly'],
  ],
  [
    'suspended-cron-job',
    'leaves a fresh one and queued Jobs alone',
    [
      cron({ suspend: true }, { lastScheduleTime: '2026-11-19T03:00:00Z' }),
      object(
        'batch/v1',
        'Job',
        'queued',
        { spec: { suspend: true } },
        { labels: { 'kueue.x-k8s.io/queue-name': 'q' } },
      ),
    ],
    [],
  ],
  [
    'deprecated-api',
    'finds a removed version',
    [object('policy/v1beta1', 'PodDisruptionBudget', 'old')],
    ['PodDisruptionBudget shop/old'],
  ],
  [
    'deprecated-api',
    'leaves what is served alone',
    [object('policy/v1', 'PodDisruptionBudget', 'new'), configMap('c')],
    [],
  ],
  [
    'several-default-classes',
    'finds a second default',
    [storageClass('a', 'true'), storageClass('b', 'true')],
    ['StorageClass b'],
  ],
  [
    'several-default-classes',
    'leaves one default and a class for local volumes alone',
    [storageClass('a', 'true'), storageClass('b', 'false')],
    [],
  ],
  ['webhook-scope', 'finds one that guards kube-system', [hook({})], ['ValidatingWebhookConfiguration guard']],
  [
    'webhook-scope',
    'finds one that may wait for long',
    [hook({ ...outside, timeoutSeconds: 30 })],
    ['ValidatingWebhookConfiguration guard'],
  ],
  [
    'webhook-scope',
    'leaves kube-system left out, Ignore, and other objects alone',
    [
      hook(outside),
      hook({ failurePolicy: 'Ignore' }),
      hook({ rules: [{ operations: ['CREATE'], apiGroups: ['apps'], resources: ['deployments'] }] }),
    ],
    [],
  ],
  [
    'certificate-ends-soon',
    'says nothing where no certificate was read',
    [secret('tls', { type: 'kubernetes.io/tls' })],
    [],
  ],
]
