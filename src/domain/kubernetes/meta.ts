/** Labels and annotations, and other maps of text. */
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

export type KeyRef = { readonly name?: string; readonly key?: string; readonly optional?: boolean }

export type NameRef = { readonly name?: string; readonly optional?: boolean }

/** An object of a kind with a type of its own. */
export type Typed<K extends string, S, T> = {
  readonly apiVersion: string
  readonly kind: K
  readonly metadata: Metadata
  readonly spec?: S
  readonly status?: T
}

export type TargetRef = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
}

/** A reference to an object as read. */
export const refOf = (object: { readonly apiVersion: string; readonly kind: string; readonly metadata: Metadata }) => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
  name: object.metadata.name,
  ...(object.metadata.uid === undefined ? {} : { uid: object.metadata.uid }),
})

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
