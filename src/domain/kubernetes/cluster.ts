import type { Condition, LabelSelector, Labels, Metadata, NameRef, Typed } from './meta.ts'

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
  /** Of a record of Helm read from a file whose revision did not come through: Helm's own words on it. Never values or manifests. */
  readonly release?: { readonly chart: string; readonly description: string }
}

export type ServiceAccount = {
  readonly apiVersion: string
  readonly kind: 'ServiceAccount'
  readonly metadata: Metadata
  readonly imagePullSecrets?: readonly NameRef[]
  readonly secrets?: readonly NameRef[]
  readonly automountServiceAccountToken?: boolean
}

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
  {
    readonly hard?: Labels
    readonly scopes?: readonly string[]
    readonly scopeSelector?: {
      readonly matchExpressions?: readonly {
        readonly scopeName?: string
        readonly operator?: string
        readonly values?: readonly string[]
      }[]
    }
  },
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
