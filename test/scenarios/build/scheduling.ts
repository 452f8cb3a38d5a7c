import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { ago, container, type Doc, deployment, event, node, pod } from './objects.ts'
import { only, pendingDeployment, unschedulable, without } from './pending.ts'

const group = 'scheduling'
const master = node({
  name: 'control-plane-1',
  labels: { 'node-role.kubernetes.io/control-plane': '' },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
})
const zoneB = { 'topology.kubernetes.io/zone': 'eu-west-1b' }
const on = (...nodes: readonly Doc[]): readonly Doc[] => [master, ...nodes, ...without(cluster(), 'Node')]
const two = [node({ name: 'worker-1' }), node({ name: 'worker-2', labels: zoneB })]
const asks = (name: string, requests: Doc, extra: Doc = {}): Doc =>
  container(name, { resources: { requests, limits: {} }, ...extra })
const cp = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }'
const none = (total: number, rest: string): string =>
  `0/${total} nodes are available: ${rest}. preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`
const deploymentOf = (namespace: string, name: string) => ({ kind: 'Deployment', namespace, name })
/** A workload that takes most of two workers. */
const hog = (cpu: string, memory = '1Gi'): readonly Doc[] =>
  deployment({ namespace: 'batch', name: 'report-builder', replicas: 2, containers: [asks('report', { cpu, memory })] })

writeCase(
  group,
  'insufficient-cpu-plain',
  [
    ...on(...two),
    ...pendingDeployment({
      namespace: 'shop',
      name: 'search-indexer',
      containers: [asks('indexer', { cpu: '6', memory: '2Gi' })],
      message: none(3, `${cp}, 2 Insufficient cpu`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'search-indexer does not start',
    codes: ['insufficient-cpu'],
    objects: [deploymentOf('shop', 'search-indexer')],
    mustMention: [['never fit', 'more than any'], ['6 cpu']],
    mustNotCode: ['taint-not-tolerated'],
  },
)
writeCase(
  group,
  'insufficient-cpu-hidden',
  [
    ...on(...two),
    ...hog('3500m'),
    ...healthyApp('shop', 'storefront'),
    ...pendingDeployment({
      namespace: 'shop',
      name: 'checkout',
      replicas: 2,
      containers: [asks('app', { cpu: '200m', memory: '256Mi' }), asks('proxy', { cpu: '400m', memory: '64Mi' })],
      message: `0/3 nodes are available: ${cp}, 2 Insufficient cpu. preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.`,
    }),
  ],
  {
    verdict: 'fault',
    question: 'checkout is down, KubeDeploymentReplicasMismatch fires',
    codes: ['insufficient-cpu'],
    objects: [deploymentOf('shop', 'checkout')],
    mustMention: [['600m'], ['worker-']],
    mustNotCode: ['rollout-stuck', 'insufficient-memory'],
  },
)
const scaling = pendingDeployment({
  namespace: 'shop',
  name: 'thumbnailer',
  minutesOld: 1,
  containers: [asks('app', { cpu: '3', memory: '1Gi' })],
  message: none(3, `${cp}, 2 Insufficient cpu`),
})
writeCase(
  group,
  'insufficient-cpu-lookalike',
  [
    ...on(...two),
    ...hog('2'),
    ...scaling,
    ...only(scaling, 'Pod').map((about) =>
      event({
        about,
        type: 'Normal',
        reason: 'TriggeredScaleUp',
        message: 'pod triggered scale-up: [{workers-a 2->3 (max: 6)}]',
        first: 1,
        last: 1,
        count: 1,
        component: 'cluster-autoscaler',
      }),
    ),
  ],
  { verdict: 'healthy', question: 'is thumbnailer alright?', mustNotCode: ['insufficient-cpu', 'rollout-stuck'] },
)
writeCase(
  group,
  'insufficient-memory-plain',
  [
    ...on(...two),
    ...hog('500m', '13Gi'),
    ...pendingDeployment({
      namespace: 'data',
      name: 'warehouse-cache',
      containers: [asks('cache', { cpu: '500m', memory: '6Gi' })],
      message: none(3, `${cp}, 2 Insufficient memory`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'warehouse-cache pending',
    codes: ['insufficient-memory'],
    objects: [deploymentOf('data', 'warehouse-cache')],
    mustMention: [['6Gi'], ['memory']],
  },
)
writeCase(
  group,
  'insufficient-memory-hidden',
  [
    ...on(...two),
    ...pendingDeployment({
      namespace: 'data',
      name: 'model-server',
      containers: [asks('serve', { cpu: '500m', memory: '2Gi' })],
      podSpec: { initContainers: [asks('load-model', { cpu: '1', memory: '24Gi' })] },
      pod: { initContainers: [asks('load-model', { cpu: '1', memory: '24Gi' })] },
      message: none(3, `${cp}, 2 Insufficient memory`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'model-server needs only 2Gi, why is it pending?',
    codes: ['insufficient-memory'],
    objects: [deploymentOf('data', 'model-server')],
    mustMention: [['24Gi']],
  },
)
const placed = deployment({
  namespace: 'data',
  name: 'etl',
  minutesOld: 50,
  containers: [asks('etl', { cpu: '1', memory: '4Gi' })],
})
writeCase(
  group,
  'insufficient-memory-lookalike',
  [
    ...on(...two),
    ...placed,
    ...only(placed, 'Pod').map((about) =>
      event({
        about,
        reason: 'FailedScheduling',
        message: none(3, `${cp}, 2 Insufficient memory`),
        first: 50,
        last: 45,
        component: 'default-scheduler',
      }),
    ),
  ],
  { verdict: 'healthy', question: 'etl had trouble this morning?', mustNotCode: ['insufficient-memory'] },
)
const gpu = (count: string): Doc => asks('train', { cpu: '1', memory: '4Gi', 'nvidia.com/gpu': count })
writeCase(
  group,
  'insufficient-gpu-plain',
  [
    ...on(...two),
    ...pendingDeployment({
      namespace: 'ml',
      name: 'trainer',
      containers: [gpu('2')],
      message: none(3, `${cp}, 2 Insufficient nvidia.com/gpu`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'trainer pending',
    codes: ['insufficient-extended-resource'],
    objects: [deploymentOf('ml', 'trainer')],
    mustMention: [['nvidia.com/gpu']],
  },
)
const gpuNode = node({ name: 'gpu-1', cpu: '16', allocatable: { 'nvidia.com/gpu': '4' } })
writeCase(
  group,
  'insufficient-gpu-hidden',
  [
    ...on(...two, gpuNode),
    ...deployment({ namespace: 'ml', name: 'notebooks', containers: [gpu('3')], pod: { nodeName: 'gpu-1' } }),
    ...pendingDeployment({
      namespace: 'ml',
      name: 'trainer',
      containers: [gpu('2')],
      message: none(4, `${cp}, 3 Insufficient nvidia.com/gpu`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'there is a node with 4 GPUs, why does trainer not run?',
    codes: ['insufficient-extended-resource'],
    objects: [deploymentOf('ml', 'trainer')],
    mustMention: [['gpu-1']],
  },
)
writeCase(
  group,
  'insufficient-gpu-lookalike',
  [
    ...on(
      ...two,
      node({
        name: 'gpu-1',
        cpu: '16',
        allocatable: { 'nvidia.com/gpu': '4' },
        taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
      }),
    ),
    ...pendingDeployment({
      namespace: 'ml',
      name: 'trainer',
      containers: [gpu('2')],
      message: none(
        4,
        `${cp}, 1 node(s) had untolerated taint {nvidia.com/gpu: present}, 2 Insufficient nvidia.com/gpu`,
      ),
    }),
  ],
  {
    verdict: 'fault',
    question: 'trainer pending',
    codes: ['taint-not-tolerated'],
    objects: [deploymentOf('ml', 'trainer')],
    mustNotCode: ['insufficient-extended-resource'],
  },
)
const ssd = [node({ name: 'worker-1', labels: { disktype: 'ssd' } }), node({ name: 'worker-2', labels: zoneB })]
writeCase(
  group,
  'node-affinity-plain',
  [
    ...on(...ssd),
    ...pendingDeployment({
      namespace: 'data',
      name: 'ledger',
      podSpec: { nodeSelector: { disktype: 'sdd' } },
      message: none(3, `3 node(s) didn't match Pod's node affinity/selector`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'ledger is pending',
    codes: ['node-affinity-unsatisfied'],
    objects: [deploymentOf('data', 'ledger')],
    mustMention: [['disktype=sdd'], ['disktype=ssd']],
  },
)
writeCase(
  group,
  'node-affinity-hidden',
  [
    ...on(...two),
    ...hog('3500m'),
    ...pendingDeployment({
      namespace: 'data',
      name: 'ledger',
      containers: [asks('ledger', { cpu: '1', memory: '1Gi' })],
      podSpec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-west-1d'] }] },
              ],
            },
          },
        },
      },
      // 1.24 reports every node by its first failing filter.
      message: `0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector.`,
    }),
  ],
  {
    verdict: 'fault',
    question: 'ledger does not schedule, is the cluster full?',
    codes: ['node-affinity-unsatisfied'],
    objects: [deploymentOf('data', 'ledger')],
    mustMention: [['eu-west-1d']],
    mustNotCode: ['insufficient-cpu', 'taint-not-tolerated'],
  },
)
writeCase(
  group,
  'node-affinity-lookalike',
  [
    ...on(...ssd),
    ...deployment({
      namespace: 'batch',
      name: 'compactor',
      containers: [asks('compact', { cpu: '3800m', memory: '1Gi' })],
    }),
    ...pendingDeployment({
      namespace: 'data',
      name: 'ledger',
      containers: [asks('ledger', { cpu: '1', memory: '1Gi' })],
      podSpec: { nodeSelector: { disktype: 'ssd' } },
      message: none(3, `1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'ledger is pending',
    codes: ['insufficient-cpu'],
    objects: [deploymentOf('data', 'ledger')],
    mustNotCode: ['node-affinity-unsatisfied'],
  },
)
const batch = { key: 'dedicated', value: 'batch', effect: 'NoSchedule' }
const dedicated = [
  node({ name: 'worker-1', taints: [batch] }),
  node({ name: 'worker-2', labels: zoneB, taints: [batch] }),
]
writeCase(
  group,
  'taint-plain',
  [
    ...on(...dedicated),
    ...pendingDeployment({
      namespace: 'shop',
      name: 'mailer',
      message: none(3, `${cp}, 2 node(s) had untolerated taint {dedicated: batch}`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'mailer pending',
    codes: ['taint-not-tolerated'],
    objects: [deploymentOf('shop', 'mailer')],
    mustMention: [['dedicated=batch']],
  },
)
writeCase(
  group,
  'taint-hidden',
  [
    ...on(...dedicated),
    ...pendingDeployment({
      namespace: 'shop',
      name: 'mailer',
      podSpec: { tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'bacth', effect: 'NoSchedule' }] },
      message: none(3, '3 node(s) had untolerated taint(s)'),
    }),
  ],
  {
    verdict: 'fault',
    question: 'mailer has a toleration and is pending all the same',
    codes: ['taint-not-tolerated'],
    objects: [deploymentOf('shop', 'mailer')],
    mustMention: [['dedicated=batch']],
  },
)
writeCase(
  group,
  'taint-lookalike',
  [
    ...on(node({ name: 'worker-1', taints: [batch] }), node({ name: 'worker-2', labels: zoneB })),
    ...deployment({ namespace: 'shop', name: 'mailer', pod: { nodeName: 'worker-2' } }),
  ],
  { verdict: 'healthy', question: 'worker-1 is tainted, is that a problem?', mustNotCode: ['taint-not-tolerated'] },
)
const apart = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: 'broker' } }, topologyKey: 'kubernetes.io/hostname' },
      ],
    },
  },
}
const antiMessage = none(3, `${cp}, 2 node(s) didn't match pod anti-affinity rules`)
const broker = deployment({
  namespace: 'events',
  name: 'broker',
  replicas: 3,
  podSpec: apart,
  status: { readyReplicas: 2, availableReplicas: 2, unavailableReplicas: 1, replicas: 3 },
})
writeCase(
  group,
  'pod-affinity-plain',
  [
    ...on(...two),
    ...broker.map((doc, index) =>
      index < broker.length - 1
        ? doc
        : pod({
            namespace: 'events',
            name: String((doc['metadata'] as Doc)['name']),
            labels: (doc['metadata'] as Doc)['labels'] as Record<string, string>,
            owner: broker[1] as Doc,
            spec: apart,
            nodeName: '',
            minutesOld: 30,
            conditions: [unschedulable(antiMessage, ago(30))],
          }),
    ),
  ],
  {
    verdict: 'fault',
    question: 'third broker pending',
    codes: ['pod-affinity-unsatisfied'],
    objects: [deploymentOf('events', 'broker')],
    mustMention: [['anti-affinity']],
  },
)
writeCase(
  group,
  'pod-affinity-hidden',
  [
    ...on(...two),
    ...deployment({ namespace: 'events', name: 'redis' }),
    ...pendingDeployment({
      namespace: 'events',
      name: 'worker',
      podSpec: {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { labelSelector: { matchLabels: { app: 'redis-cache' } }, topologyKey: 'kubernetes.io/hostname' },
            ],
          },
        },
      },
      message: none(3, `${cp}, 2 node(s) didn't match pod affinity rules`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'worker pending',
    codes: ['pod-affinity-unsatisfied'],
    objects: [deploymentOf('events', 'worker')],
    mustMention: [['redis-cache']],
  },
)
writeCase(
  group,
  'pod-affinity-lookalike',
  [
    ...on(...two),
    ...deployment({
      namespace: 'events',
      name: 'broker',
      replicas: 3,
      podSpec: {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 100,
                podAffinityTerm: {
                  labelSelector: { matchLabels: { app: 'broker' } },
                  topologyKey: 'kubernetes.io/hostname',
                },
              },
            ],
          },
        },
      },
    }),
  ],
  { verdict: 'healthy', question: 'are the brokers spread?', mustNotCode: ['pod-affinity-unsatisfied'] },
)
const spread = (whenUnsatisfiable: string, topologyKey = 'topology.kubernetes.io/zone'): Doc => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: { app: 'gateway' } } },
  ],
})
const gateways = deployment({
  namespace: 'edge',
  name: 'gateway',
  replicas: 2,
  containers: [asks('gateway', { cpu: '1', memory: '256Mi' })],
  podSpec: spread('DoNotSchedule'),
  pod: { nodeName: 'worker-1' },
  status: { unavailableReplicas: 1 },
})
const [gatewaySet] = only(gateways, 'ReplicaSet')
writeCase(
  group,
  'topology-spread-plain',
  [
    ...on(
      node({ name: 'worker-1' }),
      node({ name: 'worker-2' }),
      node({
        name: 'worker-3',
        labels: zoneB,
        unschedulable: true,
        taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
      }),
      node({ name: 'worker-4', labels: zoneB, taints: [batch] }),
    ),
    ...gateways,
    pod({
      namespace: 'edge',
      name: 'gateway-late',
      labels: { app: 'gateway' },
      owner: gatewaySet as Doc,
      containers: [asks('gateway', { cpu: '1', memory: '256Mi' })],
      spec: spread('DoNotSchedule'),
      nodeName: '',
      minutesOld: 40,
      conditions: [
        unschedulable(
          none(
            5,
            `${cp}, 1 node(s) had untolerated taint {dedicated: batch}, 1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints`,
          ),
          ago(40),
        ),
      ],
    }),
  ],
  {
    verdict: 'fault',
    question: 'one gateway is pending',
    codes: ['topology-spread-unsatisfied', 'node-cordoned'],
    objects: [deploymentOf('edge', 'gateway'), { kind: 'Node', name: 'worker-3' }],
    mustNotCode: ['taint-not-tolerated'],
  },
)
writeCase(
  group,
  'topology-spread-hidden',
  [
    ...on(...two),
    ...pendingDeployment({
      namespace: 'edge',
      name: 'gateway',
      podSpec: spread('DoNotSchedule', 'example.com/rack'),
      message: none(3, `${cp}, 2 node(s) didn't match pod topology spread constraints (missing required label)`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'gateway pending',
    codes: ['topology-spread-unsatisfied'],
    objects: [deploymentOf('edge', 'gateway')],
    mustMention: [['example.com/rack']],
  },
)
writeCase(
  group,
  'topology-spread-lookalike',
  [
    ...on(node({ name: 'worker-1' }), node({ name: 'worker-2' })),
    ...deployment({ namespace: 'edge', name: 'gateway', replicas: 3, podSpec: spread('ScheduleAnyway') }),
  ],
  { verdict: 'healthy', question: 'are the gateways spread over zones?', mustNotCode: ['topology-spread-unsatisfied'] },
)
