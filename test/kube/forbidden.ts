/** A request that the writer's credentials must not be able to make. `why` is a part of the refusal. */
export type Forbidden = {
  readonly what: string
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET'
  readonly path: string
  readonly body?: object
  readonly why: RegExp
}

const rbac = /cannot (create|delete|deletecollection|patch|update|get|list|impersonate)/
const mark = { metadata: { annotations: { 'cluster-doctor.dev/plan': '0123456789ab' } } }
const shop = '/api/v1/namespaces/shop'
const apps = '/apis/apps/v1/namespaces/shop'
const checkout = `${apps}/deployments/checkout`
const application = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/shop'
const certificate = '/apis/cert-manager.io/v1/namespaces/shop/certificates/web'

const patch = (what: string, path: string, body: object, why: RegExp, marked = true): Forbidden => ({
  what,
  method: 'PATCH',
  path,
  body: marked ? { ...body, metadata: { ...mark.metadata, ...(body as { metadata?: object }).metadata } } : body,
  why,
})
const remove = (what: string, path: string): Forbidden => ({ what, method: 'DELETE', path, why: rbac })
const create = (what: string, path: string, body: object): Forbidden => ({
  what,
  method: 'POST',
  path,
  body,
  why: rbac,
})
const read = (what: string, path: string): Forbidden => ({ what, method: 'GET', path, why: rbac })

const container = (more: object) => ({
  spec: { template: { spec: { containers: [{ name: 'app', image: 'x:1', ...more }] } } },
})
const pod = { spec: { containers: [{ name: 'x', image: 'x:1' }] } }
const fields = /only the fields that its catalogue has/
const privileged = /privileged/
const own = /its own namespace/
const labels = /labels, finalizers or owners/
const planMark = /mark each change with its plan/
const repository = /synced from its own repository/

/** What RBAC refuses: other verbs, other resources, and every way to more rights. */
const byRights: readonly Forbidden[] = [
  remove('delete a Deployment', checkout),
  remove('delete all Deployments', `${apps}/deployments`),
  remove('delete all pods', `${shop}/pods`),
  remove('delete a pod', `${shop}/pods/any`),
  remove('delete a namespace', shop),
  remove('delete a node', '/api/v1/nodes/node-1'),
  remove('delete a claim', `${shop}/persistentvolumeclaims/data`),
  remove('delete a volume', '/api/v1/persistentvolumes/pv-data'),
  remove('delete an Application', application),
  remove(
    'delete the admission policy',
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/cluster-doctor-writer',
  ),
  remove('delete its own binding', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/cluster-doctor-writer'),
  create('create a Deployment', `${apps}/deployments`, { metadata: { name: 'x' } }),
  create('create a pod', `${shop}/pods`, { metadata: { name: 'x' }, ...pod }),
  create('create a Job', '/apis/batch/v1/namespaces/shop/jobs', { metadata: { name: 'x' } }),
  create('create a namespace', '/api/v1/namespaces', { metadata: { name: 'x' } }),
  create('create a Secret', `${shop}/secrets`, { metadata: { name: 'x' } }),
  create('create a ConfigMap', `${shop}/configmaps`, { metadata: { name: 'x' } }),
  create('make a token of another account', `${shop}/serviceaccounts/default/token`, { spec: {} }),
  create('make itself a longer token', '/api/v1/namespaces/cluster-doctor/serviceaccounts/doctor-writer/token', {
    spec: {},
  }),
  create('give itself a role', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'x' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'cluster-doctor', name: 'doctor-writer' }],
  }),
  create('create a webhook', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
    metadata: { name: 'x' },
  }),
  create('create an Application', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'x' },
  }),
  create('ask for a certificate of its own', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
    metadata: { name: 'x' },
  }),
  create('run a command in a pod', `${shop}/pods/any/exec?command=id`, {}),
  create('bind a pod to a node', `${shop}/pods/any/binding`, { target: { name: 'node-1' } }),
  read('read Secrets', '/api/v1/secrets'),
  read('read one Secret', `${shop}/secrets/any`),
  read('read Secrets of the system', '/api/v1/namespaces/kube-system/secrets'),
  read('reach a kubelet', '/api/v1/nodes/node-1/proxy/pods'),
  patch(
    'change its own role',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-doctor-writer',
    { rules: [] },
    rbac,
  ),
  patch('change a ConfigMap', `${shop}/configmaps/settings`, { data: { level: 'x' } }, rbac),
  patch('change a pod', `${shop}/pods/any`, {}, rbac),
  patch('label a namespace', shop, { metadata: { labels: { x: 'y' } } }, rbac),
  patch('change a node’s status', '/api/v1/nodes/node-1/status', { status: {} }, rbac),
  patch(
    'change a volume',
    '/api/v1/persistentvolumes/pv-data',
    { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
    rbac,
  ),
  patch('change what a certificate is for', certificate, { spec: { secretName: 'other' } }, rbac),
  patch(
    'approve the request of a client',
    '/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-dana/approval',
    {
      status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x', message: 'x' }] },
    },
    /user not permitted to approve/,
  ),
  { what: 'replace a Deployment', method: 'PUT', path: checkout, body: { metadata: { name: 'checkout' } }, why: rbac },
]

/** What RBAC alone would let through, and the admission policy refuses. */
const byPolicy: readonly Forbidden[] = [
  patch('scale without the mark of a plan', checkout, { spec: { replicas: 1 } }, planMark, false),
  patch(
    'scale under a mark that is none',
    checkout,
    { metadata: { annotations: { 'cluster-doctor.dev/plan': 'x' } }, spec: { replicas: 1 } },
    planMark,
  ),
  patch('change kube-system', '/apis/apps/v1/namespaces/kube-system/deployments/web', { spec: { replicas: 1 } }, own),
  patch(
    'change the doctor itself',
    '/apis/apps/v1/namespaces/cluster-doctor/deployments/web',
    { spec: { replicas: 0 } },
    own,
  ),
  patch('make a container privileged', checkout, container({ securityContext: { privileged: true } }), privileged),
  patch('put a pod on the host network', checkout, { spec: { template: { spec: { hostNetwork: true } } } }, privileged),
  patch(
    'put a pod in the host’s process room',
    checkout,
    { spec: { template: { spec: { hostPID: true } } } },
    privileged,
  ),
  patch('change a strategy', checkout, { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }, fields),
  patch('label a Deployment', checkout, { metadata: { labels: { x: 'y' } } }, labels),
  patch(
    'give a Deployment an owner',
    checkout,
    {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', uid: 'x' }] },
    },
    labels,
  ),
  patch('hold a Deployment with a finalizer', checkout, { metadata: { finalizers: ['acme.dev/x'] } }, labels),
  patch(
    'change what a CronJob runs',
    '/apis/batch/v1/namespaces/shop/cronjobs/nightly',
    {
      spec: {
        jobTemplate: {
          spec: { template: { spec: { containers: [{ name: 'app', image: 'evil:1' }], restartPolicy: 'Never' } } },
        },
      },
    },
    fields,
  ),
  patch(
    'change when a CronJob runs',
    '/apis/batch/v1/namespaces/shop/cronjobs/nightly',
    { spec: { schedule: '* * * * *' } },
    fields,
  ),
  patch('run a Job more often', '/apis/batch/v1/namespaces/shop/jobs/migrate', { spec: { parallelism: 50 } }, fields),
  patch('open a Service to the outside', `${shop}/services/checkout`, { spec: { type: 'LoadBalancer' } }, fields),
  patch(
    'give a Service an outside address',
    `${shop}/services/checkout`,
    { spec: { externalIPs: ['192.0.2.1'] } },
    fields,
  ),
  patch(
    'scale another workload by an autoscaler',
    '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/search',
    {
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' } },
    },
    fields,
  ),
  patch('taint a node', '/api/v1/nodes/node-1', { spec: { taints: [{ key: 'x', effect: 'NoExecute' }] } }, fields),
  patch('label a node', '/api/v1/nodes/node-1', { metadata: { labels: { x: 'y' } } }, labels),
  patch('point an Application elsewhere', application, { spec: { source: { repoURL: 'https://evil.dev/x' } } }, fields),
  patch(
    'sync from elsewhere',
    application,
    { operation: { sync: { source: { repoURL: 'https://evil.dev/x' } } } },
    repository,
  ),
  patch(
    'sync from several elsewhere',
    application,
    { operation: { sync: { sources: [{ repoURL: 'https://evil.dev/x' }] } } },
    repository,
  ),
  patch('sync manifests of its own', application, { operation: { sync: { manifests: ['kind: Pod'] } } }, repository),
  patch(
    'forge what Argo CD says',
    application,
    { status: { health: { status: 'Healthy', forged: true } } },
    repository,
  ),
  patch('forge a certificate’s state', `${certificate}/status`, { status: { revision: 99 } }, /issued anew/),
  patch(
    'say that a certificate is ready',
    `${certificate}/status`,
    {
      status: { conditions: [{ type: 'Ready', status: 'True', reason: 'forged' }] },
    },
    /issued anew/,
  ),
  patch(
    'deny a request',
    '/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-node-2/approval',
    {
      status: { conditions: [{ type: 'Denied', status: 'True', reason: 'x', message: 'x' }] },
    },
    /only approve/,
  ),
]

/** All of them. */
export const forbidden: readonly Forbidden[] = [...byRights, ...byPolicy]
