import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import {
  ago,
  container,
  containerLog,
  containerStatus,
  type Doc,
  days,
  deployment,
  type Extra,
  endpointSlice,
  event,
  namespace,
  obj,
  pod,
  service,
} from './objects.ts'
import { only } from './pending.ts'

const group = 'controllers'
const save = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]): void =>
  writeCase(group, id, [...cluster(), namespace('shop'), ...docs], expected)
const deploymentOf = (namespaceName: string, name: string) => ({ kind: 'Deployment', namespace: namespaceName, name })
const exceeded = (name: string, minutes: number): readonly Doc[] => [
  { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', lastTransitionTime: ago(days(2)) },
  {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `ReplicaSet "${name}-6b8f" has timed out progressing.`,
    lastTransitionTime: ago(minutes),
  },
]
save(
  'rollout-stuck-plain',
  [
    ...deployment({
      namespace: 'shop',
      name: 'cart',
      replicas: 2,
      minutesOld: 40,
      spec: { minReadySeconds: 1800, progressDeadlineSeconds: 600 },
      status: {
        readyReplicas: 2,
        availableReplicas: 0,
        unavailableReplicas: 2,
        updatedReplicas: 2,
        conditions: exceeded('cart', 30),
      },
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart rollout is stuck',
    codes: ['rollout-stuck'],
    objects: [deploymentOf('shop', 'cart')],
  },
)
const slow = deployment({
  namespace: 'shop',
  name: 'cart',
  ready: false,
  minutesOld: 30,
  status: { conditions: exceeded('cart', 18) },
  pod: {
    containerStatuses: [
      containerStatus('cart', {
        ready: false,
        started: false,
        restartCount: 0,
        state: {
          waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "registry.example.com/cart:1.0.0"' },
        },
      }),
    ],
    phase: 'Pending',
  },
})
save(
  'rollout-stuck-lookalike',
  [
    ...slow,
    event({
      about: only(slow, 'Pod')[0] as Doc,
      reason: 'Failed',
      message:
        'Failed to pull image "registry.example.com/cart:1.0.0": rpc error: code = NotFound desc = failed to pull and unpack image "registry.example.com/cart:1.0.0": failed to resolve reference "registry.example.com/cart:1.0.0": registry.example.com/cart:1.0.0: not found',
      first: 29,
      last: 1,
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart rollout is stuck',
    codes: ['image-not-found'],
    objects: [deploymentOf('shop', 'cart')],
    mustNotCode: ['rollout-stuck'],
  },
)
const rolling = deployment({
  namespace: 'shop',
  name: 'cart',
  replicas: 2,
  minutesOld: 3,
  status: {
    updatedReplicas: 1,
    readyReplicas: 2,
    availableReplicas: 2,
    unavailableReplicas: 1,
    replicas: 3,
    conditions: [
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', lastTransitionTime: ago(3000) },
      {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: 'ReplicaSet "cart-6b8f" is progressing.',
        lastTransitionTime: ago(1),
        lastUpdateTime: ago(1),
      },
    ],
  },
})
save('rollout-progress-lookalike', rolling, {
  verdict: 'healthy',
  question: 'cart is being rolled out',
  mustNotCode: ['rollout-stuck', 'controller-manager-down'],
})
const paused = (image: string): readonly Doc[] => {
  const docs = deployment({
    namespace: 'shop',
    name: 'cart',
    replicas: 2,
    status: {
      updatedReplicas: 0,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', lastTransitionTime: ago(3000) },
        {
          type: 'Progressing',
          status: 'Unknown',
          reason: 'DeploymentPaused',
          message: 'Deployment is paused',
          lastTransitionTime: ago(300),
        },
      ],
    },
  })
  const [owner, ...rest] = docs
  const spec = (owner as Doc)['spec'] as Extra
  const template = spec['template'] as Extra
  return [
    {
      ...(owner as Doc),
      spec: {
        ...spec,
        paused: true,
        template: { ...template, spec: { ...(template['spec'] as Extra), containers: [container('cart', { image })] } },
      },
    },
    ...rest,
  ]
}
save('rollout-paused-plain', paused('registry.example.com/cart:1.1.0'), {
  verdict: 'fault',
  question: 'the new image of cart is not rolled out',
  codes: ['rollout-paused'],
  objects: [deploymentOf('shop', 'cart')],
  mustMention: [['paused']],
})
save(
  'rollout-paused-hidden',
  [
    ...paused('registry.example.com/cart:1.1.0'),
    ...healthyApp('shop', 'search'),
    {
      apiVersion: 'clusterdoctor.dev/v1alpha1',
      kind: 'Alert',
      source: 'alertmanager',
      labels: { alertname: 'KubeDeploymentGenerationMismatch', namespace: 'shop', deployment: 'cart' },
      annotations: { summary: 'cart rolled back or not rolled out' },
      startsAt: ago(280),
    },
  ],
  {
    verdict: 'fault',
    question: 'KubeDeploymentGenerationMismatch cart',
    codes: ['rollout-paused'],
    objects: [deploymentOf('shop', 'cart')],
    mustNotCode: ['controller-manager-down'],
  },
)
const calm = paused('registry.example.com/cart:1.0.0').map((doc) =>
  doc['kind'] !== 'Deployment' ? doc : { ...doc, status: { ...(doc['status'] as Extra), updatedReplicas: 2 } },
)
save('rollout-paused-lookalike', calm, {
  verdict: 'healthy',
  question: 'cart is paused on purpose',
  mustNotCode: ['rollout-paused'],
})

const zero = (name: string, extra: Extra = {}): readonly Doc[] =>
  deployment({
    namespace: 'shop',
    name,
    replicas: 0,
    status: { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
    ...extra,
  })
const svc = (name: string): Doc => service({ namespace: 'shop', name, selector: { app: name } })
const empty = (name: string): readonly Doc[] => [svc(name), endpointSlice(svc(name), [])]
const ingress = (name: string): Doc =>
  obj('networking.k8s.io/v1', 'Ingress', 'shop', name, {
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host: `${name}.example.com`,
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] },
        },
      ],
    },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
  })
const nginx = obj('networking.k8s.io/v1', 'IngressClass', undefined, 'nginx', {
  spec: { controller: 'k8s.io/ingress-nginx' },
})
const scaledDown = zero('cart')
save(
  'scaled-to-zero-plain',
  [
    ...scaledDown,
    ...empty('cart'),
    nginx,
    ingress('cart'),
    event({
      about: scaledDown[0] as Doc,
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: 'Scaled down replica set cart-abc from 3 to 0',
      first: 25,
      last: 25,
      count: 1,
      component: 'deployment-controller',
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart.example.com answers 503',
    codes: ['scaled-to-zero'],
    objects: [deploymentOf('shop', 'cart')],
    mustMention: [['--replicas=3']],
    mustNotCode: ['service-selector-mismatch'],
  },
)
const client = deployment({ namespace: 'shop', name: 'storefront' })
save(
  'scaled-to-zero-hidden',
  [
    ...zero('pricing'),
    ...empty('pricing'),
    ...client,
    containerLog(
      only(client, 'Pod')[0] as Doc,
      'storefront',
      [
        '2026-11-20T09:58:01Z ERROR price lookup failed: dial tcp 10.96.4.7:80: connect: connection refused (http://pricing.shop.svc.cluster.local/v1/prices)',
        '2026-11-20T09:58:06Z ERROR price lookup failed: Get "http://pricing.shop.svc.cluster.local/v1/prices": dial tcp 10.96.4.7:80: connect: connection refused',
        '2026-11-20T09:58:11Z ERROR price lookup failed: Get "http://pricing.shop.svc.cluster.local/v1/prices": dial tcp 10.96.4.7:80: connect: connection refused',
      ].join('\n'),
    ),
  ],
  {
    verdict: 'fault',
    question: 'storefront shows no prices',
    codes: ['scaled-to-zero'],
    objects: [deploymentOf('shop', 'pricing')],
  },
)
save('scaled-to-zero-lookalike', [...zero('legacy-import'), ...empty('legacy-import'), ...healthyApp('shop', 'cart')], {
  verdict: 'healthy',
  question: 'legacy-import has no pods',
  mustNotCode: ['scaled-to-zero', 'service-selector-mismatch'],
})
const statefulSet = (name: string, serviceName: string, ready = true): readonly Doc[] => {
  const containers = [container(name)]
  const owner = obj('apps/v1', 'StatefulSet', 'shop', name, {
    spec: {
      replicas: 2,
      serviceName,
      selector: { matchLabels: { app: name } },
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate' },
      template: { metadata: { labels: { app: name } }, spec: { containers } },
    },
    status: {
      observedGeneration: 1,
      replicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      ...(ready ? { readyReplicas: 2, availableReplicas: 2 } : {}),
      currentRevision: `${name}-1`,
      updateRevision: `${name}-1`,
    },
  })
  return [
    owner,
    ...[0, 1].map((index) =>
      pod({
        namespace: 'shop',
        name: `${name}-${index}`,
        labels: { app: name, 'statefulset.kubernetes.io/pod-name': `${name}-${index}` },
        owner,
        containers,
        ready,
        nodeName: `worker-${index + 1}`,
        spec: { hostname: `${name}-${index}`, subdomain: serviceName },
      }),
    ),
  ]
}
save(
  'missing-governing-service-plain',
  [
    ...statefulSet('mongo', 'mongo-headless'),
    ...healthyApp('shop', 'cart'),
    service({
      namespace: 'shop',
      name: 'mongo',
      selector: { app: 'mongo' },
      ports: [{ port: 27017, targetPort: 27017 }],
    }),
  ],
  {
    verdict: 'fault',
    question: 'mongo-0.mongo-headless does not resolve',
    codes: ['missing-governing-service', 'missing-service'],
    objects: [{ kind: 'Service', namespace: 'shop', name: 'mongo-headless' }],
    mustMention: [['mongo-headless']],
  },
)
const lonely = statefulSet('mongo', 'mongo-headles', false)
save(
  'missing-governing-service-hidden',
  [
    ...lonely,
    service({
      namespace: 'shop',
      name: 'mongo-headless',
      selector: { app: 'mongo' },
      spec: { clusterIP: 'None', publishNotReadyAddresses: true },
      ports: [{ port: 27017, targetPort: 27017 }],
    }),
    containerLog(
      only(lonely, 'Pod')[0] as Doc,
      'mongo',
      '{"t":{"$date":"2026-11-20T09:58:00Z"},"s":"W","c":"REPL","msg":"Failed to find peer","attr":{"host":"mongo-1.mongo-headles.shop.svc.cluster.local:27017","error":"HostNotFound: Name or service not known"}}',
    ),
  ],
  {
    verdict: 'fault',
    question: 'mongo members do not find each other',
    codes: ['missing-governing-service'],
    objects: [{ kind: 'Service', namespace: 'shop', name: 'mongo-headles' }],
    mustMention: [['mongo-headless']],
  },
)
save(
  'missing-governing-service-lookalike',
  [
    ...statefulSet('mongo', 'mongo-headless'),
    service({
      namespace: 'shop',
      name: 'mongo-headless',
      selector: { app: 'mongo' },
      spec: { clusterIP: 'None' },
      ports: [{ port: 27017, targetPort: 27017 }],
    }),
  ],
  {
    verdict: 'healthy',
    question: 'is the governing service of mongo there?',
    mustNotCode: ['missing-governing-service'],
  },
)
const manager = (ready: boolean): Doc =>
  pod({
    namespace: 'kube-system',
    name: 'kube-controller-manager-control-plane-1',
    labels: { component: 'kube-controller-manager', tier: 'control-plane' },
    containers: [container('kube-controller-manager', { image: 'registry.k8s.io/kube-controller-manager:v1.31.4' })],
    nodeName: 'control-plane-1',
    minutesOld: days(30),
    ready,
    ...(ready
      ? {}
      : {
          containerStatuses: [
            containerStatus('kube-controller-manager', {
              ready: false,
              started: false,
              restartCount: 21,
              state: {
                waiting: {
                  reason: 'CrashLoopBackOff',
                  message: 'back-off 5m0s restarting failed container=kube-controller-manager',
                },
              },
              lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(4), finishedAt: ago(4) } },
            }),
          ],
        }),
  })
const unseen = (name: string, minutes: number): readonly Doc[] =>
  deployment({
    namespace: 'shop',
    name,
    metadata: {
      generation: 3,
      managedFields: [{ manager: 'kubectl-edit', operation: 'Update', time: ago(minutes), apiVersion: 'apps/v1' }],
    },
    status: { observedGeneration: 2 },
  })
const managerOf = { kind: 'Pod', namespace: 'kube-system', name: 'kube-controller-manager-control-plane-1' }
save('controller-manager-down-plain', [manager(false), ...unseen('cart', 25), ...unseen('search', 12)], {
  verdict: 'fault',
  question: 'changes of cart have no effect',
  codes: ['controller-manager-down', 'app-crash'],
  objects: [managerOf],
  mustMention: [['controller-manager']],
})
save(
  'controller-manager-down-hidden',
  [...unseen('cart', 25), ...unseen('search', 12), ...healthyApp('shop', 'feed')],
  {
    verdict: 'fault',
    question: 'nothing rolls out any more (managed control plane)',
    codes: ['controller-manager-down'],
    objects: [{ kind: 'Component', namespace: 'kube-system', name: 'kube-controller-manager' }],
    mustNotCode: ['rollout-stuck'],
  },
)
save('controller-manager-down-lookalike', [manager(true), ...unseen('cart', 0.2)], {
  verdict: 'healthy',
  question: 'cart was edited a moment ago',
  mustNotCode: ['controller-manager-down'],
})
