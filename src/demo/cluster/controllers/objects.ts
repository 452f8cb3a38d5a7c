import type { KubeObject, ObjectMeta } from '../types.ts'

/** The parts of the kinds that controllers and kubelets work with. Optional members may be absent on any object a client sent. */
export type Condition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string | undefined
  message?: string | undefined
  lastTransitionTime?: string | undefined
  lastUpdateTime?: string | undefined
  lastProbeTime?: string | null | undefined
  lastHeartbeatTime?: string | undefined
  observedGeneration?: number | undefined
}

/** See the Kubernetes API reference. */
export type LabelSelectorSpec = {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** See the Kubernetes API reference. */
export type ResourceList = Record<string, string>
/** See the Kubernetes API reference. */
export type Probe = {
  httpGet?: { path?: string; port: number | string; scheme?: string }
  tcpSocket?: { port: number | string }
  exec?: { command: string[] }
  grpc?: { port: number }
  initialDelaySeconds?: number
  periodSeconds: number
  timeoutSeconds: number
  successThreshold: number
  failureThreshold: number
}
/** See the Kubernetes API reference. */
export type KeyRef = { name: string; key: string; optional?: boolean }
/** See the Kubernetes API reference. */
export type EnvVar = {
  name: string
  value?: string
  valueFrom?: { secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef; fieldRef?: { fieldPath: string } }
}
/** See the Kubernetes API reference. */
export type Container = {
  name: string
  image: string
  imagePullPolicy?: string
  command?: string[]
  args?: string[]
  env?: EnvVar[]
  envFrom?: {
    configMapRef?: { name: string; optional?: boolean }
    secretRef?: { name: string; optional?: boolean }
    prefix?: string
  }[]
  ports?: { name?: string; containerPort: number; protocol?: string; hostPort?: number }[]
  resources?: { limits?: ResourceList; requests?: ResourceList }
  livenessProbe?: Probe
  readinessProbe?: Probe
  startupProbe?: Probe
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[]
  restartPolicy?: string
  lifecycle?: unknown
}
/** See the Kubernetes API reference. */
export type Volume = {
  name: string
  secret?: { secretName: string; optional?: boolean; items?: { key: string; path: string }[] }
  configMap?: { name: string; optional?: boolean; items?: { key: string; path: string }[] }
  persistentVolumeClaim?: { claimName: string }
  projected?: {
    sources: { secret?: { name: string; optional?: boolean }; configMap?: { name: string; optional?: boolean } }[]
  }
  emptyDir?: object
  hostPath?: object
}
/** See the Kubernetes API reference. */
export type Toleration = {
  key?: string
  operator?: string
  value?: string
  effect?: string
  tolerationSeconds?: number
}
/** See the Kubernetes API reference. */
export type Taint = { key: string; value?: string; effect: string; timeAdded?: string }
/** See the Kubernetes API reference. */
export type NodeSelectorTerm = {
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
  matchFields?: { key: string; operator: string; values?: string[] }[]
}
type PodTerm = { topologyKey: string; labelSelector?: LabelSelectorSpec; namespaces?: string[] }
/** See the Kubernetes API reference. */
export type Affinity = {
  nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: NodeSelectorTerm[] } }
  podAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodTerm[] }
  podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodTerm[] }
}
/** See the Kubernetes API reference. */
export type PodSpec = {
  containers: Container[]
  initContainers?: Container[]
  volumes?: Volume[]
  nodeName?: string
  nodeSelector?: Record<string, string>
  affinity?: Affinity
  tolerations?: Toleration[]
  restartPolicy: string
  terminationGracePeriodSeconds?: number
  serviceAccountName?: string
  imagePullSecrets?: { name: string }[]
  priority?: number
  schedulerName?: string
  hostNetwork?: boolean
  activeDeadlineSeconds?: number
  hostname?: string
  subdomain?: string
  topologySpreadConstraints?: {
    maxSkew: number
    topologyKey: string
    whenUnsatisfiable: string
    labelSelector?: LabelSelectorSpec
  }[]
}
/** See the Kubernetes API reference. */
export type Terminated = {
  exitCode: number
  reason: string
  message?: string
  startedAt: string
  finishedAt: string
  containerID?: string
  signal?: number
}
/** See the Kubernetes API reference. */
export type ContainerState = {
  waiting?: { reason: string; message?: string }
  running?: { startedAt: string }
  terminated?: Terminated
}
/** See the Kubernetes API reference. */
export type ContainerStatus = {
  name: string
  state: ContainerState
  lastState: ContainerState
  ready: boolean
  restartCount: number
  image: string
  imageID: string
  containerID?: string
  started?: boolean
}
/** See the Kubernetes API reference. */
export type PodStatus = {
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
  observedGeneration?: number
  conditions?: Condition[]
  message?: string
  reason?: string
  hostIP?: string
  hostIPs?: { ip: string }[]
  podIP?: string
  podIPs?: { ip: string }[]
  startTime?: string
  initContainerStatuses?: ContainerStatus[]
  containerStatuses?: ContainerStatus[]
  ephemeralContainerStatuses?: ContainerStatus[]
  qosClass?: string
  nominatedNodeName?: string
}
/** See the Kubernetes API reference. */
export type Pod = KubeObject & { spec: PodSpec; status: PodStatus }
/** See the Kubernetes API reference. */
export type PodTemplate = { metadata?: Partial<ObjectMeta>; spec: PodSpec }

/** See the Kubernetes API reference. */
export type ReplicaSet = KubeObject & {
  spec: { replicas: number; minReadySeconds?: number; selector: LabelSelectorSpec; template: PodTemplate }
  status: {
    replicas: number
    fullyLabeledReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    terminatingReplicas?: number
    observedGeneration?: number
    conditions?: Condition[]
  }
}
/** See the Kubernetes API reference. */
export type Deployment = KubeObject & {
  spec: {
    replicas: number
    selector: LabelSelectorSpec
    template: PodTemplate
    strategy: { type: string; rollingUpdate?: { maxSurge: number | string; maxUnavailable: number | string } }
    minReadySeconds?: number
    revisionHistoryLimit?: number
    progressDeadlineSeconds?: number
    paused?: boolean
  }
  status: {
    observedGeneration?: number
    replicas?: number
    updatedReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    unavailableReplicas?: number
    terminatingReplicas?: number
    conditions?: Condition[]
  }
}
/** See the Kubernetes API reference. */
export type StatefulSet = KubeObject & {
  spec: {
    replicas: number
    selector: LabelSelectorSpec
    serviceName: string
    template: PodTemplate
    podManagementPolicy: string
    updateStrategy: { type: string; rollingUpdate?: { partition?: number } }
    volumeClaimTemplates?: KubeObject[]
    minReadySeconds?: number
  }
  status: { [field: string]: unknown; currentRevision?: string; updateRevision?: string }
}
/** See the Kubernetes API reference. */
export type DaemonSet = KubeObject & {
  spec: {
    selector: LabelSelectorSpec
    template: PodTemplate
    updateStrategy: { type: string; rollingUpdate?: { maxUnavailable?: number | string } }
    minReadySeconds?: number
  }
  status: { [field: string]: unknown }
}
/** See the Kubernetes API reference. */
export type JobSpec = {
  template: PodTemplate
  completions?: number
  parallelism: number
  backoffLimit: number
  activeDeadlineSeconds?: number
  ttlSecondsAfterFinished?: number
  suspend?: boolean
  selector?: LabelSelectorSpec
}
/** See the Kubernetes API reference. */
export type Job = KubeObject & {
  spec: JobSpec
  status: {
    active?: number
    ready?: number
    succeeded?: number
    failed?: number
    terminating?: number
    startTime?: string
    completionTime?: string
    conditions?: Condition[]
    uncountedTerminatedPods?: object
  }
}
/** See the Kubernetes API reference. */
export type CronJob = KubeObject & {
  spec: {
    schedule: string
    timeZone?: string
    suspend?: boolean
    concurrencyPolicy: string
    startingDeadlineSeconds?: number
    successfulJobsHistoryLimit: number
    failedJobsHistoryLimit: number
    jobTemplate: { metadata?: Partial<ObjectMeta>; spec: JobSpec }
  }
  status: { active?: object[]; lastScheduleTime?: string; lastSuccessfulTime?: string }
}
/** See the Kubernetes API reference. */
export type Node = KubeObject & {
  spec: { taints?: Taint[]; unschedulable?: boolean; providerID?: string; podCIDR?: string }
  status: {
    allocatable: ResourceList
    capacity: ResourceList
    conditions?: Condition[]
    addresses?: { type: string; address: string }[]
    nodeInfo?: Record<string, string>
    [field: string]: unknown
  }
}
/** See the Kubernetes API reference. */
export type Service = KubeObject & {
  spec: {
    selector?: Record<string, string>
    ports?: { name?: string; port: number; targetPort: number | string; protocol: string }[]
    clusterIP?: string
    type?: string
    publishNotReadyAddresses?: boolean
  }
}
/** See the Kubernetes API reference. */
export type Claim = KubeObject & {
  spec: {
    storageClassName?: string
    volumeName?: string
    accessModes: string[]
    volumeMode?: string
    resources: { requests: ResourceList }
  }
  status: { phase: string; accessModes?: string[]; capacity?: ResourceList; conditions?: Condition[] }
}
/** See the Kubernetes API reference. */
export type DisruptionBudget = KubeObject & {
  spec: { minAvailable?: number | string; maxUnavailable?: number | string; selector?: LabelSelectorSpec }
  status: { disruptedPods?: Record<string, string>; [field: string]: unknown }
}
/** See the Kubernetes API reference. */
export type Autoscaler = KubeObject & {
  spec: {
    minReplicas: number
    maxReplicas: number
    scaleTargetRef: { apiVersion: string; kind: string; name: string }
    metrics: {
      type: string
      resource?: { name: string; target: { type: string; averageUtilization?: number; averageValue?: string } }
    }[]
  }
  status: {
    currentReplicas?: number
    desiredReplicas?: number
    lastScaleTime?: string
    conditions?: Condition[]
    currentMetrics?: unknown
  }
}

/** Is a pod's Ready condition true? */
export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true
}

/** Ready for at least that many seconds. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const ready = pod.status.conditions?.find((condition) => condition.type === 'Ready')
  if (ready?.status !== 'True') return false
  return minReadySeconds === 0 || Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1000 <= now
}

/** Neither finished nor being deleted. */
export function isActive(pod: Pod): boolean {
  return (
    pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined
  )
}

/** A number or a percentage of a total. */
export function scaled(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (typeof value !== 'string') return value ?? 0
  const part = (Number.parseInt(value, 10) * total) / 100
  return roundUp ? Math.ceil(part) : Math.floor(part)
}
