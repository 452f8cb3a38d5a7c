import type { Finding } from '../domain/finding.ts'
import { type ObjectRef, refKey, sameRef } from '../domain/object.ts'
import { isPodReady } from '../domain/pod-state.ts'
import { timeOf } from '../domain/time.ts'
import type { Steps } from '../snapshot/steps.ts'
import type { ClusterView } from '../snapshot/view.ts'
import { canExplain, depthOf, explainsVictims, isControlPlane, isOfPods, isOfStarting } from './explains.ts'
import type { Edge, EdgeKind, Graph, Reached } from './graph.ts'

/** A root with everything that it explains, in the order in which trouble spread. */
export type Family = { readonly root: Finding; readonly effects: readonly Effect[] }

/** An effect, what directly explains it, and over which edges. */
export type Effect = { readonly finding: Finding; readonly by: Finding; readonly via: readonly EdgeKind[] }

const farthest = 6
/** A cause may be noticed somewhat later than its effect: events are throttled, conditions lag. */
const slack = 30 * 60_000

type Link = { readonly cause: Finding; readonly via: readonly EdgeKind[]; readonly distance: number }

/**
 * Puts every effect under its cause, once. A finding is under another only where the codes allow it, the graph connects
 * them, and the cause is not clearly younger; else both stand alone. Cycles are cut at the deeper cause.
 */
export function* joining(findings: readonly Finding[], graph: Graph, view: ClusterView): Steps<readonly Family[]> {
  const causes = findings.filter((finding) => finding.severity !== 'info')
  const served = servedElsewhere(view)
  const reached = new Map<Finding, ReadonlyMap<string, Reached>>()
  for (const cause of causes) {
    reached.set(cause, graph.reach(startOf(cause, view), farthest, cause.object.kind === 'Node' ? served : undefined))
    yield
  }
  const parent = new Map<Finding, Link>()
  for (const effect of findings) {
    const links = causes.flatMap((cause) => linkOf(cause, effect, reached.get(cause) ?? new Map()))
    links.sort(preferred)
    const link = links.find((one) => !leadsTo(one.cause, effect, parent))
    if (link !== undefined) parent.set(effect, link)
    yield
  }
  return families(findings, parent)
}

/** A node's trouble does not pass to a Service that still has a ready pod on another one. */
const servedElsewhere =
  (view: ClusterView) =>
  (edge: Edge): boolean => {
    if (edge.kind !== 'selects') return false
    const selector = view.get('Service', edge.to.namespace, edge.to.name)?.spec?.selector ?? {}
    return view.podsSelected(edge.to.namespace ?? '', { matchLabels: selector }).some(isPodReady)
  }

/** Where the trouble of a cause begins: its object, and what the analyzer saw hurt directly. */
const startOf = (cause: Finding, view: ClusterView): readonly ObjectRef[] => {
  const workloads = (cause.affects ?? []).flatMap((ref) => {
    const found = ref.kind === 'Pod' || ref.kind === 'ReplicaSet' || ref.kind === 'Job' ? view.find(ref) : undefined
    return found === undefined ? [ref] : [ref, view.workloadOf(found).ref]
  })
  return [cause.object, ...workloads]
}

const linkOf = (cause: Finding, effect: Finding, reached: ReadonlyMap<string, Reached>): readonly Link[] => {
  if (cause === effect) return []
  if (isComponentsOwn(cause, effect)) return [{ cause, via: [], distance: 0 }]
  if (!canExplain(cause.code, effect.code, effect.symptom === true)) return []
  // A symptom explains nothing but other symptoms; the fault itself must come from somewhere else.
  if (cause.symptom === true && effect.symptom !== true && cause.code !== 'dependency-unreachable') return []
  if (!plausibleInTime(cause, effect) || isOfOtherContainer(cause, effect)) return []
  const touched = [effect.object, ...(effect.dependsOn ?? [])]
  if (explainsVictims(cause.code)) touched.push(...(effect.affects ?? []))
  const hits = touched.flatMap((ref) => reached.get(refKey(ref)) ?? []).filter((hit) => passable(hit, cause, effect))
  const nearest = hits.reduce<Reached | undefined>(
    (a, b) => (a === undefined || b.distance < a.distance ? b : a),
    undefined,
  )
  return nearest === undefined ? [] : [{ cause, via: nearest.via, distance: nearest.distance }]
}

/** What is wrong with the pods of a control-plane component is the component's trouble, told by another check. */
const isComponentsOwn = (cause: Finding, effect: Finding): boolean =>
  isControlPlane(cause.code) &&
  isOfPods(effect.code) &&
  effect.object.namespace === 'kube-system' &&
  [cause.object, ...cause.evidence.map((one) => one.about)].some((ref) => sameRef(ref, effect.object))

/** That one container of a pod is not started does not make another crash by its own error: both are faults. */
const isOfOtherContainer = (cause: Finding, effect: Finding): boolean => {
  const [first, second] = [cause.facts?.['container'], effect.facts?.['container']]
  return (
    effect.code === 'app-crash' &&
    isOfStarting(cause.code) &&
    sameRef(cause.object, effect.object) &&
    first !== undefined &&
    second !== undefined &&
    first !== second
  )
}

const overDependency = new Set([
  'dependency-unreachable',
  'readiness-probe-failing',
  'startup-probe-failing',
  'init-container-failing',
  'app-errors',
])

/** Over a dependency that was only read out of a configuration, just those effects pass that a lost dependency has. */
const passable = (hit: Reached, cause: Finding, effect: Finding): boolean => {
  // A StatefulSet needs its governing Service to exist; that clients cannot reach it there is its own trouble, not its cause.
  if (cause.code === 'dependency-unreachable' && hit.via[0] === 'uses' && hit.ref.kind === 'StatefulSet') return false
  return !hit.via.includes('depends-on') || overDependency.has(effect.code) || effect.symptom === true
}

const plausibleInTime = (cause: Finding, effect: Finding): boolean => {
  const [began, hurt] = [timeOf(cause.since), timeOf(effect.since)]
  return began === undefined || hurt === undefined || began <= hurt + slack
}

const preferred = (a: Link, b: Link): number =>
  Number(a.cause.symptom === true) - Number(b.cause.symptom === true) ||
  a.distance - b.distance ||
  depthOf(a.cause.code) - depthOf(b.cause.code) ||
  b.cause.confidence - a.cause.confidence ||
  compareText(`${a.cause.code} ${refKey(a.cause.object)}`, `${b.cause.code} ${refKey(b.cause.object)}`)

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Whether following causes from one finding comes to another: linking them would close a circle. */
const leadsTo = (from: Finding, to: Finding, parent: ReadonlyMap<Finding, Link>): boolean => {
  let here: Finding | undefined = from
  for (let step = 0; here !== undefined && step < 100; step++) {
    if (here === to) return true
    here = parent.get(here)?.cause
  }
  return false
}

const families = (findings: readonly Finding[], parent: ReadonlyMap<Finding, Link>): readonly Family[] => {
  const under = new Map<Finding, Effect[]>()
  for (const [finding, link] of parent) {
    const effects = under.get(link.cause) ?? []
    effects.push({ finding, by: link.cause, via: link.via })
    under.set(link.cause, effects)
  }
  return findings
    .filter((finding) => !parent.has(finding) && finding.severity !== 'info')
    .map((root) => ({ root, effects: spread(root, under) }))
}

/** Breadth first, so that the chain reads from the cause outwards. */
const spread = (root: Finding, under: ReadonlyMap<Finding, readonly Effect[]>): readonly Effect[] => {
  const effects: Effect[] = []
  const queue: Finding[] = [root]
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    for (const effect of under.get(here) ?? []) {
      effects.push(effect)
      queue.push(effect.finding)
    }
  }
  return effects
}
