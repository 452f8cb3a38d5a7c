import { ago, condition, type Doc, days, digest, type Extra, type Labels, obj, ownerRef } from './manifest.ts'

export type NodeOptions = {
  readonly name: string
  readonly labels?: Labels
  readonly taints?: readonly Doc[]
  readonly unschedulable?: boolean
  readonly cpu?: string
  readonly memory?: string
  readonly pods?: string
  readonly allocatable?: Labels
  /** Replaces the condition of the same type, or adds one. */
  readonly conditions?: readonly Doc[]
  readonly ip?: string
  readonly metadata?: Extra
}

/** A Ready worker unless said otherwise. */
export const node = (options: NodeOptions): Doc => {
  const { name, cpu = '4', memory = '15872256Ki', pods = '110' } = options
  const usual = [
    condition('MemoryPressure', 'False', { reason: 'KubeletHasSufficientMemory', lastHeartbeatTime: ago(1) }),
    condition('DiskPressure', 'False', { reason: 'KubeletHasNoDiskPressure', lastHeartbeatTime: ago(1) }),
    condition('PIDPressure', 'False', { reason: 'KubeletHasSufficientPID', lastHeartbeatTime: ago(1) }),
    condition('Ready', 'True', {
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      lastHeartbeatTime: ago(1),
    }),
  ]
  const given = options.conditions ?? []
  const conditions = [
    ...usual.map((one) => given.find((other) => other['type'] === one['type']) ?? one),
    ...given.filter((other) => !usual.some((one) => one['type'] === other['type'])),
  ]
  const capacity = { cpu, memory, pods, 'ephemeral-storage': '47093746742', ...options.allocatable }
  return obj(
    'v1',
    'Node',
    undefined,
    name,
    {
      spec: {
        ...(options.unschedulable === true ? { unschedulable: true } : {}),
        ...(options.taints === undefined ? {} : { taints: options.taints }),
      },
      status: {
        addresses: [
          {
            type: 'InternalIP',
            address: options.ip ?? `172.18.0.${11 + (Number.parseInt(digest(name).slice(0, 2), 16) % 80)}`,
          },
          { type: 'Hostname', address: name },
        ],
        allocatable: capacity,
        capacity,
        conditions,
        nodeInfo: {
          architecture: 'amd64',
          containerRuntimeVersion: 'containerd://1.7.24',
          kubeletVersion: 'v1.31.4',
          operatingSystem: 'linux',
          osImage: 'Amazon Linux 2023.6.20241212',
        },
      },
    },
    {
      creationTimestamp: ago(days(60)),
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/zone': 'eu-west-1a',
        'topology.kubernetes.io/region': 'eu-west-1',
        ...options.labels,
      },
      ...options.metadata,
    },
  )
}

export type PodOptions = {
  readonly namespace: string
  readonly name: string
  readonly labels?: Labels
  readonly owner?: Doc
  readonly spec?: Extra
  readonly containers?: readonly Doc[]
  readonly initContainers?: readonly Doc[]
  readonly nodeName?: string
  readonly ip?: string
  readonly phase?: string
  /** Whether the pod is Ready; also what the default container statuses say. */
  readonly ready?: boolean
  readonly minutesOld?: number
  readonly containerStatuses?: readonly Doc[]
  readonly initContainerStatuses?: readonly Doc[]
  /** Replaces the default conditions. */
  readonly conditions?: readonly Doc[]
  readonly status?: Extra
  readonly metadata?: Extra
}

/** A container status: running and ready unless told otherwise. */
export const containerStatus = (name: string, extra: Extra = {}): Doc => ({
  name,
  image: 'registry.example.com/app:1.0.0',
  imageID: `registry.example.com/app@sha256:${digest(name)}`,
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: ago(days(2)) } },
  lastState: {},
  ...extra,
})

export const container = (name: string, extra: Extra = {}): Doc => ({
  name,
  image: `registry.example.com/${name}:1.0.0`,
  imagePullPolicy: 'IfNotPresent',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ...extra,
})

const podConditions = (ready: boolean, scheduled: boolean, at: string): readonly Doc[] =>
  scheduled
    ? [
        { type: 'PodScheduled', status: 'True', lastTransitionTime: at },
        { type: 'Initialized', status: 'True', lastTransitionTime: at },
        { type: 'ContainersReady', status: ready ? 'True' : 'False', lastTransitionTime: at },
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: at },
      ]
    : [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastTransitionTime: at }]

/** A running and ready pod unless told otherwise; `nodeName: ''` leaves it unscheduled. */
export const pod = (options: PodOptions): Doc => {
  const { namespace: ns, name, ready = true, nodeName = 'worker-1', minutesOld = days(2) } = options
  const containers = options.containers ?? [container('app')]
  const at = ago(minutesOld)
  const scheduled = nodeName !== ''
  const ip = options.ip ?? `10.244.1.${10 + (Number.parseInt(digest(ns + name).slice(0, 2), 16) % 200)}`
  const statuses = containers.map((one) =>
    containerStatus(String(one['name']), { image: one['image'], ready, state: { running: { startedAt: at } } }),
  )
  return obj(
    'v1',
    'Pod',
    ns,
    name,
    {
      spec: {
        containers,
        ...(options.initContainers === undefined ? {} : { initContainers: options.initContainers }),
        dnsPolicy: 'ClusterFirst',
        restartPolicy: 'Always',
        schedulerName: 'default-scheduler',
        serviceAccountName: 'default',
        terminationGracePeriodSeconds: 30,
        ...(scheduled ? { nodeName } : {}),
        ...options.spec,
      },
      status: {
        phase: options.phase ?? (scheduled ? 'Running' : 'Pending'),
        qosClass: 'BestEffort',
        conditions: options.conditions ?? podConditions(ready, scheduled, at),
        ...(scheduled
          ? {
              hostIP: '172.18.0.12',
              podIP: ip,
              podIPs: [{ ip }],
              startTime: at,
              containerStatuses: options.containerStatuses ?? statuses,
              ...(options.initContainerStatuses === undefined
                ? {}
                : { initContainerStatuses: options.initContainerStatuses }),
            }
          : {}),
        ...options.status,
      },
    },
    {
      creationTimestamp: at,
      ...(options.labels === undefined ? {} : { labels: options.labels }),
      ...(options.owner === undefined ? {} : { ownerReferences: [ownerRef(options.owner)] }),
      ...options.metadata,
    },
  )
}
