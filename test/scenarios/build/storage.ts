import { writeCase } from './case.ts'
import { cluster } from './cluster.ts'
import {
  ago,
  container,
  containerLog,
  containerStatus,
  type Doc,
  deployment,
  type Extra,
  event,
  metricSeries,
  node,
  obj,
  pod,
  uid,
} from './objects.ts'
import { only, pendingDeployment, without } from './pending.ts'

const group = 'storage'
const storageClass = (name: string, extra: Extra = {}, isDefault = false): Doc =>
  obj(
    'storage.k8s.io/v1',
    'StorageClass',
    undefined,
    name,
    {
      provisioner: 'ebs.csi.aws.com',
      reclaimPolicy: 'Delete',
      volumeBindingMode: 'Immediate',
      allowVolumeExpansion: true,
      ...extra,
    },
    isDefault ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {},
  )
const claim = (name: string, spec: Extra, status: Extra = { phase: 'Pending' }, extra: Extra = {}): Doc =>
  obj(
    'v1',
    'PersistentVolumeClaim',
    'data',
    name,
    {
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '20Gi' } },
        volumeMode: 'Filesystem',
        ...spec,
      },
      status,
    },
    { creationTimestamp: ago(40), finalizers: ['kubernetes.io/pvc-protection'], ...extra },
  )
const bound = (name: string, volume: string, spec: Extra = {}, status: Extra = {}): Doc =>
  claim(
    name,
    { storageClassName: 'gp3', volumeName: volume, ...spec },
    { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '20Gi' }, ...status },
    { creationTimestamp: ago(40_000) },
  )
const volume = (
  name: string,
  spec: Extra,
  status: Extra = { phase: 'Available' },
  labels: Record<string, string> = {},
): Doc =>
  obj(
    'v1',
    'PersistentVolume',
    undefined,
    name,
    {
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '20Gi' },
        nfs: { server: '10.0.0.9', path: '/exports/a' },
        persistentVolumeReclaimPolicy: 'Retain',
        volumeMode: 'Filesystem',
        ...spec,
      },
      status,
    },
    { labels },
  )
const refTo = (name: string): Doc => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  namespace: 'data',
  name,
  uid: uid('PersistentVolumeClaim', 'data', name),
})
const mounts = (claimName: string): Doc => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] })
const mounted = (name: string, extra: Extra = {}): Doc =>
  container(name, { volumeMounts: [{ name: 'data', mountPath: '/var/lib/data' }], ...extra })
const unbound =
  '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.'
const waiting = (name: string, claimName: string): readonly Doc[] =>
  pendingDeployment({
    namespace: 'data',
    name,
    podSpec: mounts(claimName),
    containers: [mounted(name)],
    message: unbound,
    minutesOld: 40,
  })
const about = (of: Doc, reason: string, message: string, extra: Extra = {}): Doc =>
  event({
    about: of,
    reason,
    message,
    first: 39,
    last: 1,
    count: 60,
    component: 'persistentvolume-controller',
    ...extra,
  })
const claimOf = (name: string) => ({ kind: 'PersistentVolumeClaim', namespace: 'data', name })
const save = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]): void =>
  writeCase(group, id, [...cluster(), ...docs], expected)

const typo = claim('orders', { storageClassName: 'fast-sdd' })
save(
  'storage-class-missing-plain',
  [
    storageClass('gp3', {}, true),
    storageClass('fast-ssd'),
    typo,
    ...waiting('orders', 'orders'),
    about(typo, 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast-sdd" not found'),
  ],
  {
    verdict: 'fault',
    question: 'orders is pending',
    codes: ['storage-class-missing'],
    objects: [claimOf('orders')],
    mustMention: [['fast-sdd'], ['fast-ssd']],
  },
)
const plainClaim = claim('orders', {})
save(
  'storage-class-missing-hidden',
  [
    storageClass('gp3'),
    plainClaim,
    ...waiting('orders', 'orders'),
    about(plainClaim, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set', {
      type: 'Normal',
    }),
  ],
  {
    verdict: 'fault',
    question: 'orders is pending, insufficient resources?',
    codes: ['storage-class-missing'],
    objects: [claimOf('orders')],
    mustMention: [['default']],
  },
)
save(
  'storage-class-missing-lookalike',
  [
    storageClass('gp3', {}, true),
    bound('archive', 'nfs-archive', { storageClassName: 'manual' }),
    volume('nfs-archive', { storageClassName: 'manual', claimRef: refTo('archive') }, { phase: 'Bound' }),
    ...deployment({ namespace: 'data', name: 'archive', podSpec: mounts('archive') }),
  ],
  {
    verdict: 'healthy',
    question: 'archive uses the class manual, which does not exist',
    mustNotCode: ['storage-class-missing'],
  },
)
const denied = claim('orders', { storageClassName: 'gp3' })
save(
  'volume-provisioning-plain',
  [
    storageClass('gp3', {}, true),
    denied,
    ...waiting('orders', 'orders'),
    about(
      denied,
      'ProvisioningFailed',
      'failed to provision volume with StorageClass "gp3": rpc error: code = Internal desc = Could not create volume "pvc-1f": could not create volume in EC2: UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/ebs-csi is not authorized to perform: ec2:CreateVolume',
      { component: 'ebs.csi.aws.com_ebs-csi-controller' },
    ),
  ],
  {
    verdict: 'fault',
    question: 'orders pending',
    codes: ['volume-provisioning-failing'],
    objects: [claimOf('orders')],
    mustMention: [['UnauthorizedOperation']],
  },
)
const external = claim(
  'orders',
  { storageClassName: 'gp3' },
  { phase: 'Pending' },
  { annotations: { 'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com' } },
)
save(
  'volume-provisioning-hidden',
  [
    storageClass('gp3', {}, true),
    external,
    ...waiting('orders', 'orders'),
    about(
      external,
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
      { type: 'Normal' },
    ),
  ],
  {
    verdict: 'fault',
    question: 'orders pending',
    codes: ['volume-provisioning-failing'],
    objects: [claimOf('orders')],
    mustMention: [['ebs.csi.aws.com']],
  },
)
const lazy = claim('scratch', { storageClassName: 'gp3' })
save(
  'volume-provisioning-lookalike',
  [
    storageClass('gp3', { volumeBindingMode: 'WaitForFirstConsumer' }, true),
    lazy,
    about(lazy, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding', { type: 'Normal' }),
  ],
  {
    verdict: 'healthy',
    question: 'claim scratch is Pending',
    mustNotCode: ['volume-provisioning-failing', 'no-matching-volume', 'storage-class-missing'],
  },
)
const big = claim('archive', { storageClassName: 'manual', resources: { requests: { storage: '100Gi' } } })
const manual = storageClass('manual', { provisioner: 'kubernetes.io/no-provisioner' })
save(
  'no-matching-volume-plain',
  [
    manual,
    big,
    volume('nfs-a', { storageClassName: 'manual', capacity: { storage: '50Gi' } }),
    ...waiting('archive', 'archive'),
    about(big, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set', {
      type: 'Normal',
    }),
  ],
  {
    verdict: 'fault',
    question: 'archive pending',
    codes: ['no-matching-volume'],
    objects: [claimOf('archive')],
    mustMention: [['50Gi'], ['100Gi']],
  },
)
const shared = claim('media', { storageClassName: '', accessModes: ['ReadWriteMany'] })
save(
  'no-matching-volume-hidden',
  [
    shared,
    volume(
      'nfs-old',
      { accessModes: ['ReadWriteMany'], claimRef: { ...refTo('media'), uid: 'aaaaaaaa-0000-5000-a000-000000000000' } },
      { phase: 'Released' },
    ),
    volume('nfs-b', { accessModes: ['ReadWriteOnce'] }),
    ...waiting('media', 'media'),
  ],
  {
    verdict: 'fault',
    question: 'media pending after the claim was deleted and created again',
    codes: ['no-matching-volume'],
    objects: [claimOf('media')],
    mustMention: [['nfs-old']],
  },
)
save(
  'no-matching-volume-lookalike',
  [
    volume('nfs-spare', { storageClassName: 'manual', capacity: { storage: '5Gi' } }),
    bound('archive', 'nfs-archive', { storageClassName: 'manual' }),
    volume('nfs-archive', { storageClassName: 'manual', claimRef: refTo('archive') }, { phase: 'Bound' }),
    ...deployment({ namespace: 'data', name: 'archive', podSpec: mounts('archive') }),
  ],
  { verdict: 'healthy', question: 'is nfs-spare too small?', mustNotCode: ['no-matching-volume'] },
)
const gone = claim('ledger', { storageClassName: 'gp3', volumeName: 'pvc-77aa' }, { phase: 'Lost' })
save(
  'volume-lost-plain',
  [
    storageClass('gp3', {}, true),
    gone,
    about(gone, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!'),
    ...waiting('ledger', 'ledger'),
  ],
  {
    verdict: 'fault',
    question: 'ledger does not start',
    codes: ['volume-lost'],
    objects: [claimOf('ledger')],
    mustMention: [['pvc-77aa']],
  },
)
save(
  'volume-lost-hidden',
  [
    storageClass('gp3', {}, true),
    bound('ledger', 'pvc-77aa'),
    bound('orders', 'pvc-11bb'),
    volume('pvc-11bb', { storageClassName: 'gp3', claimRef: refTo('orders') }, { phase: 'Bound' }),
    ...pendingDeployment({
      namespace: 'data',
      name: 'ledger',
      podSpec: mounts('ledger'),
      message:
        '0/3 nodes are available: 3 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s). preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    }),
  ],
  {
    verdict: 'fault',
    question: 'ledger pending',
    codes: ['volume-lost'],
    objects: [claimOf('ledger')],
    mustMention: [['pvc-77aa']],
  },
)
save(
  'volume-lost-lookalike',
  [
    bound('ledger', 'pvc-77aa'),
    volume('pvc-77aa', { storageClassName: 'gp3', claimRef: refTo('ledger') }, { phase: 'Bound' }),
    ...deployment({ namespace: 'data', name: 'ledger', podSpec: mounts('ledger') }),
  ],
  { verdict: 'healthy', question: 'is the volume of ledger alright?', mustNotCode: ['volume-lost'] },
)
const grow = { resources: { requests: { storage: '40Gi' } } }
const growing = (conditions: readonly Doc[]): Doc => bound('orders', 'pvc-11bb', grow, { conditions })
const ordersVolume = volume('pvc-11bb', { storageClassName: 'gp3', claimRef: refTo('orders') }, { phase: 'Bound' })
const orders = deployment({
  namespace: 'data',
  name: 'orders',
  containers: [mounted('orders')],
  podSpec: mounts('orders'),
})
const failedGrow = growing([])
save(
  'volume-resize-plain',
  [
    storageClass('gp3', {}, true),
    failedGrow,
    ordersVolume,
    ...orders,
    about(
      failedGrow,
      'VolumeResizeFailed',
      'resize volume "pvc-11bb" by resizer "ebs.csi.aws.com" failed: rpc error: code = Internal desc = Could not resize volume "vol-0a": wait until the 6 hours since the last modification have passed',
      { component: 'external-resizer ebs.csi.aws.com' },
    ),
  ],
  {
    verdict: 'fault',
    question: 'the claim of orders does not grow',
    codes: ['volume-resize-failing'],
    objects: [claimOf('orders')],
    mustMention: [['40Gi'], ['6 hours']],
  },
)
save(
  'volume-resize-hidden',
  [storageClass('gp3', { allowVolumeExpansion: false }, true), growing([]), ordersVolume, ...orders],
  {
    verdict: 'fault',
    question: 'resize of orders has no effect',
    codes: ['volume-resize-failing'],
    objects: [claimOf('orders')],
    mustMention: [['does not allow expansion']],
  },
)
save(
  'volume-resize-lookalike',
  [
    storageClass('gp3', {}, true),
    growing([{ type: 'Resizing', status: 'True', lastTransitionTime: ago(1) }]),
    ordersVolume,
    ...orders,
  ],
  { verdict: 'healthy', question: 'orders is being resized', mustNotCode: ['volume-resize-failing'] },
)
const multi = (message: string, minutes: number, extra: Extra = {}): readonly Doc[] => {
  const old = deployment({ namespace: 'data', name: 'wiki', containers: [mounted('wiki')], podSpec: mounts('wiki') })
  const next = pod({
    namespace: 'data',
    name: 'wiki-next',
    labels: { app: 'wiki' },
    owner: only(old, 'ReplicaSet')[0] as Doc,
    containers: [mounted('wiki')],
    spec: mounts('wiki'),
    nodeName: 'worker-2',
    phase: 'Pending',
    ready: false,
    minutesOld: minutes,
    status: { podIP: undefined, podIPs: undefined },
    containerStatuses: [
      {
        name: 'wiki',
        image: 'registry.example.com/wiki:1.0.0',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ContainerCreating' } },
      },
    ],
  })
  return [
    storageClass('gp3', {}, true),
    bound('wiki', 'pvc-33cc'),
    volume('pvc-33cc', { storageClassName: 'gp3', claimRef: refTo('wiki') }, { phase: 'Bound' }),
    ...old,
    next,
    event({
      about: next,
      reason: 'FailedAttachVolume',
      message,
      first: minutes,
      last: Math.min(1, minutes),
      count: 1,
      component: 'attachdetach-controller',
      ...extra,
    }),
  ]
}
const wikiPod = String((only(deployment({ namespace: 'data', name: 'wiki' }), 'Pod')[0] as Doc)['kind'])
save(
  'volume-multi-attach-plain',
  multi(`Multi-Attach error for volume "pvc-33cc" Volume is already used by pod(s) ${wikiPod.toLowerCase()}-old`, 25),
  {
    verdict: 'fault',
    question: 'wiki rollout hangs',
    codes: ['volume-multi-attach'],
    objects: [claimOf('wiki')],
    mustMention: [['worker-1'], ['recreate']],
  },
)
writeCase(
  group,
  'volume-multi-attach-hidden',
  [
    ...cluster().filter((doc) => !(doc['kind'] === 'Node' && (doc['metadata'] as Doc)['name'] === 'worker-2')),
    node({ name: 'worker-2' }),
    obj('storage.k8s.io/v1', 'VolumeAttachment', undefined, 'csi-8a', {
      spec: { attacher: 'ebs.csi.aws.com', nodeName: 'worker-1', source: { persistentVolumeName: 'pvc-33cc' } },
      status: { attached: true },
    }),
    ...without(
      multi(
        'Multi-Attach error for volume "pvc-33cc" Volume is already exclusively attached to one node and can\'t be attached to another',
        12,
      ),
      'Pod',
      'Event',
    ),
    ...only(
      multi(
        'Multi-Attach error for volume "pvc-33cc" Volume is already exclusively attached to one node and can\'t be attached to another',
        12,
      ),
      'Pod',
    ).slice(1),
    ...only(
      multi(
        'Multi-Attach error for volume "pvc-33cc" Volume is already exclusively attached to one node and can\'t be attached to another',
        12,
      ),
      'Event',
    ),
  ],
  {
    verdict: 'fault',
    question: 'wiki does not start again',
    codes: ['volume-multi-attach'],
    objects: [claimOf('wiki')],
    mustNotCode: ['rollout-stuck'],
  },
)
save(
  'volume-multi-attach-lookalike',
  multi(
    'Multi-Attach error for volume "pvc-33cc" Volume is already exclusively attached to one node and can\'t be attached to another',
    1,
  ),
  {
    verdict: 'healthy',
    question: 'wiki is moving to another node',
    mustNotCode: ['volume-multi-attach'],
  },
)
const fill = (name: string, used: number): readonly Doc[] => [
  metricSeries('kubelet_volume_stats_used_bytes', { namespace: 'data', persistentvolumeclaim: name }, [
    [ago(10), used - 1e8],
    [ago(1), used],
  ]),
  metricSeries('kubelet_volume_stats_capacity_bytes', { namespace: 'data', persistentvolumeclaim: name }, [
    [ago(10), 21_474_836_480],
    [ago(1), 21_474_836_480],
  ]),
]
save(
  'volume-full-plain',
  [
    storageClass('gp3', {}, true),
    bound('orders', 'pvc-11bb'),
    ordersVolume,
    ...orders,
    ...fill('orders', 21_260_088_115),
  ],
  {
    verdict: 'fault',
    question: 'KubePersistentVolumeFillingUp',
    codes: ['volume-full'],
    objects: [claimOf('orders')],
    mustMention: [['99 %'], ['20Gi']],
  },
)
const crashing = deployment({
  namespace: 'data',
  name: 'orders',
  ready: false,
  containers: [mounted('postgres', { image: 'postgres:16.4' })],
  podSpec: mounts('orders'),
  pod: {
    containerStatuses: [
      containerStatus('postgres', {
        ready: false,
        started: false,
        restartCount: 9,
        state: {
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=postgres' },
        },
        lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(3), finishedAt: ago(3) } },
      }),
    ],
  },
})
save(
  'volume-full-hidden',
  [
    storageClass('gp3', {}, true),
    bound('orders', 'pvc-11bb'),
    ordersVolume,
    ...crashing,
    containerLog(
      only(crashing, 'Pod')[0] as Doc,
      'postgres',
      [
        '2026-11-20 09:56:40.101 UTC [1] LOG:  starting PostgreSQL 16.4 on x86_64-pc-linux-gnu',
        '2026-11-20 09:56:40.200 UTC [29] LOG:  database system was interrupted; last known up at 2026-11-20 09:51:10 UTC',
        '2026-11-20 09:56:40.411 UTC [29] FATAL:  could not write to file "/var/lib/data/pg_wal/xlogtemp.29": No space left on device',
        '2026-11-20 09:56:40.415 UTC [1] LOG:  startup process (PID 29) exited with exit code 1',
        '2026-11-20 09:56:40.415 UTC [1] LOG:  aborting startup due to startup process failure',
      ].join('\n'),
      { previous: true },
    ),
  ],
  {
    verdict: 'fault',
    question: 'orders database crash loops',
    codes: ['volume-full'],
    objects: [claimOf('orders')],
    mustMention: [['no space left']],
    mustNotCode: ['app-crash'],
  },
)
save(
  'volume-full-lookalike',
  [
    storageClass('gp3', {}, true),
    bound('orders', 'pvc-11bb'),
    ordersVolume,
    ...orders,
    ...fill('orders', 17_179_869_184),
  ],
  {
    verdict: 'healthy',
    question: 'is the disk of orders full?',
    mustNotCode: ['volume-full'],
  },
)
