import type {
  APIService,
  ConfigMap,
  Event,
  LimitRange,
  Namespace,
  Node,
  NodeMetrics,
  PodMetrics,
  PriorityClass,
  ResourceQuota,
  Role,
  RoleBinding,
  RuntimeClass,
  Secret,
  ServiceAccount,
  WebhookConfiguration,
} from './kubernetes/cluster.ts'
import type { Pod } from './kubernetes/pod.ts'
import type { PersistentVolume, PersistentVolumeClaim, StorageClass, VolumeAttachment } from './kubernetes/storage.ts'
import type { EndpointSlice, Ingress, IngressClass, NetworkPolicy, Service } from './kubernetes/traffic.ts'
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  PodDisruptionBudget,
  ReplicaSet,
  StatefulSet,
} from './kubernetes/workload.ts'

/**
 * The parts of Kubernetes objects that checks read, in the shape the API serves them as JSON. Everything is optional because
 * dumps are partial; what has the wrong type was dropped at the door. Values of Secrets are never here, only their keys.
 */
export type * from './kubernetes/cluster.ts'
export type * from './kubernetes/meta.ts'
export { refOf } from './kubernetes/meta.ts'
export type * from './kubernetes/pod.ts'
export type * from './kubernetes/storage.ts'
export type * from './kubernetes/traffic.ts'
export type * from './kubernetes/workload.ts'

/** The kinds with a type of their own; every other kind is a KubeObject with unknown spec and status. */
export type KindMap = {
  Pod: Pod
  Deployment: Deployment
  ReplicaSet: ReplicaSet
  StatefulSet: StatefulSet
  DaemonSet: DaemonSet
  ControllerRevision: ControllerRevision
  Job: Job
  CronJob: CronJob
  Service: Service
  EndpointSlice: EndpointSlice
  Ingress: Ingress
  IngressClass: IngressClass
  NetworkPolicy: NetworkPolicy
  Node: Node
  Namespace: Namespace
  ConfigMap: ConfigMap
  Secret: Secret
  ServiceAccount: ServiceAccount
  PersistentVolumeClaim: PersistentVolumeClaim
  PersistentVolume: PersistentVolume
  StorageClass: StorageClass
  VolumeAttachment: VolumeAttachment
  Event: Event
  ResourceQuota: ResourceQuota
  LimitRange: LimitRange
  PriorityClass: PriorityClass
  RuntimeClass: RuntimeClass
  HorizontalPodAutoscaler: HorizontalPodAutoscaler
  PodDisruptionBudget: PodDisruptionBudget
  Role: Role
  ClusterRole: Role
  RoleBinding: RoleBinding
  ClusterRoleBinding: RoleBinding
  ValidatingWebhookConfiguration: WebhookConfiguration
  MutatingWebhookConfiguration: WebhookConfiguration
  APIService: APIService
  PodMetrics: PodMetrics
  NodeMetrics: NodeMetrics
}
