import type { Finding } from '../domain/finding.ts'
import { refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { type Neighbour, type Neighbourhood, type Relation, relationOrder } from '../domain/neighbourhood.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { sourceOf } from '../snapshot/schema/kinds.ts'
import type { ClusterView } from '../snapshot/view.ts'
import { healthOf } from './health-of.ts'
import { kindNamed } from './mentions.ts'
import { type Related, relationsOf } from './relations.ts'

/** What a person named, and how far to look. */
export type NeighbourhoodAsked = {
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
  /** Steps from the object, 1 to 6. */
  readonly depth: number
  /** What the checks say, to mark nodes by. */
  readonly findings?: readonly Finding[]
}

const mostAtNode = 12
const mostNodes = 150

/** What many use is shown where it stands near, but not whom else it serves: those are not around the object asked about. */
const shared = new Set([
  'Node',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'StorageClass',
  'PriorityClass',
  'RuntimeClass',
  'NetworkPolicy',
  'Application',
  'Kustomization',
  'HelmRelease',
  'HelmChartRelease',
  'Team',
  'Gateway',
  'APIService',
])

/** The objects around one, to so many steps, with their health. A refusal where the object is not there or not told apart. */
export const neighbourhood = (view: ClusterView, asked: NeighbourhoodAsked): Neighbourhood | Refusal => {
  const focus = focusOf(view, asked)
  if (isRefusal(focus)) return focus
  const relations = relationsOf(view)
  const distances = new Map([[refKey(focus), 0]])
  const refs = new Map([[refKey(focus), focus]])
  const edges = new Map<string, { from: string; to: string; relation: Relation }>()
  const left: { id: string; more: number }[] = []
  let level: readonly ObjectRef[] = [focus]
  for (let distance = 1; distance <= asked.depth && level.length > 0; distance++) {
    const next: ObjectRef[] = []
    for (const here of level) {
      if (distance > 1 && shared.has(here.kind)) continue
      const { shown, more } = chosen(view, here, relations.get(refKey(here)) ?? [], distances)
      if (more > 0) left.push({ id: refKey(here), more })
      for (const one of shown) {
        const other = otherOf(one, here)
        const key = refKey(other)
        if (!distances.has(key) && distances.size >= mostNodes) continue
        edges.set(`${refKey(one.from)} ${one.relation} ${refKey(one.to)}`, {
          from: refKey(one.from),
          to: refKey(one.to),
          relation: one.relation,
        })
        if (distances.has(key)) continue
        distances.set(key, distance)
        refs.set(key, other)
        next.push(other)
      }
    }
    level = next
  }
  const codes = findingsByObject(asked.findings ?? [])
  return {
    version: 1,
    cluster: view.cluster,
    at: view.now,
    focus: refKey(focus),
    depth: asked.depth,
    nodes: [...refs].map(([id, ref]) => nodeOf(view, id, ref, distances.get(id) ?? 0, codes)),
    edges: [...edges.keys()].sort().flatMap((key) => edges.get(key) ?? []),
    left,
    unavailable: view.coverage.unavailable,
  }
}

const otherOf = (one: Related, here: ObjectRef): ObjectRef => (refKey(one.from) === refKey(here) ? one.to : one.from)

/** The relations that are shown: of each kind the unwell first, and what is known already; the rest is counted. */
const chosen = (
  view: ClusterView,
  here: ObjectRef,
  all: readonly Related[],
  known: ReadonlyMap<string, number>,
): { readonly shown: readonly Related[]; readonly more: number } => {
  const ordered = all.toSorted((a, b) => relationOrder(a.relation) - relationOrder(b.relation))
  const groups = Map.groupBy(ordered, (one) => `${one.relation} ${refKey(one.from) === refKey(here)}`)
  const shown: Related[] = []
  for (const group of groups.values()) {
    if (group.length <= mostAtNode) {
      shown.push(...group)
      continue
    }
    const weight = (one: Related): number => {
      const other = otherOf(one, here)
      if (known.has(refKey(other))) return 0
      const { mark } = healthOf(view, other)
      return mark === 'unwell' || mark === 'missing' ? 1 : mark === 'well' ? 2 : 3
    }
    const sorted = group.map((one) => ({ one, weight: weight(one) })).sort((a, b) => a.weight - b.weight)
    shown.push(...sorted.slice(0, mostAtNode).map(({ one }) => one))
  }
  return { shown, more: all.length - shown.length }
}

const findingsByObject = (findings: readonly Finding[]): ReadonlyMap<string, Neighbour['findings']> => {
  const byKey = new Map<string, Neighbour['findings']>()
  for (const { object, code, severity } of findings) {
    if (severity !== 'info') byKey.set(refKey(object), [...(byKey.get(refKey(object)) ?? []), { code, severity }])
  }
  return byKey
}

const nodeOf = (
  view: ClusterView,
  id: string,
  ref: ObjectRef,
  distance: number,
  codes: ReadonlyMap<string, Neighbour['findings']>,
): Neighbour => {
  const { mark, state } = healthOf(view, ref)
  const findings = codes.get(id) ?? []
  return {
    id,
    ref,
    mark: findings.length > 0 && mark !== 'missing' ? 'unwell' : mark,
    ...(state === undefined ? {} : { state }),
    findings,
    distance,
  }
}

/** The object that a person means. Of several the one in the namespace given; else they are told apart by the person. */
const focusOf = (view: ClusterView, asked: NeighbourhoodAsked): ObjectRef | Refusal => {
  // `scaledobject/worker` reads as NAMESPACE/NAME where the kind is not a common word.
  const asKind =
    asked.kind ?? (asked.namespace !== undefined && isKindOf(view, asked.namespace) ? asked.namespace : undefined)
  const namespace = asKind !== undefined && asked.kind === undefined ? undefined : asked.namespace
  const kind = asKind === undefined ? undefined : kindNamed(asKind, view)
  const candidates: readonly ObjectRef[] =
    kind === undefined ? view.workloads.map(({ ref }) => ref) : view.list(kind).map(refOf)
  const found = candidates.filter(
    (ref) =>
      ref.name === asked.name &&
      (namespace === undefined || ref.namespace === undefined || ref.namespace === namespace),
  )
  const [first, second] = found
  if (first !== undefined && second === undefined) return first
  if (first !== undefined)
    return refused(
      'usage',
      `There are ${found.length} of that name (${found.slice(0, 4).map(refText).join(', ')}); say which with -n NAMESPACE.`,
    )
  const near = nearestName(
    asked.name,
    [...new Set(candidates.map(({ name }) => name))].filter((name) => name !== asked.name),
  )
  const what = `${kind ?? 'workload'} ${namespace === undefined ? '' : `${namespace}/`}${asked.name}`
  if (isUnread(view, kind))
    return refused(
      'could-not-tell',
      `Not every ${kind ?? 'workload'} could be read, so whether there is a ${what} could not be told.`,
    )
  return refused('not-found', `There is no ${what} here${near === undefined ? '.' : `; did you mean ${near}?`}`)
}

const workloadSources = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'].map(sourceOf)

/** Whether what was named may be there all the same, since its kind could not be read. */
const isUnread = (view: ClusterView, kind: string | undefined): boolean => {
  const wanted = kind === undefined ? workloadSources : [sourceOf(kind)]
  return view.coverage.unavailable.some(
    ({ source }) =>
      source === 'custom resources' || wanted.some((one) => source === one || source.startsWith(`${one}.`)),
  )
}

const isKindOf = (view: ClusterView, word: string): boolean => view.kinds.includes(kindNamed(word, view))
