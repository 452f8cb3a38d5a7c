import type { Ground } from '../registry/context.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Fields } from '../types.ts'

const rbac = 'rbac.authorization.k8s.io/v1'
const read = ['get', 'list', 'watch']

type RuleRow = { apiGroups: string[]; resources: string[]; verbs: string[] }
const rule = (group: string, resources: string, verbs: readonly string[] = read): RuleRow => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs: [...verbs],
})

/** What the doctor may read: everything it diagnoses from, no Secrets. */
const readerRules: readonly RuleRow[] = [
  rule(
    '',
    'pods pods/log services endpoints events configmaps namespaces nodes persistentvolumeclaims persistentvolumes resourcequotas limitranges serviceaccounts replicationcontrollers podtemplates',
  ),
  rule('', 'nodes/proxy', ['get']),
  rule('apps', 'deployments replicasets statefulsets daemonsets controllerrevisions'),
  rule('batch', 'jobs cronjobs'),
  rule('autoscaling', 'horizontalpodautoscalers'),
  rule('policy', 'poddisruptionbudgets'),
  rule('networking.k8s.io', 'ingresses ingressclasses networkpolicies'),
  rule('storage.k8s.io', 'storageclasses volumeattachments csidrivers csinodes csistoragecapacities'),
  rule('rbac.authorization.k8s.io', 'roles rolebindings clusterroles clusterrolebindings'),
  rule('discovery.k8s.io', 'endpointslices'),
  rule('events.k8s.io', 'events'),
  rule('scheduling.k8s.io', 'priorityclasses'),
  rule('node.k8s.io', 'runtimeclasses'),
  rule('coordination.k8s.io', 'leases'),
  rule(
    'admissionregistration.k8s.io',
    'mutatingwebhookconfigurations validatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings',
  ),
  rule('apiregistration.k8s.io', 'apiservices'),
  rule('apiextensions.k8s.io', 'customresourcedefinitions'),
  rule('metrics.k8s.io', 'pods nodes'),
  rule('argoproj.io', 'applications appprojects'),
]

/** Whole objects, as manifests/options/whole-objects gives them where somebody wants them. */
const wholeObjects: readonly RuleRow[] = [
  // As manifests/optional/debug gives it.
  rule('', 'pods/ephemeralcontainers', ['patch']),
  rule('', 'pods/exec', ['get', 'create']),
  rule('apps', 'deployments statefulsets daemonsets', ['create', 'delete']),
  rule('batch', 'jobs cronjobs', ['get', 'create', 'patch', 'delete']),
  rule('autoscaling', 'horizontalpodautoscalers', ['get', 'create', 'patch', 'delete']),
  rule('policy', 'poddisruptionbudgets', ['get', 'create', 'patch', 'delete']),
  rule('networking.k8s.io', 'ingresses networkpolicies', ['get', 'create', 'patch', 'delete']),
  rule('', 'services configmaps persistentvolumeclaims limitranges resourcequotas pods', [
    'get',
    'create',
    'patch',
    'delete',
  ]),
]

/** What the executor may write: the catalogue's actions and nothing else. */
const writerRules: readonly RuleRow[] = [
  rule('apps', 'deployments statefulsets daemonsets', ['get', 'patch']),
  rule('', 'pods/eviction', ['create']),
  rule('batch', 'cronjobs jobs', ['get', 'list', 'patch']),
  rule('', 'persistentvolumeclaims services', ['get', 'list', 'patch']),
  rule('autoscaling', 'horizontalpodautoscalers', ['get', 'list', 'patch']),
  rule('argoproj.io', 'applications', ['get', 'list', 'patch']),
  rule('', 'nodes', ['get', 'patch']),
  ...wholeObjects,
]

const role = (name: string, rules: readonly Fields[], labels: Record<string, string> = {}): Fields => ({
  apiVersion: rbac,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules: [...rules],
})

const binding = (name: string, roleName: string, subject: Fields): Fields => ({
  apiVersion: rbac,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roleName },
  subjects: [subject],
})

const group = (name: string): Fields => ({ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name })
const account = (namespace: string, name: string): Fields => ({ kind: 'ServiceAccount', namespace, name })

const discoveryPaths = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
]
const publicPaths = ['/healthz', '/livez', '/readyz', '/version', '/version/']

const everything = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
]

const roles: readonly Fields[] = [
  role('cluster-admin', everything),
  role('view', readerRules.slice(0, 7)),
  role('edit', [
    ...readerRules.slice(0, 7),
    rule('apps', 'deployments statefulsets daemonsets replicasets', ['create', 'delete', 'patch', 'update']),
  ]),
  role('system:discovery', [{ nonResourceURLs: discoveryPaths, verbs: ['get'] }]),
  role('system:public-info-viewer', [{ nonResourceURLs: publicPaths, verbs: ['get'] }]),
  role('system:service-account-issuer-discovery', [
    {
      nonResourceURLs: [
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ],
      verbs: ['get'],
    },
  ]),
  role('system:basic-user', [
    rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', ['create']),
    rule('authentication.k8s.io', 'selfsubjectreviews', ['create']),
  ]),
  role('cluster-doctor-reader', readerRules),
  role('cluster-doctor-writer', writerRules),
]

const bindings: readonly Fields[] = [
  binding('cluster-admin', 'cluster-admin', group('system:masters')),
  binding('system:discovery', 'system:discovery', group('system:authenticated')),
  binding('system:basic-user', 'system:basic-user', group('system:authenticated')),
  binding(
    'system:service-account-issuer-discovery',
    'system:service-account-issuer-discovery',
    group('system:serviceaccounts'),
  ),
  {
    ...binding('system:public-info-viewer', 'system:public-info-viewer', group('system:authenticated')),
    subjects: [group('system:authenticated'), group('system:unauthenticated')],
  },
  binding('cluster-doctor-reader', 'cluster-doctor-reader', account('cluster-doctor', 'doctor-reader')),
  binding('cluster-doctor-writer', 'cluster-doctor-writer', account('cluster-doctor', 'doctor-writer')),
  binding('cluster-doctor-writer-reads', 'cluster-doctor-reader', account('cluster-doctor', 'doctor-writer')),
]

const furniture: readonly Fields[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'doctor-reader', namespace: 'cluster-doctor' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'doctor-writer', namespace: 'cluster-doctor' } },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443, protocol: 'TCP' }] },
  },
]

/** Objects every cluster has before anyone deploys to it, and the doctor's own accounts. */
export function bootstrap(store: ObjectStore, ground: Ground, caPem: string): void {
  keepNamespacesEquipped(ground, store, caPem)
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'cluster-doctor']) {
    store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { manager: 'kube-apiserver' })
  }
  for (const object of [...roles, ...bindings, ...furniture]) store.apply(object, { manager: 'kube-apiserver' })
}

/** Gives each new namespace its default service account and the cluster's root certificate, as two small controllers do. */
function keepNamespacesEquipped(ground: Ground, store: ObjectStore, caPem: string): void {
  ground.storage.listen((change) => {
    if (change.resource !== 'namespaces' || change.type !== 'ADDED') return
    const namespace = change.object.metadata.name
    const actor = { manager: 'kube-controller-manager' }
    store.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }, actor)
    store.apply(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'kube-root-ca.crt',
          namespace,
          annotations: {
            'kubernetes.io/description':
              'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
          },
        },
        data: { 'ca.crt': caPem },
      },
      actor,
    )
  })
}
