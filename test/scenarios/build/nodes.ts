import { writeCase } from './case.ts'
import { cluster, healthyApp } from './cluster.ts'
import {
  ago,
  container,
  type Doc,
  daemonSet,
  days,
  deployment,
  type Extra,
  event,
  metricSeries,
  node,
  pod,
} from './objects.ts'
import { only, without } from './pending.ts'

const group = 'nodes'
const master = node({
  name: 'control-plane-1',
  labels: { 'node-role.kubernetes.io/control-plane': '' },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
})
const on = (...nodes: readonly Doc[]): readonly Doc[] => [master, ...nodes, ...without(cluster(), 'Node')]
const well = node({ name: 'worker-2', labels: { 'topology.kubernetes.io/zone': 'eu-west-1b' } })
const nodeOf = (name: string) => ({ kind: 'Node', name })
const unreachable = (key: string, minutes: number): readonly Doc[] =>
  ['NoSchedule', 'NoExecute'].map((effect) => ({ key: `node.kubernetes.io/${key}`, effect, timeAdded: ago(minutes) }))
const notReady = (reason: string, message: string, status = 'False', minutes = 20): Doc => ({
  type: 'Ready',
  status,
  reason,
  message,
  lastHeartbeatTime: ago(status === 'Unknown' ? minutes + 1 : 1),
  lastTransitionTime: ago(minutes),
})
const silent = node({
  name: 'worker-1',
  taints: unreachable('unreachable', 20),
  conditions: [notReady('NodeStatusUnknown', 'Kubelet stopped posting node status.', 'Unknown')],
})
/** Pods that were on the node when it went: no longer ready, not yet gone. */
const stranded = (ns: string, name: string, extra: Extra = {}): readonly Doc[] =>
  deployment({
    namespace: ns,
    name,
    ready: false,
    pod: {
      nodeName: 'worker-1',
      conditions: [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: ago(days(2)) },
        { type: 'Initialized', status: 'True', lastTransitionTime: ago(days(2)) },
        { type: 'ContainersReady', status: 'True', lastTransitionTime: ago(days(2)) },
        { type: 'Ready', status: 'False', lastTransitionTime: ago(19) },
      ],
      ...extra,
    },
  })

writeCase(
  group,
  'node-not-ready-plain',
  [
    ...on(silent, well),
    ...stranded('shop', 'cart'),
    event({
      about: silent,
      reason: 'NodeNotReady',
      type: 'Normal',
      message: 'Node worker-1 status is now: NodeNotReady',
      first: 20,
      last: 20,
      count: 1,
      component: 'node-controller',
    }),
  ],
  {
    verdict: 'fault',
    question: 'KubeNodeNotReady worker-1',
    codes: ['node-not-ready'],
    objects: [nodeOf('worker-1')],
    mustMention: [['stopped posting']],
  },
)
const noNetwork = node({
  name: 'worker-1',
  taints: unreachable('not-ready', 25),
  conditions: [
    notReady(
      'KubeletNotReady',
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    ),
  ],
})
const pleg = node({
  name: 'worker-1',
  taints: unreachable('not-ready', 20),
  conditions: [
    notReady('KubeletNotReady', 'PLEG is not healthy: pleg was last seen active 4m12.4s ago; threshold is 3m0s'),
  ],
})
writeCase(
  group,
  'node-not-ready-hidden',
  [...on(pleg, well), ...stranded('shop', 'cart'), ...stranded('shop', 'search'), ...stranded('live', 'feed')],
  {
    verdict: 'fault',
    question: 'cart, search and feed are down at once',
    codes: ['node-not-ready'],
    objects: [nodeOf('worker-1')],
    mustMention: [['PLEG']],
  },
)
writeCase(
  group,
  'node-not-ready-network',
  [
    ...on(noNetwork, well),
    ...daemonSet({
      namespace: 'kube-system',
      name: 'calico-node',
      labels: { 'k8s-app': 'calico-node' },
      notReadyOn: ['worker-1'],
    }),
    ...stranded('shop', 'cart'),
  ],
  {
    verdict: 'fault',
    question: 'worker-1 NotReady',
    codes: ['node-not-ready', 'cni-failing'],
    objects: [nodeOf('worker-1')],
    accept: [{ kind: 'DaemonSet', namespace: 'kube-system', name: 'calico-node' }],
    mustMention: [['cni', 'network plug-in']],
  },
)
writeCase(
  group,
  'node-not-ready-lookalike',
  [
    ...on(node({ name: 'worker-1' }), well),
    ...healthyApp('shop', 'cart'),
    event({
      about: node({ name: 'worker-1' }),
      reason: 'NodeNotReady',
      type: 'Normal',
      message: 'Node worker-1 status is now: NodeNotReady',
      first: 600,
      last: 600,
      count: 1,
      component: 'node-controller',
    }),
    event({
      about: node({ name: 'worker-1' }),
      reason: 'NodeReady',
      type: 'Normal',
      message: 'Node worker-1 status is now: NodeReady',
      first: 596,
      last: 596,
      count: 1,
    }),
  ],
  { verdict: 'healthy', question: 'worker-1 was not ready last night', mustNotCode: ['node-not-ready'] },
)
const evicted = (owner: Doc, ns: string, name: string, resource: string, used: string, minutes: number): Doc =>
  pod({
    namespace: ns,
    name: `${name}-evicted`,
    labels: { app: name },
    owner,
    nodeName: 'worker-1',
    phase: 'Failed',
    ready: false,
    conditions: [
      {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'TerminationByKubelet',
        message: `The node was low on resource: ${resource}. `,
        lastTransitionTime: ago(minutes),
      },
      { type: 'Ready', status: 'False', lastTransitionTime: ago(minutes) },
    ],
    containerStatuses: [],
    status: {
      reason: 'Evicted',
      message: `The node was low on resource: ${resource}. Threshold quantity: 100Mi, available: 71428Ki. Container ${name} was using ${used}, request is 256Mi, has larger consumption of ${resource}. `,
      podIP: undefined,
      podIPs: undefined,
    },
  })
const pressed = (type: string, reason: string, key: string, minutes = 14): Doc =>
  node({
    name: 'worker-1',
    taints: [{ key: `node.kubernetes.io/${key}`, effect: 'NoSchedule', timeAdded: ago(minutes) }],
    conditions: [
      {
        type,
        status: 'True',
        reason,
        message: `kubelet has ${type}`,
        lastHeartbeatTime: ago(1),
        lastTransitionTime: ago(minutes),
      },
    ],
  })
const leaky = deployment({
  namespace: 'data',
  name: 'etl',
  containers: [container('etl', { resources: { requests: { memory: '256Mi' } } })],
  pod: { nodeName: 'worker-1' },
})
const leakyPod = String(((only(leaky, 'Pod')[0] as Doc)['metadata'] as Doc)['name'])
const cart = deployment({ namespace: 'shop', name: 'cart', pod: { nodeName: 'worker-2' } })
writeCase(
  group,
  'memory-pressure-plain',
  [
    ...on(pressed('MemoryPressure', 'KubeletHasInsufficientMemory', 'memory-pressure'), well),
    ...leaky,
    ...cart,
    evicted(only(cart, 'ReplicaSet')[0] as Doc, 'shop', 'cart', 'memory', '301Mi', 12),
    metricSeries('container_memory_working_set_bytes', { namespace: 'data', pod: leakyPod, container: 'etl' }, [
      [ago(60), 3e9],
      [ago(1), 12_884_901_888],
    ]),
  ],
  {
    verdict: 'fault',
    question: 'cart pods get evicted',
    codes: ['node-memory-pressure'],
    objects: [nodeOf('worker-1')],
    mustMention: [['etl'], ['12Gi']],
  },
)
writeCase(
  group,
  'memory-pressure-hidden',
  [
    ...on(node({ name: 'worker-1' }), well),
    ...leaky,
    ...cart,
    evicted(only(cart, 'ReplicaSet')[0] as Doc, 'shop', 'cart', 'memory', '301Mi', 9),
    evicted(only(leaky, 'ReplicaSet')[0] as Doc, 'data', 'etl', 'memory', '11Gi', 8),
    event({
      about: node({ name: 'worker-1' }),
      reason: 'SystemOOM',
      message: 'System OOM encountered, victim process: etl, pid: 81234',
      first: 10,
      last: 8,
      count: 2,
    }),
  ],
  {
    verdict: 'fault',
    question: 'pods on worker-1 vanish now and then',
    codes: ['node-memory-pressure'],
    objects: [nodeOf('worker-1')],
    mustMention: [['etl']],
  },
)
writeCase(
  group,
  'memory-pressure-lookalike',
  [
    ...on(node({ name: 'worker-1' }), well),
    ...cart,
    evicted(only(cart, 'ReplicaSet')[0] as Doc, 'shop', 'cart', 'memory', '301Mi', 2900),
  ],
  { verdict: 'healthy', question: 'an old evicted pod of cart is listed', mustNotCode: ['node-memory-pressure'] },
)
writeCase(
  group,
  'disk-pressure-plain',
  [
    ...on(pressed('DiskPressure', 'KubeletHasDiskPressure', 'disk-pressure'), well),
    ...leaky,
    ...cart,
    evicted(only(cart, 'ReplicaSet')[0] as Doc, 'shop', 'cart', 'ephemeral-storage', '12Mi', 12),
    event({
      about: node({ name: 'worker-1' }),
      reason: 'FreeDiskSpaceFailed',
      message:
        'Failed to garbage collect required amount of images. Attempted to free 5123456000 bytes, but only found 0 bytes eligible to free.',
      first: 13,
      last: 2,
      count: 5,
    }),
  ],
  {
    verdict: 'fault',
    question: 'KubeNodePressure',
    codes: ['node-disk-pressure'],
    objects: [nodeOf('worker-1')],
    mustMention: [['disk'], ['evict']],
    mustNotClaim: ['uses most: shop/cart'],
  },
)
const full = pressed('DiskPressure', 'KubeletHasDiskPressure', 'disk-pressure', 30)
const homeless = deployment({
  namespace: 'shop',
  name: 'cart',
  ready: false,
  minutesOld: 25,
  podSpec: { nodeSelector: { 'kubernetes.io/hostname': 'worker-1' } },
  pod: {
    nodeName: '',
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: `0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.`,
        lastTransitionTime: ago(25),
      },
    ],
  },
})
writeCase(group, 'disk-pressure-hidden', [...on(full, well), ...homeless], {
  verdict: 'fault',
  question: 'cart is pending, an affinity problem?',
  codes: ['node-disk-pressure'],
  objects: [nodeOf('worker-1')],
  mustNotCode: ['taint-not-tolerated', 'node-affinity-unsatisfied'],
})
const ownLimit = deployment({ namespace: 'shop', name: 'cart' })
writeCase(
  group,
  'disk-pressure-lookalike',
  [
    ...on(node({ name: 'worker-1' }), well),
    ...ownLimit,
    pod({
      namespace: 'shop',
      name: 'cart-over-limit',
      labels: { app: 'cart' },
      owner: only(ownLimit, 'ReplicaSet')[0] as Doc,
      nodeName: 'worker-1',
      phase: 'Failed',
      ready: false,
      containerStatuses: [],
      status: {
        reason: 'Evicted',
        message: 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ',
        podIP: undefined,
        podIPs: undefined,
      },
    }),
  ],
  { verdict: 'healthy', question: 'one cart pod was evicted two days ago', mustNotCode: ['node-disk-pressure'] },
)
writeCase(
  group,
  'pid-pressure-plain',
  [...on(pressed('PIDPressure', 'KubeletHasInsufficientPID', 'pid-pressure'), well), ...leaky],
  { verdict: 'fault', question: 'worker-1 takes no pods', codes: ['node-pid-pressure'], objects: [nodeOf('worker-1')] },
)
const condition = (type: string, status: string, reason: string, message: string): Doc => ({
  type,
  status,
  reason,
  message,
  lastHeartbeatTime: ago(1),
  lastTransitionTime: ago(45),
})
writeCase(
  group,
  'node-problem-plain',
  [
    ...on(
      node({
        name: 'worker-1',
        conditions: [
          condition(
            'ReadonlyFilesystem',
            'True',
            'FilesystemIsReadOnly',
            'EXT4-fs (nvme0n1p1): Remounting filesystem read-only',
          ),
        ],
      }),
      well,
    ),
    ...stranded('shop', 'cart'),
  ],
  {
    verdict: 'fault',
    question: 'cart on worker-1 fails',
    codes: ['node-problem'],
    objects: [nodeOf('worker-1')],
    mustMention: [['ReadonlyFilesystem'], ['read-only']],
  },
)
writeCase(
  group,
  'node-problem-hidden',
  [
    ...on(
      node({
        name: 'worker-1',
        conditions: [
          condition('StorageReady', 'False', 'EBSVolumeIOPSExceeded', 'EBS volume I/O stalls for more than 30 s'),
          condition('KernelReady', 'True', 'KernelIsReady', 'Monitoring for the Kernel system is active'),
        ],
      }),
      well,
    ),
    ...stranded('shop', 'cart'),
  ],
  {
    verdict: 'fault',
    question: 'cart on worker-1 is slow and then not ready',
    codes: ['node-problem'],
    objects: [nodeOf('worker-1')],
    mustMention: [['StorageReady']],
  },
)
writeCase(
  group,
  'node-problem-lookalike',
  [
    ...on(
      node({
        name: 'worker-1',
        conditions: [
          condition('KernelDeadlock', 'False', 'KernelHasNoDeadlock', 'kernel has no deadlock'),
          condition('ReadonlyFilesystem', 'False', 'FilesystemIsNotReadOnly', 'Filesystem is not read-only'),
          condition('EtcdIsVoter', 'True', 'MemberNotLearner', 'Node is a voting member of the etcd cluster'),
          condition('KernelReady', 'True', 'KernelIsReady', 'Monitoring for the Kernel system is active'),
        ],
      }),
      well,
    ),
    ...healthyApp('shop', 'cart'),
  ],
  { verdict: 'healthy', question: 'what are these node conditions?', mustNotCode: ['node-problem'] },
)
writeCase(
  group,
  'pid-pressure-hidden',
  [
    ...on(node({ name: 'worker-1' }), well),
    ...leaky,
    ...cart,
    evicted(only(cart, 'ReplicaSet')[0] as Doc, 'shop', 'cart', 'pids', '31', 6),
  ],
  {
    verdict: 'fault',
    question: 'cart was evicted from worker-1',
    codes: ['node-pid-pressure'],
    objects: [nodeOf('worker-1')],
    mustNotCode: ['node-memory-pressure'],
  },
)
writeCase(group, 'pid-pressure-lookalike', [...on(node({ name: 'worker-1' }), well), ...leaky, ...cart], {
  verdict: 'healthy',
  question: 'does worker-1 have enough process ids?',
  mustNotCode: ['node-pid-pressure'],
})
