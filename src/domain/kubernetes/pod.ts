import type {
  Condition,
  IntOrString,
  KeyRef,
  LabelSelector,
  Labels,
  NameRef,
  NodeSelectorTerm,
  Resources,
  Typed,
} from './meta.ts'
import type { PersistentVolumeClaimSpec } from './storage.ts'

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
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
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
  readonly resources?: Resources
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

export type Pod = Typed<'Pod', PodSpec, PodStatus>
