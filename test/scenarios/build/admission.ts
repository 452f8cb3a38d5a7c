import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import {
  ago,
  container,
  containerStatus,
  type Doc,
  deployment,
  type Extra,
  event,
  namespace,
  obj,
  service,
} from './objects.ts'
import { only } from './pending.ts'

const group = 'admission'
const save = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]): void =>
  writeCase(group, id, [...cluster(), ...docs], expected)

type Refused = {
  readonly name: string
  readonly message: string
  readonly containers?: readonly Doc[]
  readonly kind?: 'Deployment' | 'Job'
  readonly minutes?: number
}

/** A Deployment whose new ReplicaSet may not create its pods. */
const refused = ({ name, message, containers = [container(name)], minutes = 20 }: Refused): readonly Doc[] => {
  const docs = deployment({
    namespace: 'shop',
    name,
    ready: false,
    minutesOld: minutes,
    containers,
    status: {
      replicas: 0,
      updatedReplicas: 0,
      unavailableReplicas: 1,
      conditions: [
        {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetCreated',
          message: `Created new replica set "${name}"`,
          lastTransitionTime: ago(minutes),
        },
        {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
          lastTransitionTime: ago(minutes),
        },
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(minutes) },
      ],
    },
  })
  const [owner, set] = docs as [Doc, Doc]
  const failed: Doc = {
    ...set,
    status: {
      replicas: 0,
      observedGeneration: 1,
      conditions: [
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(minutes) },
      ],
    },
  }
  return [
    owner,
    failed,
    event({
      about: set,
      reason: 'FailedCreate',
      message: `Error creating: ${message}`,
      first: minutes,
      last: 2,
      count: 16,
      component: 'replicaset-controller',
    }),
  ]
}
const pods = (name: string): string => `pods "${name}-7d9f6c5b8-x2x4z" is forbidden: `
const quota = (hard: Extra, used: Extra): Doc =>
  obj('v1', 'ResourceQuota', 'shop', 'compute', { spec: { hard }, status: { hard, used } })
const quotaOf = { kind: 'ResourceQuota', namespace: 'shop', name: 'compute' }
const heavy = deployment({
  namespace: 'shop',
  name: 'report',
  replicas: 2,
  containers: [
    container('report', { resources: { requests: { cpu: '1700m', memory: '1Gi' }, limits: { memory: '1Gi' } } }),
  ],
})
const small = container('cart', { resources: { requests: { cpu: '500m', memory: '256Mi' } } })
const exceeded = `${pods('cart')}exceeded quota: compute, requested: requests.cpu=500m, used: requests.cpu=3800m, limited: requests.cpu=4`
save(
  'quota-exceeded-plain',
  [
    quota({ 'requests.cpu': '4' }, { 'requests.cpu': '3800m' }),
    ...heavy,
    ...refused({ name: 'cart', message: exceeded, containers: [small] }),
  ],
  {
    verdict: 'fault',
    question: 'cart has no pods',
    codes: ['quota-exceeded'],
    objects: [quotaOf],
    mustMention: [['requests.cpu'], ['report']],
    mustNotCode: ['rollout-stuck'],
  },
)
const oldPods = deployment({
  namespace: 'shop',
  name: 'cart',
  containers: [small],
  replicas: 2,
  revision: 1,
  status: { updatedReplicas: 0, replicas: 2, unavailableReplicas: 1 },
})
const surge = obj(
  'apps/v1',
  'ReplicaSet',
  'shop',
  'cart-newrevision',
  {
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'cart' } },
      template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [small] } },
    },
    status: { replicas: 0, observedGeneration: 1 },
  },
  {
    creationTimestamp: ago(15),
    annotations: { 'deployment.kubernetes.io/revision': '2' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'cart',
        uid: ((oldPods[0] as Doc)['metadata'] as Doc)['uid'],
        controller: true,
      },
    ],
  },
)
save(
  'quota-exceeded-hidden',
  [
    quota({ pods: '4', 'requests.cpu': '8' }, { pods: '4', 'requests.cpu': '3' }),
    ...heavy,
    ...oldPods,
    surge,
    event({
      about: surge,
      reason: 'FailedCreate',
      message: `Error creating: ${pods('cart')}exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4`,
      first: 15,
      last: 1,
      count: 14,
      component: 'replicaset-controller',
    }),
  ],
  {
    verdict: 'fault',
    question: 'the new version of cart never rolls out',
    codes: ['quota-exceeded'],
    objects: [quotaOf],
    mustMention: [['pods']],
    mustNotCode: ['rollout-stuck'],
  },
)
const fine = deployment({ namespace: 'shop', name: 'cart', containers: [small], minutesOld: 60 })
save(
  'quota-exceeded-lookalike',
  [
    quota({ 'requests.cpu': '4' }, { 'requests.cpu': '3900m' }),
    ...fine,
    event({
      about: only(fine, 'ReplicaSet')[0] as Doc,
      reason: 'FailedCreate',
      message: `Error creating: ${exceeded}`,
      first: 60,
      last: 55,
      count: 3,
      component: 'replicaset-controller',
    }),
  ],
  { verdict: 'healthy', question: 'quota of shop is nearly full', mustNotCode: ['quota-exceeded'] },
)
const requires = `${pods('cart')}failed quota: compute: must specify limits.memory for: cart; requests.cpu for: cart`
const hardQuota = quota({ 'requests.cpu': '4', 'limits.memory': '8Gi' }, { 'requests.cpu': '0', 'limits.memory': '0' })
save('quota-requires-plain', [hardQuota, ...refused({ name: 'cart', message: requires })], {
  verdict: 'fault',
  question: 'cart has no pods',
  codes: ['quota-requires-resources'],
  objects: [quotaOf],
  mustMention: [['limits.memory']],
  mustNotCode: ['quota-exceeded'],
})
save(
  'quota-requires-hidden',
  [
    hardQuota,
    ...healthyApp('live', 'feed'),
    ...refused({
      name: 'cart',
      message: `${pods('cart')}failed quota: compute: must specify limits.memory,requests.cpu`,
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart rollout is stuck, image problem?',
    codes: ['quota-requires-resources'],
    objects: [quotaOf],
    mustNotCode: ['rollout-stuck'],
  },
)
save('quota-requires-lookalike', [hardQuota, ...deployment({ namespace: 'shop', name: 'cart', containers: [small] })], {
  verdict: 'healthy',
  question: 'shop has a quota',
  mustNotCode: ['quota-requires-resources', 'quota-exceeded'],
})
const range = (name: string, limits: readonly Doc[]): Doc => obj('v1', 'LimitRange', 'shop', name, { spec: { limits } })
const bounds = [
  range('defaults', [{ type: 'Container', default: { memory: '256Mi' } }]),
  range('bounds', [{ type: 'Container', max: { cpu: '2' }, min: { memory: '64Mi' } }]),
]
save(
  'limit-range-plain',
  [
    ...bounds,
    ...refused({ name: 'cart', message: `${pods('cart')}maximum cpu usage per Container is 2, but limit is 4` }),
  ],
  {
    verdict: 'fault',
    question: 'cart has no pods',
    codes: ['limit-range-violation'],
    objects: [{ kind: 'LimitRange', namespace: 'shop', name: 'bounds' }],
    mustMention: [['maximum cpu usage per container is 2']],
  },
)
save(
  'limit-range-hidden',
  [
    ...bounds,
    ...refused({
      name: 'cart',
      message: `${pods('cart')}[maximum cpu usage per Container is 2, but limit is 2500m, minimum memory usage per Container is 64Mi, but request is 32Mi]`,
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart rollout does not get on',
    codes: ['limit-range-violation'],
    objects: [{ kind: 'LimitRange', namespace: 'shop', name: 'bounds' }],
    mustMention: [['2500m'], ['32Mi']],
  },
)
save('limit-range-lookalike', [...bounds, ...deployment({ namespace: 'shop', name: 'cart' })], {
  verdict: 'healthy',
  question: 'shop has limit ranges',
  mustNotCode: ['limit-range-violation'],
})
const restricted = namespace('shop', { 'pod-security.kubernetes.io/enforce': 'restricted' })
const violation = `${pods('cart')}violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "cart" must set securityContext.allowPrivilegeEscalation=false), runAsNonRoot != true (pod or container "cart" must set securityContext.runAsNonRoot=true)`
save('pod-security-plain', [restricted, ...refused({ name: 'cart', message: violation })], {
  verdict: 'fault',
  question: 'cart has no pods',
  codes: ['pod-security-violation'],
  objects: [{ kind: 'Namespace', name: 'shop' }],
  mustMention: [['restricted'], ['runAsNonRoot']],
})
const daemon = obj('apps/v1', 'DaemonSet', 'shop', 'log-agent', {
  spec: {
    selector: { matchLabels: { app: 'log-agent' } },
    template: { metadata: { labels: { app: 'log-agent' } }, spec: { containers: [container('log-agent')] } },
  },
  status: {
    desiredNumberScheduled: 2,
    currentNumberScheduled: 0,
    numberReady: 0,
    numberMisscheduled: 0,
    observedGeneration: 1,
  },
})
save(
  'pod-security-hidden',
  [
    namespace('shop', { 'pod-security.kubernetes.io/enforce': 'baseline' }),
    daemon,
    ...healthyApp('shop', 'cart'),
    event({
      about: daemon,
      reason: 'FailedCreate',
      message:
        'Error creating: pods "log-agent-8w9xk" is forbidden: violates PodSecurity "baseline:v1.31": hostPath volumes (volume "varlog")',
      first: 30,
      last: 2,
      count: 18,
      component: 'daemonset-controller',
    }),
  ],
  {
    verdict: 'fault',
    question: 'we have no logs since the label change',
    codes: ['pod-security-violation'],
    objects: [{ kind: 'Namespace', name: 'shop' }],
    mustMention: [['hostPath']],
  },
)
save(
  'pod-security-lookalike',
  [
    namespace('shop', {
      'pod-security.kubernetes.io/warn': 'restricted',
      'pod-security.kubernetes.io/audit': 'restricted',
    }),
    ...deployment({ namespace: 'shop', name: 'cart' }),
  ],
  { verdict: 'healthy', question: 'shop warns about Pod Security', mustNotCode: ['pod-security-violation'] },
)
const webhook = (kind: 'Validating' | 'Mutating', name: string, hook: Extra): Doc =>
  obj('admissionregistration.k8s.io/v1', `${kind}WebhookConfiguration`, undefined, name, {
    webhooks: [
      {
        name: `${name}.example.com`,
        admissionReviewVersions: ['v1'],
        clientConfig: {
          caBundle: 'LS0tLS1CRUdJTg==',
          service: { namespace: 'policy', name: `${name}-svc`, port: 443, path: '/validate' },
        },
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        rules: [
          { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['pods'], scope: '*' },
        ],
        sideEffects: 'None',
        timeoutSeconds: 10,
        ...hook,
      },
    ],
  })
const policyServer = (name: string, ready = true): readonly Doc[] => [
  namespace('policy'),
  ...deployment({ namespace: 'policy', name, ready }),
  service({
    namespace: 'policy',
    name: `${name}-svc`,
    selector: { app: name },
    ports: [{ port: 443, targetPort: 8443, protocol: 'TCP' }],
  }),
]
const gatekeeper = webhook('Validating', 'gatekeeper', {})
const gatekeeperOf = { kind: 'ValidatingWebhookConfiguration', name: 'gatekeeper' }
save(
  'admission-denied-plain',
  [
    gatekeeper,
    ...policyServer('gatekeeper'),
    ...refused({
      name: 'cart',
      message:
        'admission webhook "gatekeeper.example.com" denied the request: [allowed-repos] container <cart> has an invalid image repo <docker.io/library/cart>, allowed repos are ["registry.example.com"]',
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart has no pods',
    codes: ['admission-denied'],
    objects: [gatekeeperOf],
    mustMention: [['allowed-repos']],
    mustNotCode: ['admission-webhook-unavailable'],
  },
)
const policy = obj('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', undefined, 'require-owner-label', {
  spec: { failurePolicy: 'Fail', validations: [{ expression: 'has(object.metadata.labels.owner)' }] },
})
save(
  'admission-denied-hidden',
  [
    policy,
    ...refused({
      name: 'cart',
      message: `${pods('cart')}ValidatingAdmissionPolicy 'require-owner-label' with binding 'require-owner-label-shop' denied request: failed expression: has(object.metadata.labels.owner)`,
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart rollout stuck',
    codes: ['admission-denied'],
    objects: [{ kind: 'ValidatingAdmissionPolicy', name: 'require-owner-label' }],
    mustNotCode: ['rollout-stuck'],
  },
)
save(
  'admission-denied-lookalike',
  [policy, gatekeeper, ...policyServer('gatekeeper'), ...deployment({ namespace: 'shop', name: 'cart' })],
  {
    verdict: 'healthy',
    question: 'which policies apply to cart?',
    mustNotCode: ['admission-denied', 'admission-webhook-unavailable'],
  },
)
const failedCall = (why: string): string =>
  `Internal error occurred: failed calling webhook "gatekeeper.example.com": failed to call webhook: Post "https://gatekeeper-svc.policy.svc:443/validate?timeout=10s": ${why}`
save(
  'webhook-unavailable-plain',
  [
    gatekeeper,
    namespace('policy'),
    service({ namespace: 'policy', name: 'metrics', selector: { app: 'metrics' } }),
    ...refused({ name: 'cart', message: failedCall('service "gatekeeper-svc" not found') }),
  ],
  {
    verdict: 'fault',
    question: 'nothing can be deployed',
    codes: ['admission-webhook-unavailable'],
    objects: [gatekeeperOf],
    mustMention: [['gatekeeper-svc']],
  },
)
save(
  'webhook-unavailable-hidden',
  [
    gatekeeper,
    ...policyServer('gatekeeper'),
    ...refused({
      name: 'cart',
      message: failedCall(
        'tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error")',
      ),
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart does not roll out, cluster full?',
    codes: ['admission-webhook-unavailable'],
    objects: [gatekeeperOf],
    mustMention: [['x509', 'certificate']],
    mustNotCode: ['rollout-stuck', 'admission-denied'],
  },
)
save(
  'webhook-unavailable-lookalike',
  [
    webhook('Validating', 'gatekeeper', { failurePolicy: 'Ignore' }),
    namespace('policy'),
    service({ namespace: 'policy', name: 'metrics', selector: { app: 'metrics' } }),
    ...deployment({ namespace: 'policy', name: 'metrics' }),
    ...deployment({ namespace: 'shop', name: 'cart' }),
  ],
  {
    verdict: 'healthy',
    question: 'a left-over webhook that ignores failures',
    mustNotCode: ['admission-webhook-unavailable'],
  },
)
const injector = webhook('Mutating', 'mesh-injector', { objectSelector: { matchLabels: { mesh: 'on' } } })
const crashing = (name: string, state: Doc, last: Doc): Doc =>
  containerStatus(name, { ready: false, started: false, restartCount: 7, state, lastState: last })
const injected = (status: Doc, sidecar: Doc): readonly Doc[] => {
  const docs = deployment({
    namespace: 'shop',
    name: 'cart',
    labels: { app: 'cart', mesh: 'on' },
    ready: false,
    minutesOld: 30,
  })
  return docs.map((doc) =>
    doc['kind'] !== 'Pod'
      ? doc
      : {
          ...doc,
          spec: { ...(doc['spec'] as Extra), containers: [container('cart'), sidecar] },
          status: { ...(doc['status'] as Extra), containerStatuses: [containerStatus('cart'), status] },
        },
  )
}
save(
  'mutation-harmful-plain',
  [
    injector,
    ...policyServer('mesh-injector'),
    ...injected(
      crashing(
        'mesh-proxy',
        {
          waiting: {
            reason: 'ImagePullBackOff',
            message: 'Back-off pulling image "registry.example.com/mesh-proxy:9.9.9"',
          },
        },
        {},
      ),
      container('mesh-proxy', { image: 'registry.example.com/mesh-proxy:9.9.9' }),
    ),
  ],
  {
    verdict: 'fault',
    question: 'cart does not start, its own image is fine',
    codes: ['admission-mutation-harmful'],
    objects: [{ kind: 'MutatingWebhookConfiguration', name: 'mesh-injector' }],
    mustMention: [['mesh-proxy']],
  },
)
save(
  'mutation-harmful-hidden',
  [
    webhook('Mutating', 'right-sizer', {}),
    ...policyServer('right-sizer'),
    ...deployment({
      namespace: 'shop',
      name: 'cart',
      ready: false,
      minutesOld: 30,
      containers: [container('cart', { resources: { limits: { memory: '1Gi' }, requests: { memory: '512Mi' } } })],
    }).map((doc) =>
      doc['kind'] !== 'Pod'
        ? doc
        : {
            ...doc,
            spec: {
              ...(doc['spec'] as Extra),
              containers: [
                container('cart', { resources: { limits: { memory: '64Mi' }, requests: { memory: '64Mi' } } }),
              ],
            },
            status: {
              ...(doc['status'] as Extra),
              containerStatuses: [
                crashing(
                  'cart',
                  {
                    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=cart' },
                  },
                  { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: ago(4), finishedAt: ago(3) } },
                ),
              ],
            },
          },
    ),
  ],
  {
    verdict: 'fault',
    question: 'cart is OOMKilled with 1Gi',
    codes: ['admission-mutation-harmful'],
    objects: [{ kind: 'MutatingWebhookConfiguration', name: 'right-sizer' }],
    mustMention: [['64Mi'], ['1Gi']],
  },
)
save(
  'mutation-harmful-lookalike',
  [
    injector,
    ...policyServer('mesh-injector'),
    ...injected(containerStatus('mesh-proxy'), container('mesh-proxy'))
      .map((doc) =>
        doc['kind'] !== 'Pod'
          ? doc
          : {
              ...doc,
              status: {
                ...(doc['status'] as Extra),
                conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
                  type,
                  status: 'True',
                  lastTransitionTime: ago(29),
                })),
              },
            },
      )
      .map((doc) =>
        doc['kind'] === 'Deployment' || doc['kind'] === 'ReplicaSet'
          ? {
              ...doc,
              status: {
                observedGeneration: 1,
                replicas: 1,
                updatedReplicas: 1,
                readyReplicas: 1,
                availableReplicas: 1,
              },
            }
          : doc,
      ),
  ],
  { verdict: 'healthy', question: 'cart has an injected proxy', mustNotCode: ['admission-mutation-harmful'] },
)
const application = (message: string, phase = 'Failed'): Doc =>
  obj('argoproj.io/v1alpha1', 'Application', 'argocd', 'legacy-web', {
    spec: {
      destination: { namespace: 'shop', server: 'https://kubernetes.default.svc' },
      project: 'default',
      source: { repoURL: 'https://git.example.com/acme/legacy.git', path: 'k8s', targetRevision: 'main' },
    },
    status: {
      health: { status: 'Healthy' },
      sync: { status: 'OutOfSync' },
      operationState: {
        phase,
        message: 'one or more synchronization tasks are not valid',
        finishedAt: ago(12),
        startedAt: ago(13),
        syncResult: {
          resources: [
            {
              group: 'extensions',
              version: 'v1beta1',
              kind: 'Ingress',
              namespace: 'shop',
              name: 'web',
              status: 'SyncFailed',
              message,
            },
          ],
          revision: 'abc1234',
          source: { repoURL: 'https://git.example.com/acme/legacy.git' },
        },
      },
    },
  })
save(
  'api-removed-plain',
  [
    namespace('argocd'),
    application(
      'The Kubernetes API could not find extensions/v1beta1/Ingress for requested resource shop/web. Make sure the "Ingress" CRD is installed on the destination cluster.',
    ),
    ...deployment({ namespace: 'shop', name: 'cart' }),
  ],
  {
    verdict: 'fault',
    question: 'legacy-web does not sync since the upgrade',
    codes: ['api-removed'],
    objects: [{ kind: 'Ingress', namespace: 'shop', name: 'web' }],
    accept: [{ kind: 'Application', namespace: 'argocd', name: 'legacy-web' }],
    mustMention: [['networking.k8s.io/v1']],
  },
)
const release = obj('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'shop', 'cron-suite', {
  spec: { chart: { spec: { chart: 'cron-suite', version: '0.3.1' } }, interval: '5m' },
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'InstallFailed',
        message:
          'Helm install failed for release shop/cron-suite with chart cron-suite@0.3.1: unable to build kubernetes objects from release manifest: resource mapping not found for name: "nightly" namespace: "shop" from "": no matches for kind "CronJob" in version "batch/v1beta1"\nensure CRDs are installed first',
        lastTransitionTime: ago(30),
      },
    ],
  },
})
save('api-removed-hidden', [release, ...deployment({ namespace: 'shop', name: 'cart' })], {
  verdict: 'fault',
  question: 'cron-suite fails to install',
  codes: ['api-removed'],
  objects: [{ kind: 'CronJob', namespace: 'shop', name: 'nightly' }],
  accept: [{ kind: 'HelmRelease', namespace: 'shop', name: 'cron-suite' }],
  mustMention: [['batch/v1']],
})
save(
  'api-removed-lookalike',
  [
    namespace('argocd'),
    {
      ...application(''),
      status: {
        health: { status: 'Healthy' },
        sync: { status: 'Synced' },
        operationState: {
          phase: 'Succeeded',
          message: 'successfully synced (all tasks run)',
          finishedAt: ago(120),
          startedAt: ago(121),
        },
      },
    },
    ...deployment({ namespace: 'shop', name: 'cart' }),
  ],
  {
    verdict: 'healthy',
    question: 'is legacy-web in order?',
    mustNotCode: ['api-removed'],
  },
)
