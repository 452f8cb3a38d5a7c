import type { Alert } from '../domain/alert.ts'
import type { Coverage } from '../domain/coverage.ts'
import type { Event, KubeObject } from '../domain/kubernetes.ts'
import { groupOf } from '../domain/object.ts'
import { matchesLabels } from '../domain/selector.ts'
import { indexEvents } from './event-index.ts'
import { type Index, indexingObjects } from './object-index.ts'
import { compareText, groupBy, lazy } from './order.ts'
import { createOwnership, longGone } from './ownership.ts'
import { sourceOf } from './schema/kinds.ts'
import { createSelecting } from './selecting.ts'
import { atOnce, type Steps } from './steps.ts'
import type { ClusterView, ContainerLog, MetricSeries, WorkflowRun } from './view.ts'

/**
 * What a view is made of. `read` says what absence means: from a cluster, kinds that were listed are complete; from files,
 * a kind is complete for a namespace of which the files hold at least one object of that kind.
 */
export type ViewInput = {
  readonly cluster: string
  readonly now: string
  readonly kubernetesVersion?: string
  readonly coverage: Coverage
  readonly read: 'files' | { readonly kinds: ReadonlySet<string>; readonly namespace?: string }
  readonly objects: readonly KubeObject[]
  readonly logs?: readonly ContainerLog[]
  readonly metrics?: readonly MetricSeries[]
  readonly alerts?: readonly Alert[]
  readonly workflowRuns?: readonly WorkflowRun[]
}

/** The indexes over a set of objects, to make more than one view of them. */
export type Indexed = {
  readonly index: Index
  readonly ownership: ReturnType<typeof createOwnership>
  readonly events: () => ReturnType<typeof indexEvents>
  readonly selecting: ReturnType<typeof createSelecting>
}

/** Indexes objects once, in steps; a view over them costs next to nothing then. */
export function* indexing(objects: readonly KubeObject[]): Steps<Indexed> {
  const index = yield* indexingObjects(objects)
  return {
    index,
    ownership: createOwnership(index),
    events: lazy(() => indexEvents(index.ofKind('Event') as readonly Event[])),
    selecting: createSelecting(index),
  }
}

/** Indexes an input once; everything a view answers comes from its maps. Equal objects in any order give an equal view. */
export const createView = (input: ViewInput): ClusterView => viewOver(atOnce(indexing(input.objects)), input)

/** A view over objects that are indexed already. */
export const viewOver = (
  { index, ownership, events, selecting }: Indexed,
  input: Omit<ViewInput, 'objects'>,
): ClusterView => {
  const logs = new Map(
    [...groupBy(sortedLogs(input.logs ?? []), (log) => log.namespace)].map(([namespace, some]) => [
      namespace,
      groupBy(some, (log) => log.pod),
    ]),
  )
  const series = groupBy(input.metrics ?? [], (one) => one.metric)
  const unavailable = new Set(input.coverage.unavailable.map((one) => one.source))
  const complete = completeness(input, index, unavailable)
  return {
    cluster: input.cluster,
    now: input.now,
    ...(input.kubernetesVersion === undefined ? {} : { kubernetesVersion: input.kubernetesVersion }),
    coverage: input.coverage,
    alerts: input.alerts ?? [],
    workflowRuns: input.workflowRuns ?? [],
    metrics: input.metrics ?? [],
    kinds: index.kinds,
    all: (kind) => index.ofKind(kind) as never,
    list: (kind, group) => {
      const all = index.named(kind)
      return group === undefined ? all : all.filter((object) => groupOf(object.apiVersion) === group)
    },
    get: (kind, namespace, name) => index.get(kind, namespace, name) as never,
    find: (ref) => index.find(ref),
    byUid: (uid) => index.byUid.get(uid),
    presence: (kind, namespace, name) => {
      if (index.get(kind, namespace, name) !== undefined) return 'present'
      return complete.in(kind, namespace) ? 'absent' : 'unknown'
    },
    complete: (kind) => complete.all(kind),
    eventsFor: (ref) => events().about(ref),
    eventsByReason: (reason) => events().byReason(reason),
    owners: ownership.owners,
    workloadOf: ownership.workloadOf,
    get workloads() {
      return ownership.workloads()
    },
    podsOf: (ref) => ownership.podsOf(ref).filter((pod) => !longGone(pod, input.now)),
    podsSelected: selecting.podsSelected,
    servicesFor: selecting.servicesFor,
    logs: (namespace, pod) => logs.get(namespace)?.get(pod) ?? [],
    series: (metric, labels = {}) => (series.get(metric) ?? []).filter((one) => matchesLabels(labels, one.labels)),
  }
}

const completeness = (input: Pick<ViewInput, 'read'>, index: Index, unavailable: ReadonlySet<string>) => {
  const read = input.read
  if (read !== 'files') {
    return {
      all: (kind: string) => read.namespace === undefined && read.kinds.has(kind),
      in: (kind: string, namespace: string | undefined) =>
        read.kinds.has(kind) &&
        (read.namespace === undefined || namespace === undefined || namespace === read.namespace),
    }
  }
  // A kind that was dumped for several namespaces was dumped for all; a namespace that only events name was not dumped itself.
  const spaces = new Map<string, ReadonlySet<string | undefined>>()
  const spacesOf = (kind: string): ReadonlySet<string | undefined> => {
    const known = spaces.get(kind) ?? new Set(index.ofKind(kind).map((object) => object.metadata.namespace))
    spaces.set(kind, known)
    return known
  }
  const spans = (kind: string) => spacesOf(kind).size >= 3
  const dumped = (namespace: string) => index.get('Namespace', undefined, namespace) !== undefined
  const holds = (kind: string) => index.ofKind(kind).length > 0 && !unavailable.has(sourceOf(kind))
  return {
    all: holds,
    in: (kind: string, namespace: string | undefined) =>
      holds(kind) && (namespace === undefined || spacesOf(kind).has(namespace) || (spans(kind) && dumped(namespace))),
  }
}

const sortedLogs = (logs: readonly ContainerLog[]): readonly ContainerLog[] =>
  [...logs].sort(
    (a, b) =>
      Number(a.previous) - Number(b.previous) || compareText(a.container, b.container) || compareText(a.text, b.text),
  )
