import type { Alert } from '../domain/alert.ts'
import type { AuditedChange } from '../domain/audited-change.ts'
import type { Coverage, Read, Unreadable } from '../domain/coverage.ts'
import type { Event, KindMap, KubeObject, LabelSelector, Labels, Pod, PodTemplate } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import type { FailedStep, PushedImage } from '../domain/pipeline.ts'

/** The log of one container run: `text` redacted and bounded; `error` where the API server said why there is none. */
export type ContainerLog = {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly previous: boolean
  readonly text: string
  readonly error?: string
  readonly truncated?: boolean
}

/** One metric series: points are [RFC 3339 time, value] in time order. */
export type MetricSeries = {
  readonly metric: string
  readonly labels: Labels
  readonly points: readonly (readonly [string, number])[]
}

/** One GitHub Actions run. */
export type WorkflowRun = {
  readonly repository: string
  readonly workflow: string
  readonly conclusion: string
  readonly headSha?: string
  readonly startedAt?: string
  readonly url?: string
  readonly failedSteps: readonly FailedStep[]
  readonly endedAt?: string
  readonly branch?: string
  /** More than 1: it was run again on the same commit. */
  readonly attempt?: number
  /** The images that its log says it pushed, where that was worth reading. */
  readonly pushed?: readonly PushedImage[]
}

/** present, absent for sure, or not known because the source was not (wholly) read. */
export type Presence = 'present' | 'absent' | 'unknown'

/** A controller that makes pods, with the template it makes them from. */
export type Workload = {
  readonly ref: ObjectRef
  readonly object: KubeObject
  /** Desired pods, where the kind has such a number. */
  readonly replicas?: number
  readonly template?: PodTemplate
  readonly selector?: LabelSelector
}

/**
 * One cluster at one moment: read once, indexed, read-only. The same face over a live cluster, a watch cache and files.
 * Nothing here reads a clock or the network: `now` is part of the data (RFC 3339).
 */
export type ClusterView = {
  readonly cluster: string
  readonly now: string
  readonly kubernetesVersion?: string
  readonly coverage: Coverage
  readonly alerts: readonly Alert[]
  readonly workflowRuns: readonly WorkflowRun[]
  readonly metrics: readonly MetricSeries[]
  /** Who changed what within the last day, where an audit log tells us. */
  readonly auditedChanges?: readonly AuditedChange[]

  /** All objects of a typed kind, sorted by namespace and name. */
  all<K extends keyof KindMap>(kind: K): readonly KindMap[K][]
  /** All objects of any kind, custom ones too (`Application`, `HTTPRoute`, `Certificate`…); `group` narrows where kinds clash. */
  list(kind: string, group?: string): readonly KubeObject[]
  /** The kinds that the view holds at least one object of. */
  readonly kinds: readonly string[]
  get<K extends keyof KindMap>(kind: K, namespace: string | undefined, name: string): KindMap[K] | undefined
  find(ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>): KubeObject | undefined
  byUid(uid: string): KubeObject | undefined
  /**
   * Whether an object exists: `unknown` where its kind was not read, was forbidden, or a file snapshot holds no object of
   * that kind in that namespace and in fewer than three others. Only `absent` may be reported as missing without other evidence.
   */
  presence(kind: keyof KindMap, namespace: string | undefined, name: string): Presence
  /** Whether every object of this kind was read. */
  complete(kind: string): boolean

  /** Events about an object (by uid where both have one, else kind, namespace and name), oldest first. */
  eventsFor(ref: ObjectRef): readonly Event[]
  /** Every event of a reason, oldest first. */
  eventsByReason(reason: string): readonly Event[]

  /** The object's controller chain, nearest first: Pod → [ReplicaSet, Deployment]. Bounded, cycles cut. */
  owners(object: KubeObject): readonly KubeObject[]
  /** The top-most controller that a person would edit (the Pod itself where nothing owns it). */
  workloadOf(object: KubeObject): Workload
  /** All workloads, bare pods included, with what they own. */
  readonly workloads: readonly Workload[]
  /** The pods of a workload (through its ReplicaSets, Jobs…), not those that are terminating for long. */
  podsOf(ref: ObjectRef): readonly Pod[]
  /** Pods in a namespace that a selector selects; an empty selector selects all, an absent one none. */
  podsSelected(namespace: string, selector: LabelSelector | undefined): readonly Pod[]
  /** Services in the pod's namespace whose selector matches its labels. */
  servicesFor(pod: Pod): readonly KindMap['Service'][]

  /** Logs of a pod, current before previous; empty where none were collected. */
  logs(namespace: string, pod: string): readonly ContainerLog[]
  /** Series of a metric whose labels include all of `labels`. */
  series(metric: string, labels?: Labels): readonly MetricSeries[]
}

/** What a metrics source read. `asked` is false where nothing was worth asking: that is neither checked nor missing. */
export type CollectedMetrics = {
  readonly metrics: readonly MetricSeries[]
  readonly asked: boolean
  readonly unavailable: readonly Unreadable[]
}

/** One query over the last minutes of a view, bounded in time and number; never throws. */
export type MetricsQuery = (
  view: Pick<ClusterView, 'cluster' | 'now'>,
  asked: { readonly query: string; readonly minutes: number; readonly signal: AbortSignal },
) => Promise<Read<readonly MetricSeries[]>>

/** Reads the series that could explain what fails in a view. Bounded in time and number; never throws. */
export type MetricsSource = (
  view: ClusterView,
  options?: { readonly focus?: string; readonly signal?: AbortSignal },
) => Promise<CollectedMetrics>

/** A run that somebody asks about. */
export type AskedRun = { readonly repository: string; readonly id: number }

/** What a source of workflow runs read. `asked` is false where there is no repository to ask about. */
export type CollectedRuns = {
  readonly runs: readonly WorkflowRun[]
  readonly asked: boolean
  readonly unavailable: readonly Unreadable[]
}

/** Reads the runs that could explain what a view shows, and the one asked about. Bounded in time and number; never throws. */
export type WorkflowSource = (
  view: ClusterView,
  options?: { readonly run?: AskedRun; readonly signal?: AbortSignal },
) => Promise<CollectedRuns>
