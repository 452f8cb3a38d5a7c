import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { ago, container, type Doc, days, deployment, type Extra, event, namespace, node, obj, pod } from './objects.ts'
import { only, pendingDeployment, without } from './pending.ts'

const group = 'disruption'
const master = node({
  name: 'control-plane-1',
  labels: { 'node-role.kubernetes.io/control-plane': '' },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
})
const w2 = node({ name: 'worker-2' })
const bare = without(cluster(), 'Node')
const cordoned = node({
  name: 'worker-1',
  unschedulable: true,
  taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(35) }],
})
const save = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]): void =>
  writeCase(group, id, [...cluster(), namespace('shop'), ...docs], expected)
const budget = (name: string, spec: Extra, status: Extra): Doc =>
  obj('policy/v1', 'PodDisruptionBudget', 'shop', name, {
    spec: { selector: { matchLabels: { app: name } }, ...spec },
    status: {
      observedGeneration: 1,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: status['disruptionsAllowed'] === 0 ? 'False' : 'True',
          reason: status['disruptionsAllowed'] === 0 ? 'InsufficientPods' : 'SufficientPods',
          lastTransitionTime: ago(days(3)),
        },
      ],
      ...status,
    },
  })
const budgetOf = (name: string) => ({ kind: 'PodDisruptionBudget', namespace: 'shop', name })
const cart = deployment({ namespace: 'shop', name: 'cart', pod: { nodeName: 'worker-1' } })
const strict = budget(
  'cart',
  { minAvailable: 1 },
  { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 1 },
)
// While worker-1 is drained, everything but the budget's pods and those of DaemonSets has left it.
const settled = bare.map((doc) =>
  (doc['spec'] as Extra | undefined)?.['nodeName'] === 'worker-1' &&
  !String((doc['metadata'] as Extra)['name']).startsWith('kube-proxy')
    ? { ...doc, spec: { ...(doc['spec'] as Extra), nodeName: 'worker-2' } }
    : doc,
)
writeCase(group, 'pdb-plain', [master, cordoned, w2, ...settled, namespace('shop'), ...cart, strict], {
  verdict: 'fault',
  question: 'the drain of worker-1 does not finish',
  codes: ['pdb-blocks-eviction'],
  objects: [budgetOf('cart')],
  mustMention: [['minAvailable 1'], ['worker-1']],
  mustNotCode: ['node-cordoned'],
})
const upgrade = node({ name: 'worker-1' })
writeCase(
  group,
  'pdb-hidden',
  [
    master,
    upgrade,
    w2,
    ...bare,
    namespace('shop'),
    ...deployment({ namespace: 'shop', name: 'cart', replicas: 3 }),
    budget(
      'cart',
      { maxUnavailable: 0 },
      { currentHealthy: 3, desiredHealthy: 3, disruptionsAllowed: 0, expectedPods: 3 },
    ),
    event({
      about: upgrade,
      reason: 'FailedDraining',
      message: `Draining Node worker-1 did not succeed and could not be retried: error when evicting pods/"cart-x" -n "shop": global timeout reached: 1h0m0s; Cannot evict pod as it would violate the pod's disruption budget cart.`,
      first: 50,
      last: 10,
      count: 12,
      component: 'node-upgrader',
    }),
  ],
  {
    verdict: 'fault',
    question: 'the node upgrade is stuck',
    codes: ['pdb-blocks-eviction'],
    objects: [budgetOf('cart')],
    mustMention: [['maxUnavailable 0']],
  },
)
save('pdb-lookalike', [...deployment({ namespace: 'shop', name: 'cart' }), strict], {
  verdict: 'healthy',
  question: 'the budget of cart allows no disruption',
  mustNotCode: ['pdb-blocks-eviction'],
})
const deleting = { deletionTimestamp: ago(55), deletionGracePeriodSeconds: 0 }
const database = obj(
  'db.acme.io/v1',
  'Database',
  'shop',
  'orders',
  { spec: { size: 1 }, status: { phase: 'Deleting' } },
  { ...deleting, finalizers: ['db.acme.io/cleanup'] },
)
save('finalizer-plain', [database, ...healthyApp('shop', 'cart')], {
  verdict: 'fault',
  question: 'Database orders cannot be deleted',
  codes: ['finalizer-stuck'],
  objects: [{ kind: 'Database', namespace: 'shop', name: 'orders' }],
  mustMention: [['db.acme.io/cleanup']],
})
save(
  'finalizer-hidden',
  [
    obj(
      'postgresql.cnpg.io/v1',
      'Cluster',
      'shop',
      'ledger',
      { spec: { instances: 3 } },
      { ...deleting, finalizers: ['cnpg.io/deletePublication'] },
    ),
    namespace('cnpg-system'),
    ...deployment({
      namespace: 'cnpg-system',
      name: 'cnpg-controller-manager',
      replicas: 0,
      status: { replicas: 0, updatedReplicas: 0 },
    }),
    ...healthyApp('shop', 'cart'),
  ],
  {
    verdict: 'fault',
    question: 'why does the ledger cluster not go away?',
    codes: ['finalizer-stuck'],
    objects: [{ kind: 'Cluster', namespace: 'shop', name: 'ledger' }],
    mustMention: [['cnpg-controller-manager']],
  },
)
save(
  'finalizer-lookalike',
  [
    obj(
      'db.acme.io/v1',
      'Database',
      'shop',
      'orders',
      { spec: { size: 1 } },
      { deletionTimestamp: ago(1), finalizers: ['db.acme.io/cleanup'] },
    ),
    ...healthyApp('shop', 'cart'),
  ],
  {
    verdict: 'healthy',
    question: 'orders is being deleted',
    mustNotCode: ['finalizer-stuck'],
  },
)
const ending = (name: string, conditions: readonly Doc[], minutes = 70): Doc =>
  obj(
    'v1',
    'Namespace',
    undefined,
    name,
    { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating', conditions } },
    { deletionTimestamp: ago(minutes), labels: { 'kubernetes.io/metadata.name': name } },
  )
const told = (type: string, status: string, reason: string, message: string): Doc => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: ago(69),
})
writeCase(
  group,
  'namespace-plain',
  [
    ...cluster(),
    ending('sandbox', [
      told(
        'NamespaceDeletionDiscoveryFailure',
        'False',
        'ResourcesDiscovered',
        'All resources successfully discovered',
      ),
      told(
        'NamespaceContentRemaining',
        'True',
        'SomeResourcesRemain',
        'Some resources are remaining: databases.db.acme.io has 1 resource instances',
      ),
      told(
        'NamespaceFinalizersRemaining',
        'True',
        'SomeFinalizersRemain',
        'Some content in the namespace has finalizers remaining: db.acme.io/cleanup in 1 resource instances',
      ),
    ]),
    obj(
      'db.acme.io/v1',
      'Database',
      'sandbox',
      'trial',
      { spec: { size: 1 } },
      { deletionTimestamp: ago(70), finalizers: ['db.acme.io/cleanup'] },
    ),
  ],
  {
    verdict: 'fault',
    question: 'namespace sandbox hangs in Terminating',
    codes: ['namespace-terminating'],
    objects: [{ kind: 'Namespace', name: 'sandbox' }],
    mustMention: [['db.acme.io/cleanup']],
    mustNotCode: ['finalizer-stuck'],
  },
)
writeCase(
  group,
  'namespace-hidden',
  [
    ...cluster(),
    ending('sandbox', [
      told(
        'NamespaceDeletionDiscoveryFailure',
        'True',
        'DiscoveryFailed',
        'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: custom.metrics.k8s.io/v1beta1: stale GroupVersion discovery: custom.metrics.k8s.io/v1beta1',
      ),
    ]),
  ],
  {
    verdict: 'fault',
    question: 'namespace sandbox is empty and does not go',
    codes: ['namespace-terminating', 'aggregated-api-unavailable'],
    objects: [
      { kind: 'Namespace', name: 'sandbox' },
      { kind: 'APIService', name: 'v1beta1.custom.metrics.k8s.io' },
    ],
    mustMention: [['custom.metrics.k8s.io']],
  },
)
writeCase(group, 'namespace-lookalike', [...cluster(), ending('sandbox', [], 1)], {
  verdict: 'healthy',
  question: 'sandbox is being deleted',
  mustNotCode: ['namespace-terminating'],
})
const leaving = (extra: Extra, minutes = 30, nodeName = 'worker-1'): readonly Doc[] => {
  const docs = deployment({ namespace: 'shop', name: 'cart' })
  const old = pod({
    namespace: 'shop',
    name: 'cart-old-x',
    labels: { app: 'cart' },
    owner: only(docs, 'ReplicaSet')[0] as Doc,
    containers: [container('cart')],
    nodeName,
    metadata: { deletionTimestamp: ago(minutes), deletionGracePeriodSeconds: 30, ...extra },
  })
  return [...docs, old]
}
const podOf = { kind: 'Pod', namespace: 'shop', name: 'cart-old-x' }
const kill = leaving({})
save(
  'pod-terminating-plain',
  [
    ...kill,
    event({
      about: only(kill, 'Pod')[1] as Doc,
      reason: 'FailedKillPod',
      message:
        'error killing pod: [failed to "KillContainer" for "cart" with KillContainerError: "rpc error: code = DeadlineExceeded desc = context deadline exceeded", failed to "KillPodSandbox" for "9d1" with KillPodSandboxError: "rpc error: code = DeadlineExceeded"]',
      first: 29,
      last: 2,
      count: 14,
    }),
  ],
  {
    verdict: 'fault',
    question: 'cart-old-x hangs in Terminating',
    codes: ['pod-stuck-terminating'],
    objects: [podOf],
    mustMention: [['KillContainer']],
  },
)
save('pod-terminating-hidden', leaving({ finalizers: ['example.com/drain-connections'] }), {
  verdict: 'fault',
  question: 'an old cart pod does not go away',
  codes: ['pod-stuck-terminating'],
  objects: [podOf],
  mustMention: [['example.com/drain-connections']],
})
save('pod-terminating-lookalike', leaving({}, 1), {
  verdict: 'healthy',
  question: 'cart is being replaced',
  mustNotCode: ['pod-stuck-terminating'],
})
const statusText = `Cluster-autoscaler status at 2026-11-20 09:59:31.1 +0000 UTC:
Cluster-wide:
  Health:      Healthy (ready=3 unready=0 (resourceUnready=0) notStarted=0 longNotStarted=0 registered=3 longUnregistered=0)
  ScaleUp:     NoActivity (ready=3 registered=3)
  ScaleDown:   NoCandidates (candidates=0)

NodeGroups:
  Name:        workers-a
  Health:      Healthy (ready=2 unready=0 (resourceUnready=0) notStarted=0 longNotStarted=0 registered=2 longUnregistered=0 cloudProviderTarget=2 (minSize=1, maxSize=2))
  ScaleUp:     NoActivity (ready=2 cloudProviderTarget=2)
  ScaleDown:   NoCandidates (candidates=0)
`
const asks = container('render', { resources: { requests: { cpu: '3', memory: '1Gi' }, limits: {} } })
const busy = deployment({
  namespace: 'batch',
  name: 'report',
  replicas: 2,
  containers: [container('report', { resources: { requests: { cpu: '2500m', memory: '1Gi' }, limits: {} } })],
})
const noCpu =
  '0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu. preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.'
const render = pendingDeployment({ namespace: 'shop', name: 'render', containers: [asks], message: noCpu })
const notTriggered = (message: string): readonly Doc[] =>
  only(render, 'Pod').map((about) =>
    event({
      about,
      type: 'Normal',
      reason: 'NotTriggerScaleUp',
      message,
      first: 24,
      last: 1,
      count: 80,
      component: 'cluster-autoscaler',
    }),
  )
save(
  'autoscaler-plain',
  [
    ...busy,
    ...render,
    ...notTriggered(`pod didn't trigger scale-up: 1 max node group size reached`),
    obj('v1', 'ConfigMap', 'kube-system', 'cluster-autoscaler-status', { data: { status: statusText } }),
  ],
  {
    verdict: 'fault',
    question: 'render is pending',
    codes: ['cluster-autoscaler-blocked'],
    objects: [{ kind: 'NodeGroup', name: 'workers-a' }],
    mustMention: [['maximum'], ['render']],
  },
)
const claim = obj(
  'karpenter.sh/v1',
  'NodeClaim',
  undefined,
  'general-9xk2p',
  {
    status: {
      conditions: [
        {
          type: 'Launched',
          status: 'Unknown',
          reason: 'LaunchFailed',
          message:
            'creating instance, insufficient capacity, with fleet error(s), InsufficientInstanceCapacity: We currently do not have sufficient m7i.2xlarge capacity in the Availability Zone you requested (eu-west-1a)',
          lastTransitionTime: ago(20),
        },
      ],
    },
  },
  { labels: { 'karpenter.sh/nodepool': 'general' }, creationTimestamp: ago(21) },
)
save(
  'autoscaler-hidden',
  [
    ...busy,
    ...render,
    claim,
    obj('karpenter.sh/v1', 'NodePool', undefined, 'general', { spec: { limits: { cpu: '100' } } }),
  ],
  {
    verdict: 'fault',
    question: 'render is pending although Karpenter runs',
    codes: ['cluster-autoscaler-blocked'],
    objects: [{ kind: 'NodePool', name: 'general' }],
    mustMention: [['InsufficientInstanceCapacity']],
  },
)
const huge = pendingDeployment({
  namespace: 'shop',
  name: 'render',
  containers: [container('render', { resources: { requests: { cpu: '32', memory: '1Gi' }, limits: {} } })],
  message: noCpu,
})
save(
  'autoscaler-lookalike',
  [
    ...huge,
    ...only(huge, 'Pod').map((about) =>
      event({
        about,
        type: 'Normal',
        reason: 'NotTriggerScaleUp',
        message: `pod didn't trigger scale-up: 1 Insufficient cpu`,
        first: 24,
        last: 1,
        count: 80,
        component: 'cluster-autoscaler',
      }),
    ),
  ],
  {
    verdict: 'fault',
    question: 'render is pending',
    codes: ['insufficient-cpu'],
    objects: [{ kind: 'Deployment', namespace: 'shop', name: 'render' }],
    mustNotCode: ['cluster-autoscaler-blocked'],
  },
)
