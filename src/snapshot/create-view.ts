import type { Alert } from '../domain/alert.ts'
import type { Coverage } from '../domain/coverage.ts'
import type { Event, KindMap, KubeObject, Pod } from '../domain/kubernetes.ts'
import { groupOf, type ObjectRef } from '../domain/object.ts'
import { matchesLabels, matchesSelector } from '../domain/selector.ts'
import { ownersOf, topOf, workloadFrom } from './owners.ts'
import { kindSchemas, schemaOf, sourceOf } from './schema/kinds.ts'
import type { ClusterView, ContainerLog, MetricSeries, WorkflowRun, Workload } from './view.ts'

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

/** Indexes an input once; everything a view answers comes from its maps. Equal objects in any order give an equal view. */
export const createView = (input: ViewInput): ClusterView => {
  const index = indexObjects(input.objects)
  const ownership = createOwnership(index)
  const events = lazy(() => indexEvents(index.ofKind('Event') as readonly Event[]))
  const selecting = createSelecting(index)
  const logs = groupBy(sortedLogs(input.logs ?? []), (log) => `${log.namespace}/${log.pod}`)
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
    eventsByReason: (reason) => events().byReason.get(reason) ?? [],
    owners: ownership.owners,
    workloadOf: ownership.workloadOf,
    get workloads() {
      return ownership.workloads()
    },
    podsOf: (ref) => ownership.podsOf(ref).filter((pod) => !longGone(pod, input.now)),
    podsSelected: selecting.podsSelected,
    servicesFor: selecting.servicesFor,
    logs: (namespace, pod) => logs.get(`${namespace}/${pod}`) ?? [],
    series: (metric, labels = {}) => (series.get(metric) ?? []).filter((one) => matchesLabels(labels, one.labels)),
  }
}

type Index = {
  readonly kinds: readonly string[]
  /** All of a typed kind, of its own API group only. */
  readonly ofKind: (kind: string) => readonly KubeObject[]
  /** All of a kind, whatever its group. */
  readonly named: (kind: string) => readonly KubeObject[]
  readonly get: (kind: string, namespace: string | undefined, name: string) => KubeObject | undefined
  readonly find: (ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>) => KubeObject | undefined
  readonly byUid: ReadonlyMap<string, KubeObject>
}

const compareObjects = (a: KubeObject, b: KubeObject): number =>
  compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
  compareText(a.metadata.name, b.metadata.name) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.metadata.resourceVersion ?? '', b.metadata.resourceVersion ?? '') ||
  compareText(a.metadata.uid ?? '', b.metadata.uid ?? '')

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const indexObjects = (objects: readonly KubeObject[]): Index => {
  const byKind = new Map<string, KubeObject[]>()
  for (const [kind, all] of groupBy(objects, (object) => object.kind)) byKind.set(kind, distinct(all))
  const own = new Map<string, readonly KubeObject[]>()
  const byName = new Map<string, KubeObject>()
  const byUid = new Map<string, KubeObject>()
  for (const [kind, all] of byKind) {
    const typed = kindSchemas.has(kind)
    const mine = typed ? all.filter((object) => schemaOf(kind, groupOf(object.apiVersion)) !== undefined) : all
    own.set(kind, mine)
    for (const object of all) if (object.metadata.uid !== undefined) byUid.set(object.metadata.uid, object)
    for (const object of mine) byName.set(nameKey(kind, object.metadata.namespace, object.metadata.name), object)
  }
  const get: Index['get'] = (kind, namespace, name) => byName.get(nameKey(kind, namespace, name))
  return {
    kinds: [...byKind.keys()].sort(),
    ofKind: (kind) => own.get(kind) ?? [],
    named: (kind) => byKind.get(kind) ?? [],
    get,
    find: (ref) => {
      const group = groupOf(ref.apiVersion)
      const found = get(ref.kind, ref.namespace, ref.name)
      if (found !== undefined && (ref.apiVersion === '' || sameKind(ref.kind, group, found))) return found
      return byKind
        .get(ref.kind)
        ?.find(
          (object) =>
            object.metadata.name === ref.name &&
            object.metadata.namespace === ref.namespace &&
            groupOf(object.apiVersion) === group,
        )
    },
    byUid,
  }
}

const sameKind = (kind: string, group: string, object: KubeObject): boolean =>
  groupOf(object.apiVersion) === group || (schemaOf(kind, group) !== undefined && kindSchemas.has(kind))

const nameKey = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind}/${namespace ?? ''}/${name}`

/** Lists come sorted from the API server; checking is much cheaper than sorting. */
const isSorted = (objects: readonly KubeObject[]): boolean =>
  objects.every((object, index) => {
    const before = objects[index - 1]
    return before === undefined || compareObjects(before, object) < 0
  })

/** Sorted, and of two readings of one object (two files, two API versions) the first in order. */
const distinct = (objects: readonly KubeObject[]): KubeObject[] => {
  const sorted = isSorted(objects) ? [...objects] : [...objects].sort(compareObjects)
  const kept = new Map<string, KubeObject>()
  for (const object of sorted) {
    const group = schemaOf(object.kind, groupOf(object.apiVersion))?.group ?? groupOf(object.apiVersion)
    const key = `${group}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    const before = kept.get(key)
    if (before === undefined || newer(object, before)) kept.set(key, object)
  }
  return kept.size === sorted.length ? sorted : [...kept.values()].sort(compareObjects)
}

/** Which of two readings to keep: the later made, else the one of the higher generation. */
const newer = (a: KubeObject, b: KubeObject): boolean => {
  const [made, before] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  if (made !== before) return made > before
  return (a.metadata.generation ?? 0) > (b.metadata.generation ?? 0)
}

const groupBy = <T>(all: Iterable<T>, keyOf: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

const completeness = (input: ViewInput, index: Index, unavailable: ReadonlySet<string>) => {
  const read = input.read
  if (read !== 'files') {
    return {
      all: (kind: string) => read.namespace === undefined && read.kinds.has(kind),
      in: (kind: string, namespace: string | undefined) =>
        read.kinds.has(kind) &&
        (read.namespace === undefined || namespace === undefined || namespace === read.namespace),
    }
  }
  const holds = (kind: string) => index.ofKind(kind).length > 0 && !unavailable.has(sourceOf(kind))
  return {
    all: holds,
    in: (kind: string, namespace: string | undefined) =>
      holds(kind) &&
      (namespace === undefined || index.ofKind(kind).some((object) => object.metadata.namespace === namespace)),
  }
}

const createOwnership = (index: Index) => {
  const lookup = { byUid: (uid: string) => index.byUid.get(uid), byRef: index.find }
  const chains = new Map<KubeObject, readonly KubeObject[]>()
  const owners = (object: KubeObject): readonly KubeObject[] => {
    const known = chains.get(object)
    if (known !== undefined) return known
    const chain = ownersOf(object, lookup)
    chains.set(object, chain)
    return chain
  }
  const workloads = new Map<string, Workload>()
  const workloadOf = (object: KubeObject): Workload => {
    const top = topOf(object, owners(object))
    const key = nameKey(top.kind, top.metadata.namespace, top.metadata.name)
    const known = workloads.get(key)
    if (known !== undefined && groupOf(known.ref.apiVersion) === groupOf(top.apiVersion)) return known
    const workload = workloadFrom(top)
    workloads.set(key, workload)
    return workload
  }
  const once = lazy(() => {
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Rollout', 'Pod']) {
      for (const object of kind === 'Rollout' ? index.named(kind) : index.ofKind(kind)) workloadOf(object)
    }
    return [...workloads.values()].sort(
      (a, b) => compareObjects(a.object, b.object) || compareText(a.ref.kind, b.ref.kind),
    )
  })
  const pods = lazy(() => {
    const byOwner = new Map<string, Pod[]>()
    for (const pod of index.ofKind('Pod') as readonly Pod[]) {
      for (const object of [pod, ...owners(pod)]) {
        const key = nameKey(object.kind, object.metadata.namespace, object.metadata.name)
        const all = byOwner.get(key)
        if (all === undefined) byOwner.set(key, [pod])
        else all.push(pod)
      }
    }
    return byOwner
  })
  return {
    owners,
    workloadOf,
    workloads: once,
    podsOf: (ref: ObjectRef): readonly Pod[] => pods().get(nameKey(ref.kind, ref.namespace, ref.name)) ?? [],
  }
}

const lazy = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** Whether a pod should have gone more than ten minutes ago: what it says no longer tells about its workload. */
const longGone = (pod: Pod, now: string): boolean => {
  const deleted = pod.metadata.deletionTimestamp
  return deleted !== undefined && Date.parse(now) - Date.parse(deleted) > 600_000
}

const indexEvents = (events: readonly Event[]) => {
  // Times are RFC 3339 in UTC to the second, so they compare as text.
  const sorted = [...events].sort(
    (a, b) => compareText(a.lastSeen ?? '', b.lastSeen ?? '') || compareText(a.metadata.name, b.metadata.name),
  )
  const byObject = groupBy(sorted, ({ regarding, metadata }) => {
    const namespace = regarding.namespace ?? (clusterScoped(regarding.kind) ? undefined : metadata.namespace)
    return nameKey(regarding.kind ?? '', namespace, regarding.name ?? '')
  })
  const about = (ref: ObjectRef): readonly Event[] => {
    const all = byObject.get(nameKey(ref.kind, ref.namespace, ref.name)) ?? []
    // The kubelet writes the node's name where its uid should stand.
    if (ref.uid === undefined || ref.kind === 'Node') return all
    const same = (uid: string | undefined) => uid === undefined || uid === ref.uid
    return all.every((event) => same(event.regarding.uid)) ? all : all.filter((event) => same(event.regarding.uid))
  }
  return { about, byReason: groupBy(sorted, (event) => event.reason ?? '') }
}

const clusterScoped = (kind: string | undefined): boolean =>
  kind !== undefined && kindSchemas.get(kind)?.namespaced === false

const createSelecting = (index: Index) => {
  const pods = lazy(() => groupBy(index.ofKind('Pod') as readonly Pod[], (pod) => pod.metadata.namespace ?? ''))
  const byLabel = lazy(() => {
    const labelled = new Map<string, Pod[]>()
    for (const pod of index.ofKind('Pod') as readonly Pod[]) {
      for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
        const at = `${pod.metadata.namespace ?? ''}\n${key}\n${value}`
        const all = labelled.get(at)
        if (all === undefined) labelled.set(at, [pod])
        else all.push(pod)
      }
    }
    return labelled
  })
  const candidates = (namespace: string, wanted: Readonly<Record<string, string>>): readonly Pod[] => {
    let fewest: readonly Pod[] | undefined
    for (const [key, value] of Object.entries(wanted)) {
      const some = byLabel().get(`${namespace}\n${key}\n${value}`) ?? []
      if (fewest === undefined || some.length < fewest.length) fewest = some
    }
    return fewest ?? pods().get(namespace) ?? []
  }
  const services = lazy(() =>
    groupBy(index.ofKind('Service') as readonly KindMap['Service'][], (service) => service.metadata.namespace ?? ''),
  )
  return {
    podsSelected: ((namespace, selector) =>
      selector === undefined
        ? []
        : candidates(namespace, selector.matchLabels ?? {}).filter((pod) =>
            matchesSelector(selector, pod.metadata.labels),
          )) satisfies ClusterView['podsSelected'],
    servicesFor: ((pod) =>
      (services().get(pod.metadata.namespace ?? '') ?? []).filter((service) => {
        const wanted = service.spec?.selector ?? {}
        return Object.keys(wanted).length > 0 && matchesLabels(wanted, pod.metadata.labels)
      })) satisfies ClusterView['servicesFor'],
  }
}

const sortedLogs = (logs: readonly ContainerLog[]): readonly ContainerLog[] =>
  [...logs].sort(
    (a, b) =>
      Number(a.previous) - Number(b.previous) || compareText(a.container, b.container) || compareText(a.text, b.text),
  )
