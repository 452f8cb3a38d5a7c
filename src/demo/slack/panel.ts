/** One container group as the panel shows it. */
export type PanelPod = {
  readonly name: string
  readonly namespace: string
  readonly phase: string
  readonly ready: string
  readonly restarts: number
  readonly healthy: boolean
  /** Why it waits or failed: CrashLoopBackOff, OOMKilled, … */
  readonly reason?: string
  readonly workload?: string
}

/** A Deployment, StatefulSet, DaemonSet or Job. */
export type PanelWorkload = {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly ready: number
  readonly desired: number
  readonly revision?: string
  readonly image?: string
  readonly gitOwned: boolean
}

/** A node and the pods on it. */
export type PanelNode = {
  readonly name: string
  readonly ready: boolean
  readonly note?: string
  readonly pods: readonly PanelPod[]
}

/** One simulated cluster. */
export type PanelCluster = {
  readonly name: string
  readonly context?: string
  readonly nodes: readonly PanelNode[]
  /** Pods that no node took. */
  readonly pending: readonly PanelPod[]
  readonly workloads: readonly PanelWorkload[]
}

/** A fault that can be put in and taken out. */
export type PanelFault = {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly injected: boolean
  readonly gitOwned: boolean
  /** Group heading in the list. */
  readonly group?: string
  readonly busy?: boolean
}

/** Everything the side panel shows; each part may be empty, and then is not drawn. */
export type PanelState = {
  readonly title?: string
  readonly clusters: readonly PanelCluster[]
  readonly faults: readonly PanelFault[]
  readonly incidents: readonly {
    readonly id: string
    readonly title: string
    readonly status: 'triggered' | 'acknowledged' | 'resolved'
    readonly urgency: 'high' | 'low'
    /** Who is paged, or who looks after it. */
    readonly who?: string
    readonly url?: string
    readonly notes?: readonly string[]
    readonly actions?: PanelState['buttons']
  }[]
  readonly pullRequests: readonly {
    readonly number: number
    readonly title: string
    readonly state: 'open' | 'merged' | 'closed'
    readonly url: string
    readonly repository?: string
    /** A pull request that the panel offers to merge (action `merge`). */
    readonly mergeable?: boolean
    /** Unified diff, shown folded. */
    readonly diff?: string
  }[]
  readonly tour?: {
    readonly step: number
    readonly steps: readonly {
      readonly title: string
      readonly text: string
      readonly done: boolean
      /** A button for the step; `action` is a key of the panel's actions. */
      readonly action?: {
        readonly label: string
        readonly action: string
        readonly args: Readonly<Record<string, string>>
      }
    }[]
  }
  /** Further buttons: `action` is a key of the panel's actions. */
  readonly buttons?: readonly {
    readonly label: string
    readonly action: string
    readonly args?: Readonly<Record<string, string>>
  }[]
  readonly log?: readonly { readonly at: string; readonly text: string }[]
}

/**
 * What the demo hands over to fill the side panel. Actions are called by name: `fault` with `{ id, injected: 'true'|'false' }`
 * for Inject and Heal, `merge` with `{ number }`, and any name a button gives. An action that throws shows its message.
 */
export type Panel = {
  state(): PanelState
  subscribe(listener: () => void): () => void
  readonly actions: Readonly<Record<string, (args: Readonly<Record<string, string>>) => Promise<void>>>
}
