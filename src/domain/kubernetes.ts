/**
 * The parts of Kubernetes objects that checks read, in the shape the API serves them as JSON. Everything is optional because
 * dumps are partial; what has the wrong type was dropped at the door. Values of Secrets are never here, only their keys.
 */
export type Labels = Readonly<Record<string, string>>

export type OwnerReference = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly name?: string
  readonly uid?: string
  readonly controller?: boolean
}

/** Who set which fields last: used for "what changed". `time` is RFC 3339. */
export type ManagedField = {
  readonly manager?: string
  readonly operation?: string
  readonly time?: string
  readonly subresource?: string
}

export type Metadata = {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Labels
  readonly annotations?: Labels
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly ManagedField[]
}

/** Any object: what even unknown kinds have. `spec` and `status` of custom resources are read with `at()`. */
export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec?: unknown
  readonly status?: unknown
}

export type Condition = {
  readonly type?: string
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
  readonly lastUpdateTime?: string
  readonly lastHeartbeatTime?: string
  readonly observedGeneration?: number
}

export type LabelSelector = {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly {
    readonly key?: string
    readonly operator?: string
    readonly values?: readonly string[]
  }[]
}

export type IntOrString = number | string

/** Quantities stay the strings that the API serves (`100m`, `1Gi`). */
export type Resources = { readonly requests?: Labels; readonly limits?: Labels }

export type Probe = {
  readonly httpGet?: {
    readonly path?: string
    readonly port?: IntOrString
    readonly scheme?: string
    readonly host?: string
  }
  readonly tcpSocket?: { readonly port?: IntOrString; readonly host?: string }
  readonly grpc?: { readonly port?: number; readonly service?: string }
  readonly exec?: { readonly command?: readonly string[] }
  readonly initialDelaySeconds?: number
  readonly periodSeconds?: number
  readonly timeoutSeconds?: number
  readonly failureThreshold?: number
  readonly successThreshold?: number
}

export type KeyRef = { readonly name?: string; readonly key?: string; readonly optional?: boolean }
export type NameRef = { readonly name?: string; readonly optional?: boolean }

export type EnvVar = {
  readonly name?: string
  readonly value?: string
  readonly valueFrom?: {
    readonly configMapKeyRef?: KeyRef
    readonly secretKeyRef?: KeyRef
    readonly fieldRef?: { readonly fieldPath?: string }
    readonly resourceFieldRef?: { readonly resource?: string; readonly containerName?: string }
  }
}

export type ContainerPort = {
  readonly name?: string
  readonly containerPort?: number
  readonly hostPort?: number
  readonly protocol?: string
}

export type SecurityContext = {
  readonly runAsUser?: number
  readonly runAsGroup?: number
  readonly runAsNonRoot?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly privileged?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly fsGroup?: number
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] }
  readonly seccompProfile?: { readonly type?: string }
}

export type Container = {
  readonly name: string
  readonly image?: string
  readonly imagePullPolicy?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly ports?: readonly ContainerPort[]
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly {
    readonly prefix?: string
    readonly configMapRef?: NameRef
    readonly secretRef?: NameRef
  }[]
  readonly resources?: Resources
  readonly volumeMounts?: readonly {
    readonly name?: string
    readonly mountPath?: string
    readonly subPath?: string
    readonly readOnly?: boolean
  }[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
  readonly lifecycle?: { readonly postStart?: Probe; readonly preStop?: Probe }
  readonly securityContext?: SecurityContext
  readonly restartPolicy?: string
  readonly terminationMessagePolicy?: string
}

export type KeyToPath = { readonly key?: string; readonly path?: string }

export type VolumeProjection = {
  readonly configMap?: NameRef & { readonly items?: readonly KeyToPath[] }
  readonly secret?: NameRef & { readonly items?: readonly KeyToPath[] }
  readonly serviceAccountToken?: { readonly audience?: string }
}

export type Volume = {
  readonly name?: string
  readonly configMap?: NameRef & { readonly items?: readonly KeyToPath[] }
  readonly secret?: { readonly secretName?: string; readonly optional?: boolean; readonly items?: readonly KeyToPath[] }
  readonly projected?: { readonly sources?: readonly VolumeProjection[] }
  readonly persistentVolumeClaim?: { readonly claimName?: string; readonly readOnly?: boolean }
  readonly ephemeral?: { readonly volumeClaimTemplate?: { readonly spec?: PersistentVolumeClaimSpec } }
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string }
  readonly hostPath?: { readonly path?: string; readonly type?: string }
  readonly csi?: { readonly driver?: string; readonly nodePublishSecretRef?: NameRef }
  readonly nfs?: { readonly server?: string; readonly path?: string }
}

export type Toleration = {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
  readonly tolerationSeconds?: number
}

export type NodeSelectorTerm = {
  readonly matchExpressions?: readonly {
    readonly key?: string
    readonly operator?: string
    readonly values?: readonly string[]
  }[]
  readonly matchFields?: readonly {
    readonly key?: string
    readonly operator?: string
    readonly values?: readonly string[]
  }[]
}

export type PodAffinityTerm = {
  readonly labelSelector?: LabelSelector
  readonly topologyKey?: string
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: LabelSelector
}

export type Affinity = {
  readonly nodeAffinity?: {
    readonly requiredDuringSchedulingIgnoredDuringExecution?: {
      readonly nodeSelectorTerms?: readonly NodeSelectorTerm[]
    }
  }
  readonly podAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] }
  readonly podAntiAffinity?: { readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] }
}

export type TopologySpreadConstraint = {
  readonly maxSkew?: number
  readonly topologyKey?: string
  readonly whenUnsatisfiable?: string
  readonly labelSelector?: LabelSelector
  readonly minDomains?: number
}

export type PodSpec = {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly ephemeralContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly nodeName?: string
  readonly nodeSelector?: Labels
  readonly affinity?: Affinity
  readonly tolerations?: readonly Toleration[]
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[]
  readonly serviceAccountName?: string
  readonly imagePullSecrets?: readonly NameRef[]
  readonly priorityClassName?: string
  readonly priority?: number
  readonly preemptionPolicy?: string
  readonly runtimeClassName?: string
  readonly restartPolicy?: string
  readonly hostNetwork?: boolean
  readonly hostname?: string
  readonly subdomain?: string
  readonly dnsPolicy?: string
  readonly dnsConfig?: {
    readonly nameservers?: readonly string[]
    readonly searches?: readonly string[]
    readonly options?: readonly { readonly name?: string; readonly value?: string }[]
  }
  readonly schedulerName?: string
  readonly schedulingGates?: readonly NameRef[]
  readonly securityContext?: SecurityContext
  readonly terminationGracePeriodSeconds?: number
  readonly activeDeadlineSeconds?: number
  readonly readinessGates?: readonly { readonly conditionType?: string }[]
  readonly overhead?: Labels
  readonly automountServiceAccountToken?: boolean
  readonly hostAliases?: readonly { readonly ip?: string; readonly hostnames?: readonly string[] }[]
}

export type StateWaiting = { readonly reason?: string; readonly message?: string }
export type StateRunning = { readonly startedAt?: string }
export type StateTerminated = {
  readonly exitCode?: number
  readonly signal?: number
  readonly reason?: string
  readonly message?: string
  readonly startedAt?: string
  readonly finishedAt?: string
}
export type ContainerState = {
  readonly waiting?: StateWaiting
  readonly running?: StateRunning
  readonly terminated?: StateTerminated
}

export type ContainerStatus = {
  readonly name: string
  readonly image?: string
  readonly imageID?: string
  readonly ready?: boolean
  readonly started?: boolean
  readonly restartCount?: number
  readonly state?: ContainerState
  readonly lastState?: ContainerState
}

export type PodStatus = {
  readonly phase?: string
  readonly reason?: string
  readonly message?: string
  readonly podIP?: string
  readonly podIPs?: readonly { readonly ip?: string }[]
  readonly hostIP?: string
  readonly startTime?: string
  readonly qosClass?: string
  readonly nominatedNodeName?: string
  readonly conditions?: readonly Condition[]
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly ephemeralContainerStatuses?: readonly ContainerStatus[]
  readonly observedGeneration?: number
}

export type PodTemplate = {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels }
  readonly spec?: PodSpec
}

type Typed<K extends string, S, T> = {
  readonly apiVersion: string
  readonly kind: K
  readonly metadata: Metadata
  readonly spec?: S
  readonly status?: T
}

export type Pod = Typed<'Pod', PodSpec, PodStatus>

export type WorkloadStatus = {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly unavailableReplicas?: number
  readonly updatedReplicas?: number
  readonly currentReplicas?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly conditions?: readonly Condition[]
  // DaemonSet
  readonly desiredNumberScheduled?: number
  readonly currentNumberScheduled?: number
  readonly numberReady?: number
  readonly numberAvailable?: number
  readonly numberUnavailable?: number
  readonly numberMisscheduled?: number
  readonly updatedNumberScheduled?: number
}

export type DeploymentSpec = {
  readonly replicas?: number
  readonly selector?: LabelSelector
  readonly template?: PodTemplate
  readonly paused?: boolean
  readonly progressDeadlineSeconds?: number
  readonly minReadySeconds?: number
  readonly revisionHistoryLimit?: number
  readonly strategy?: {
    readonly type?: string
    readonly rollingUpdate?: { readonly maxSurge?: IntOrString; readonly maxUnavailable?: IntOrString }
  }
}
export type Deployment = Typed<'Deployment', DeploymentSpec, WorkloadStatus>
export type ReplicaSet = Typed<'ReplicaSet', DeploymentSpec, WorkloadStatus>
export type StatefulSetSpec = DeploymentSpec & {
  readonly serviceName?: string
  readonly podManagementPolicy?: string
  readonly volumeClaimTemplates?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly spec?: PersistentVolumeClaimSpec
  }[]
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } }
  readonly ordinals?: { readonly start?: number }
}
export type StatefulSet = Typed<'StatefulSet', StatefulSetSpec, WorkloadStatus>
export type DaemonSet = Typed<
  'DaemonSet',
  DeploymentSpec & { readonly updateStrategy?: { readonly type?: string } },
  WorkloadStatus
>
export type ControllerRevision = {
  readonly apiVersion: string
  readonly kind: 'ControllerRevision'
  readonly metadata: Metadata
  readonly revision?: number
  readonly data?: unknown
}

export type JobSpec = {
  readonly parallelism?: number
  readonly completions?: number
  readonly backoffLimit?: number
  readonly activeDeadlineSeconds?: number
  readonly suspend?: boolean
  readonly ttlSecondsAfterFinished?: number
  readonly completionMode?: string
  readonly managedBy?: string
  readonly template?: PodTemplate
}
export type Job = Typed<
  'Job',
  JobSpec,
  {
    readonly active?: number
    readonly succeeded?: number
    readonly failed?: number
    readonly ready?: number
    readonly startTime?: string
    readonly completionTime?: string
    readonly conditions?: readonly Condition[]
  }
>
export type CronJob = Typed<
  'CronJob',
  {
    readonly schedule?: string
    readonly timeZone?: string
    readonly suspend?: boolean
    readonly concurrencyPolicy?: string
    readonly startingDeadlineSeconds?: number
    readonly jobTemplate?: { readonly spec?: JobSpec }
  },
  {
    readonly lastScheduleTime?: string
    readonly lastSuccessfulTime?: string
    readonly active?: readonly { readonly name?: string; readonly uid?: string }[]
  }
>

export type ServicePort = {
  readonly name?: string
  readonly port?: number
  readonly targetPort?: IntOrString
  readonly nodePort?: number
  readonly protocol?: string
  readonly appProtocol?: string
}
export type Service = Typed<
  'Service',
  {
    readonly type?: string
    readonly clusterIP?: string
    readonly selector?: Labels
    readonly ports?: readonly ServicePort[]
    readonly externalName?: string
    readonly externalTrafficPolicy?: string
    readonly internalTrafficPolicy?: string
    readonly publishNotReadyAddresses?: boolean
    readonly loadBalancerClass?: string
    readonly externalIPs?: readonly string[]
  },
  {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] }
    readonly conditions?: readonly Condition[]
  }
>

export type TargetRef = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
}
export type EndpointSlice = {
  readonly apiVersion: string
  readonly kind: 'EndpointSlice'
  readonly metadata: Metadata
  readonly addressType?: string
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[]
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
    readonly nodeName?: string
    readonly zone?: string
    readonly targetRef?: TargetRef
  }[]
  readonly ports?: readonly { readonly name?: string; readonly port?: number; readonly protocol?: string }[]
}

export type IngressBackend = {
  readonly service?: { readonly name?: string; readonly port?: { readonly name?: string; readonly number?: number } }
  readonly resource?: TargetRef
}
export type Ingress = Typed<
  'Ingress',
  {
    readonly ingressClassName?: string
    readonly defaultBackend?: IngressBackend
    readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[]
    readonly rules?: readonly {
      readonly host?: string
      readonly http?: {
        readonly paths?: readonly {
          readonly path?: string
          readonly pathType?: string
          readonly backend?: IngressBackend
        }[]
      }
    }[]
  },
  { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } }
>
export type IngressClass = Typed<'IngressClass', { readonly controller?: string }, unknown>

export type NetworkPolicyPeer = {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: { readonly cidr?: string; readonly except?: readonly string[] }
}
export type NetworkPolicyPort = { readonly port?: IntOrString; readonly endPort?: number; readonly protocol?: string }
export type NetworkPolicy = Typed<
  'NetworkPolicy',
  {
    readonly podSelector?: LabelSelector
    readonly policyTypes?: readonly string[]
    readonly ingress?: readonly {
      readonly from?: readonly NetworkPolicyPeer[]
      readonly ports?: readonly NetworkPolicyPort[]
    }[]
    readonly egress?: readonly {
      readonly to?: readonly NetworkPolicyPeer[]
      readonly ports?: readonly NetworkPolicyPort[]
    }[]
  },
  unknown
>

export type Taint = {
  readonly key?: string
  readonly value?: string
  readonly effect?: string
  readonly timeAdded?: string
}
export type Node = Typed<
  'Node',
  {
    readonly unschedulable?: boolean
    readonly taints?: readonly Taint[]
    readonly podCIDR?: string
    readonly podCIDRs?: readonly string[]
    readonly providerID?: string
  },
  {
    readonly allocatable?: Labels
    readonly capacity?: Labels
    readonly conditions?: readonly Condition[]
    readonly addresses?: readonly { readonly type?: string; readonly address?: string }[]
    readonly nodeInfo?: {
      readonly kubeletVersion?: string
      readonly architecture?: string
      readonly operatingSystem?: string
      readonly containerRuntimeVersion?: string
      readonly osImage?: string
    }
  }
>
export type Namespace = Typed<
  'Namespace',
  { readonly finalizers?: readonly string[] },
  { readonly phase?: string; readonly conditions?: readonly Condition[] }
>

/** `data` values are kept for ConfigMaps only (bounded); Secrets keep `keys`. */
export type ConfigMap = {
  readonly apiVersion: string
  readonly kind: 'ConfigMap'
  readonly metadata: Metadata
  readonly data?: Labels
  readonly keys?: readonly string[]
  readonly immutable?: boolean
}
/** Never any value: only the type and, where the body was in a file, the names of its keys. Absent `keys` means not known. */
export type Secret = {
  readonly apiVersion: string
  readonly kind: 'Secret'
  readonly metadata: Metadata
  readonly type?: string
  readonly keys?: readonly string[]
  /** Of a `kubernetes.io/tls` Secret read from a file: when its leaf certificate ends. Public data, not the key. */
  readonly certificate?: {
    readonly notBefore?: string
    readonly notAfter?: string
    readonly subject?: string
    readonly names?: readonly string[]
  }
}
export type ServiceAccount = {
  readonly apiVersion: string
  readonly kind: 'ServiceAccount'
  readonly metadata: Metadata
  readonly imagePullSecrets?: readonly NameRef[]
  readonly secrets?: readonly NameRef[]
}

export type PersistentVolumeClaimSpec = {
  readonly storageClassName?: string
  readonly volumeName?: string
  readonly accessModes?: readonly string[]
  readonly volumeMode?: string
  readonly resources?: Resources
  readonly selector?: LabelSelector
  readonly dataSource?: TargetRef
  readonly dataSourceRef?: TargetRef
}
export type PersistentVolumeClaim = Typed<
  'PersistentVolumeClaim',
  PersistentVolumeClaimSpec,
  {
    readonly phase?: string
    readonly capacity?: Labels
    readonly accessModes?: readonly string[]
    readonly conditions?: readonly Condition[]
  }
>
export type PersistentVolume = Typed<
  'PersistentVolume',
  {
    readonly capacity?: Labels
    readonly accessModes?: readonly string[]
    readonly claimRef?: TargetRef
    readonly storageClassName?: string
    readonly persistentVolumeReclaimPolicy?: string
    readonly volumeMode?: string
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } }
    readonly csi?: { readonly driver?: string; readonly volumeHandle?: string }
  },
  { readonly phase?: string; readonly reason?: string; readonly message?: string }
>
export type StorageClass = {
  readonly apiVersion: string
  readonly kind: 'StorageClass'
  readonly metadata: Metadata
  readonly provisioner?: string
  readonly volumeBindingMode?: string
  readonly reclaimPolicy?: string
  readonly allowVolumeExpansion?: boolean
}
export type VolumeAttachment = Typed<
  'VolumeAttachment',
  {
    readonly attacher?: string
    readonly nodeName?: string
    readonly source?: { readonly persistentVolumeName?: string }
  },
  {
    readonly attached?: boolean
    readonly attachError?: { readonly message?: string; readonly time?: string }
    readonly detachError?: { readonly message?: string; readonly time?: string }
  }
>

/** Of core/v1 and events.k8s.io/v1 alike, brought to one shape: `regarding` is involvedObject, `note` is message. Times RFC 3339. */
export type Event = {
  readonly apiVersion: string
  readonly kind: 'Event'
  readonly metadata: Metadata
  readonly regarding: {
    readonly apiVersion?: string
    readonly kind?: string
    readonly namespace?: string
    readonly name?: string
    readonly uid?: string
    readonly fieldPath?: string
  }
  readonly type?: string
  readonly reason?: string
  readonly note?: string
  readonly firstSeen?: string
  readonly lastSeen?: string
  readonly count?: number
  readonly component?: string
  readonly host?: string
}

export type ResourceQuota = Typed<
  'ResourceQuota',
  { readonly hard?: Labels; readonly scopes?: readonly string[] },
  { readonly hard?: Labels; readonly used?: Labels }
>
export type LimitRange = Typed<
  'LimitRange',
  {
    readonly limits?: readonly {
      readonly type?: string
      readonly max?: Labels
      readonly min?: Labels
      readonly default?: Labels
      readonly defaultRequest?: Labels
      readonly maxLimitRequestRatio?: Labels
    }[]
  },
  unknown
>
export type PriorityClass = {
  readonly apiVersion: string
  readonly kind: 'PriorityClass'
  readonly metadata: Metadata
  readonly value?: number
  readonly globalDefault?: boolean
  readonly preemptionPolicy?: string
}
export type RuntimeClass = {
  readonly apiVersion: string
  readonly kind: 'RuntimeClass'
  readonly metadata: Metadata
  readonly handler?: string
}

export type HorizontalPodAutoscaler = Typed<
  'HorizontalPodAutoscaler',
  {
    readonly scaleTargetRef?: TargetRef
    readonly minReplicas?: number
    readonly maxReplicas?: number
    readonly metrics?: readonly {
      readonly type?: string
      readonly resource?: {
        readonly name?: string
        readonly target?: {
          readonly type?: string
          readonly averageUtilization?: number
          readonly averageValue?: string
          readonly value?: string
        }
      }
      readonly containerResource?: {
        readonly name?: string
        readonly container?: string
        readonly target?: { readonly type?: string; readonly averageUtilization?: number }
      }
      readonly pods?: { readonly metric?: NameRef }
      readonly object?: { readonly metric?: NameRef; readonly describedObject?: TargetRef }
      readonly external?: { readonly metric?: NameRef }
    }[]
  },
  {
    readonly currentReplicas?: number
    readonly desiredReplicas?: number
    readonly lastScaleTime?: string
    readonly conditions?: readonly Condition[]
    readonly currentMetrics?: readonly {
      readonly type?: string
      readonly resource?: {
        readonly name?: string
        readonly current?: { readonly averageUtilization?: number; readonly averageValue?: string }
      }
    }[]
  }
>
export type PodDisruptionBudget = Typed<
  'PodDisruptionBudget',
  {
    readonly minAvailable?: IntOrString
    readonly maxUnavailable?: IntOrString
    readonly selector?: LabelSelector
    readonly unhealthyPodEvictionPolicy?: string
  },
  {
    readonly currentHealthy?: number
    readonly desiredHealthy?: number
    readonly disruptionsAllowed?: number
    readonly expectedPods?: number
    readonly conditions?: readonly Condition[]
  }
>

export type PolicyRule = {
  readonly verbs?: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}
export type Role = {
  readonly apiVersion: string
  readonly kind: 'Role' | 'ClusterRole'
  readonly metadata: Metadata
  readonly rules?: readonly PolicyRule[]
  readonly aggregationRule?: unknown
}
export type RoleBinding = {
  readonly apiVersion: string
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding'
  readonly metadata: Metadata
  readonly roleRef?: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string }
  readonly subjects?: readonly {
    readonly kind?: string
    readonly apiGroup?: string
    readonly namespace?: string
    readonly name?: string
  }[]
}

export type AdmissionWebhook = {
  readonly name?: string
  readonly failurePolicy?: string
  readonly timeoutSeconds?: number
  readonly clientConfig?: {
    readonly url?: string
    readonly caBundle?: string
    readonly service?: {
      readonly namespace?: string
      readonly name?: string
      readonly port?: number
      readonly path?: string
    }
  }
  readonly rules?: readonly {
    readonly operations?: readonly string[]
    readonly apiGroups?: readonly string[]
    readonly apiVersions?: readonly string[]
    readonly resources?: readonly string[]
  }[]
  readonly namespaceSelector?: LabelSelector
  readonly objectSelector?: LabelSelector
}
export type WebhookConfiguration = {
  readonly apiVersion: string
  readonly kind: 'ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration'
  readonly metadata: Metadata
  readonly webhooks?: readonly AdmissionWebhook[]
}
export type APIService = Typed<
  'APIService',
  {
    readonly group?: string
    readonly version?: string
    readonly service?: { readonly namespace?: string; readonly name?: string; readonly port?: number }
  },
  { readonly conditions?: readonly Condition[] }
>

/** metrics.k8s.io: usage now. */
export type PodMetrics = {
  readonly apiVersion: string
  readonly kind: 'PodMetrics'
  readonly metadata: Metadata
  readonly timestamp?: string
  readonly containers?: readonly { readonly name?: string; readonly usage?: Labels }[]
}
export type NodeMetrics = {
  readonly apiVersion: string
  readonly kind: 'NodeMetrics'
  readonly metadata: Metadata
  readonly timestamp?: string
  readonly usage?: Labels
}

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

/** A reference to an object as read. */
export const refOf = (object: { readonly apiVersion: string; readonly kind: string; readonly metadata: Metadata }) => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
  name: object.metadata.name,
  ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
})
