import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import { ago, container, type Doc, daemonSet, days, deployment, event, node, obj, pod, uid } from './objects.ts'
import { only, pendingDeployment, unschedulable, without } from './pending.ts'

const group = 'placement'
const master = node({
  name: 'control-plane-1',
  labels: { 'node-role.kubernetes.io/control-plane': '' },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
})
const zoneB = { 'topology.kubernetes.io/zone': 'eu-west-1b' }
const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(55) }
const on = (...nodes: readonly Doc[]): readonly Doc[] => [master, ...nodes, ...without(cluster(), 'Node')]
const two = [node({ name: 'worker-1' }), node({ name: 'worker-2', labels: zoneB })]
const cordoned = (name: string, extra: object = {}): Doc =>
  node({ name, unschedulable: true, taints: [cordon], ...extra })
const cp = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }'
const none = (total: number, rest: string): string =>
  `0/${total} nodes are available: ${rest}. preemption: 0/${total} nodes are available: ${total} Preemption is not helpful for scheduling.`
const deploymentOf = (namespace: string, name: string) => ({ kind: 'Deployment', namespace, name })
const nodeOf = (name: string) => ({ kind: 'Node', name })
const asks = (name: string, requests: Doc): Doc => container(name, { resources: { requests, limits: {} } })
const hostPort = container('proxy', { ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] })
const portMessage = none(3, `${cp}, 2 node(s) didn't have free ports for the requested pod ports`)

writeCase(
  group,
  'host-port-plain',
  [
    ...on(...two),
    ...daemonSet({ namespace: 'edge', name: 'edge-proxy', containers: [hostPort] }),
    ...pendingDeployment({ namespace: 'legacy', name: 'haproxy', containers: [hostPort], message: portMessage }),
  ],
  {
    verdict: 'fault',
    question: 'haproxy pending',
    codes: ['host-port-conflict'],
    objects: [deploymentOf('legacy', 'haproxy')],
    mustMention: [['80'], ['edge-proxy']],
  },
)
const own = deployment({
  namespace: 'legacy',
  name: 'relay',
  replicas: 2,
  containers: [hostPort],
  status: { unavailableReplicas: 1 },
})
writeCase(
  group,
  'host-port-hidden',
  [
    ...on(...two),
    ...own,
    pod({
      namespace: 'legacy',
      name: 'relay-third',
      labels: { app: 'relay' },
      owner: only(own, 'ReplicaSet')[0] as Doc,
      containers: [hostPort],
      nodeName: '',
      minutesOld: 30,
      conditions: [unschedulable(portMessage, ago(30))],
    }),
  ],
  {
    verdict: 'fault',
    question: 'relay rollout hangs',
    codes: ['host-port-conflict'],
    objects: [deploymentOf('legacy', 'relay')],
  },
)
writeCase(
  group,
  'host-port-lookalike',
  [...on(...two), ...daemonSet({ namespace: 'edge', name: 'edge-proxy', containers: [hostPort] })],
  { verdict: 'healthy', question: 'edge-proxy uses host ports, trouble?', mustNotCode: ['host-port-conflict'] },
)
const small = (name: string, extra: object = {}): Doc => node({ name, pods: '6', ...extra })
const filler = (nodeName: string, name: string): readonly Doc[] =>
  deployment({ namespace: 'batch', name, replicas: 6, pod: { nodeName } })
writeCase(
  group,
  'pods-exhausted-plain',
  [
    ...on(small('worker-1'), small('worker-2', { labels: zoneB })),
    ...filler('worker-1', 'crawler'),
    ...filler('worker-2', 'parser'),
    ...pendingDeployment({ namespace: 'shop', name: 'cart', message: none(3, `${cp}, 2 Too many pods`) }),
  ],
  {
    verdict: 'fault',
    question: 'cart pending with free CPU',
    codes: ['node-pods-exhausted'],
    objects: [nodeOf('worker-1'), nodeOf('worker-2')],
    mustMention: [['too many pods', 'pod count']],
  },
)
const sandbox = (ns: string, name: string, message: string, code: object = {}): readonly Doc[] => {
  const docs = deployment({
    namespace: ns,
    name,
    ready: false,
    minutesOld: 20,
    pod: {
      phase: 'Pending',
      ip: '',
      status: { podIP: undefined, podIPs: undefined },
      containerStatuses: [
        {
          name,
          image: `registry.example.com/${name}:1.0.0`,
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: 'ContainerCreating' } },
        },
      ],
    },
    ...code,
  })
  return [
    ...docs,
    ...only(docs, 'Pod').map((about) =>
      event({ about, reason: 'FailedCreatePodSandBox', message, first: 19, last: 1, count: 80 }),
    ),
  ]
}
const aws =
  'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "5b0c": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container'
writeCase(
  'addresses',
  'addresses-exhausted-plain',
  [...on(...two), ...sandbox('shop', 'cart', aws), ...sandbox('shop', 'wishlist', aws)],
  {
    verdict: 'fault',
    question: 'new pods stay in ContainerCreating on EKS',
    codes: ['node-pods-exhausted'],
    objects: [nodeOf('worker-1'), nodeOf('worker-2')],
    mustMention: [['failed to assign an ip address']],
    mustNotCode: ['cni-failing'],
  },
)
writeCase(
  'addresses',
  'addresses-exhausted-hidden',
  [
    ...on(...two),
    ...healthyApp('shop', 'storefront'),
    ...sandbox(
      'shop',
      'cart',
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "a3c1f0aa9d5ce40d5d2b9a0f6f4cf7a0e6e0b8a1d2c3b4a5f6e7d8c9b0a1f2e3": plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.1.1-10.244.1.254',
    ),
  ],
  {
    verdict: 'fault',
    question: 'cart stays in ContainerCreating',
    codes: ['node-pods-exhausted'],
    objects: [nodeOf('worker-1')],
    mustMention: [['ip']],
    mustNotCode: ['cni-failing'],
  },
)
writeCase(
  'addresses',
  'addresses-exhausted-lookalike',
  [
    ...on(...two),
    ...daemonSet({ namespace: 'kube-system', name: 'calico-node', labels: { 'k8s-app': 'calico-node' } }),
    ...sandbox(
      'shop',
      'cart',
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "a3c1f0aa9d5ce40d5d2b9a0f6f4cf7a0e6e0b8a1d2c3b4a5f6e7d8c9b0a1f2e3": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized',
    ),
  ],
  {
    verdict: 'fault',
    question: 'cart stays in ContainerCreating',
    codes: ['cni-failing'],
    mustNotCode: ['node-pods-exhausted'],
  },
)
writeCase(
  group,
  'node-cordoned-plain',
  [
    ...on(cordoned('worker-1'), cordoned('worker-2', { labels: zoneB })),
    ...pendingDeployment({ namespace: 'shop', name: 'cart', message: none(3, `${cp}, 2 node(s) were unschedulable`) }),
  ],
  {
    verdict: 'fault',
    question: 'cart pending after the maintenance',
    codes: ['node-cordoned'],
    objects: [nodeOf('worker-1'), nodeOf('worker-2')],
    mustMention: [['uncordon']],
  },
)
writeCase(
  group,
  'node-cordoned-hidden',
  [
    ...on(node({ name: 'worker-1' }), cordoned('worker-2', { labels: { ...zoneB, pool: 'memory' }, memory: '64Gi' })),
    ...pendingDeployment({
      namespace: 'data',
      name: 'olap',
      containers: [asks('olap', { cpu: '1', memory: '24Gi' })],
      message: none(3, `${cp}, 1 Insufficient memory, 1 node(s) were unschedulable`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'olap does not start',
    codes: ['node-cordoned'],
    objects: [nodeOf('worker-2')],
    mustNotCode: ['insufficient-memory'],
  },
)
writeCase(
  group,
  'node-cordoned-lookalike',
  [...on(cordoned('worker-1'), node({ name: 'worker-2', labels: zoneB })), ...healthyApp('shop', 'cart')],
  { verdict: 'healthy', question: 'worker-1 is cordoned for maintenance', mustNotCode: ['node-cordoned'] },
)
const claim = (ns: string, name: string, volume: string): Doc =>
  obj('v1', 'PersistentVolumeClaim', ns, name, {
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '20Gi' } },
      storageClassName: 'gp3',
      volumeMode: 'Filesystem',
      volumeName: volume,
    },
    status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '20Gi' } },
  })
const volume = (name: string, ns: string, claimName: string, key: string, value: string): Doc =>
  obj('v1', 'PersistentVolume', undefined, name, {
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '20Gi' },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: ns,
        name: claimName,
        uid: uid('PersistentVolumeClaim', ns, claimName),
      },
      csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-0a1b2c3d4e5f67890', fsType: 'ext4' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }] },
      },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 'gp3',
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Bound' },
  })
const storageClass = obj(
  'storage.k8s.io/v1',
  'StorageClass',
  undefined,
  'gp3',
  {
    provisioner: 'ebs.csi.aws.com',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  },
  { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
)
const mounts = (claimName: string): Doc => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] })
const claimOf = (namespace: string, name: string) => ({ kind: 'PersistentVolumeClaim', namespace, name })
writeCase(
  group,
  'volume-node-conflict-plain',
  [
    ...on(...two),
    storageClass,
    claim('data', 'orders-db', 'pvc-5f1d'),
    volume('pvc-5f1d', 'data', 'orders-db', 'topology.kubernetes.io/zone', 'eu-west-1c'),
    ...pendingDeployment({
      namespace: 'data',
      name: 'orders-db',
      podSpec: mounts('orders-db'),
      message: none(3, `${cp}, 2 node(s) had volume node affinity conflict`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'orders-db pending',
    codes: ['volume-node-conflict'],
    objects: [claimOf('data', 'orders-db')],
    mustMention: [['eu-west-1c']],
  },
)
writeCase(
  group,
  'volume-node-conflict-hidden',
  [
    ...on(...two),
    storageClass,
    claim('data', 'orders-db', 'pvc-5f1d'),
    volume('pvc-5f1d', 'data', 'orders-db', 'kubernetes.io/hostname', 'worker-7'),
    ...pendingDeployment({
      namespace: 'data',
      name: 'orders-db',
      containers: [asks('db', { cpu: '1', memory: '1Gi' })],
      podSpec: mounts('orders-db'),
      message: none(3, `${cp}, 2 node(s) didn't match PersistentVolume's node affinity`),
    }),
  ],
  {
    verdict: 'fault',
    question: 'orders-db does not come back after worker-7 was replaced',
    codes: ['volume-node-conflict'],
    objects: [claimOf('data', 'orders-db')],
    mustMention: [['worker-7']],
    mustNotCode: ['node-affinity-unsatisfied'],
  },
)
writeCase(
  group,
  'volume-node-conflict-lookalike',
  [
    ...on(...two),
    storageClass,
    claim('data', 'orders-db', 'pvc-5f1d'),
    volume('pvc-5f1d', 'data', 'orders-db', 'topology.kubernetes.io/zone', 'eu-west-1b'),
    ...deployment({
      namespace: 'data',
      name: 'orders-db',
      podSpec: mounts('orders-db'),
      pod: { nodeName: 'worker-2' },
    }),
  ],
  { verdict: 'healthy', question: 'can orders-db only run in one zone?', mustNotCode: ['volume-node-conflict'] },
)
const gated = (gate: string, minutesOld: number, owner: string): readonly Doc[] =>
  deployment({
    namespace: 'ml',
    name: owner,
    ready: false,
    minutesOld,
    podSpec: { schedulingGates: [{ name: gate }] },
    pod: {
      nodeName: '',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastTransitionTime: ago(minutesOld),
        },
      ],
    },
  })
writeCase(group, 'scheduling-gated-plain', [...on(...two), ...gated('example.com/cost-approval', 90, 'trainer')], {
  verdict: 'fault',
  question: 'trainer pending',
  codes: ['scheduling-gated'],
  objects: [deploymentOf('ml', 'trainer')],
  mustMention: [['example.com/cost-approval']],
})
writeCase(
  group,
  'scheduling-gated-hidden',
  [...on(...two), ...healthyApp('ml', 'gateway'), ...gated('compliance.example.org/image-scan', 240, 'scorer')],
  {
    verdict: 'fault',
    question: 'scorer has been pending all morning without any event',
    codes: ['scheduling-gated'],
    objects: [deploymentOf('ml', 'scorer')],
    mustNotCode: ['scheduler-down'],
  },
)
writeCase(group, 'scheduling-gated-lookalike', [...on(...two), ...gated('kueue.x-k8s.io/admission', 90, 'trainer')], {
  verdict: 'healthy',
  question: 'the training job is queued in Kueue',
  mustNotCode: ['scheduling-gated', 'scheduler-down'],
})
const urgent = deployment({
  namespace: 'live',
  name: 'ad-server',
  replicas: 2,
  minutesOld: 18,
  containers: [asks('ad-server', { cpu: '3500m', memory: '1Gi' })],
  podSpec: { priority: 1000000, priorityClassName: 'live-traffic' },
})
const victim = pendingDeployment({
  namespace: 'batch',
  name: 'nightly-export',
  minutesOld: 17,
  containers: [asks('export', { cpu: '2', memory: '1Gi' })],
  message: none(3, `${cp}, 2 Insufficient cpu`),
})
const lost = pod({ namespace: 'batch', name: 'nightly-export-gone', labels: { app: 'nightly-export' } })
const preemption = (about: Doc, minutes: number): Doc =>
  event({
    about,
    type: 'Normal',
    reason: 'Preempted',
    message: `Preempted by pod ${String(((only(urgent, 'Pod')[0] as Doc)['metadata'] as Doc)['uid'])} on node worker-1`,
    first: minutes,
    last: minutes,
    count: 1,
    component: 'default-scheduler',
  })
writeCase(group, 'preempted-plain', [...on(...two), ...urgent, ...victim, preemption(lost, 17)], {
  verdict: 'fault',
  question: 'nightly-export pending',
  codes: ['preempted'],
  objects: [deploymentOf('batch', 'nightly-export')],
  mustMention: [['ad-server']],
})
const evicted = pod({
  namespace: 'batch',
  name: 'nightly-export-old',
  labels: { app: 'nightly-export' },
  owner: only(victim, 'ReplicaSet')[0] as Doc,
  phase: 'Failed',
  ready: false,
  minutesOld: 300,
  conditions: [
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
      lastTransitionTime: ago(17),
    },
    { type: 'Ready', status: 'False', lastTransitionTime: ago(17) },
  ],
})
writeCase(group, 'preempted-hidden', [...on(...two), ...urgent, ...victim, evicted], {
  verdict: 'fault',
  question: 'the export did not run',
  codes: ['preempted'],
  objects: [deploymentOf('batch', 'nightly-export')],
  mustNotCode: ['insufficient-cpu'],
})
const back = deployment({ namespace: 'batch', name: 'nightly-export', minutesOld: 20 })
writeCase(group, 'preempted-lookalike', [...on(...two), ...back, preemption(lost, 25)], {
  verdict: 'healthy',
  question: 'nightly-export was preempted earlier',
  mustNotCode: ['preempted'],
})
const untouched = (minutesOld: number, scheduler = 'default-scheduler'): readonly Doc[] => [
  ...deployment({
    namespace: 'shop',
    name: 'cart',
    ready: false,
    minutesOld,
    replicas: 2,
    podSpec: { schedulerName: scheduler },
    pod: { nodeName: '', conditions: [], spec: { schedulerName: scheduler } },
  }),
]
const scheduler = (ready: boolean): Doc =>
  pod({
    namespace: 'kube-system',
    name: 'kube-scheduler-control-plane-1',
    labels: { component: 'kube-scheduler', tier: 'control-plane' },
    containers: [
      container('kube-scheduler', {
        image: 'registry.k8s.io/kube-scheduler:v1.31.4',
        command: ['kube-scheduler', '--leader-elect=true'],
      }),
    ],
    nodeName: 'control-plane-1',
    ready,
    minutesOld: days(30),
    ...(ready
      ? {}
      : {
          containerStatuses: [
            {
              name: 'kube-scheduler',
              image: 'registry.k8s.io/kube-scheduler:v1.31.4',
              imageID: '',
              ready: false,
              started: false,
              restartCount: 14,
              state: {
                waiting: {
                  reason: 'CrashLoopBackOff',
                  message: 'back-off 5m0s restarting failed container=kube-scheduler',
                },
              },
              lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: ago(2), startedAt: ago(2) } },
            },
          ],
        }),
    metadata: { annotations: { 'kubernetes.io/config.mirror': 'b1946ac92492d2347c6235b4d2611184' } },
  })
writeCase(group, 'scheduler-down-plain', [...on(...two), scheduler(false), ...untouched(40)], {
  verdict: 'fault',
  question: 'new pods stay Pending without events',
  codes: ['scheduler-down', 'app-crash'],
  objects: [{ kind: 'Pod', namespace: 'kube-system', name: 'kube-scheduler-control-plane-1' }],
  accept: [{ kind: 'Component' }],
})
writeCase(group, 'scheduler-down-hidden', [...on(...two), scheduler(true), ...untouched(40, 'volcano')], {
  verdict: 'fault',
  question: 'cart does not start, other pods do',
  codes: ['scheduler-down'],
  objects: [{ kind: 'Component', namespace: 'kube-system', name: 'volcano' }],
  mustMention: [['volcano']],
})
writeCase(group, 'scheduler-down-lookalike', [...on(...two), scheduler(true), ...untouched(0.2)], {
  verdict: 'healthy',
  question: 'cart was just deployed',
  mustNotCode: ['scheduler-down'],
})
