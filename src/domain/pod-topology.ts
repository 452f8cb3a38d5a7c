import type { Labels, Node, Pod, PodAffinityTerm, TopologySpreadConstraint } from './kubernetes.ts'
import { matchesNode } from './node-affinity.ts'
import { matchesSelector, selectorText } from './selector.ts'

/** A node with the pods that hold it: those bound to it that have not ended. */
export type Placed = { readonly node: Node; readonly pods: readonly Pod[] }

/** The labels of a namespace; undefined where they are not known. */
export type NamespaceLabels = (namespace: string) => Labels | undefined

const namespaceOf = (pod: Pod): string => pod.metadata.namespace ?? 'default'

const covers = (term: PodAffinityTerm, owner: Pod, other: Pod, labelsOf: NamespaceLabels): boolean => {
  const namespace = namespaceOf(other)
  const listed = term.namespaces ?? []
  const byList = listed.includes(namespace)
  const bySelector =
    term.namespaceSelector !== undefined && matchesSelector(term.namespaceSelector, labelsOf(namespace) ?? {})
  const byDefault = listed.length === 0 && term.namespaceSelector === undefined && namespace === namespaceOf(owner)
  return (byList || bySelector || byDefault) && matchesSelector(term.labelSelector, other.metadata.labels)
}

const domainOf = (node: Node, key: string | undefined): string | undefined =>
  key === undefined ? undefined : node.metadata.labels?.[key]

const domainsHolding = (
  placed: readonly Placed[],
  key: string | undefined,
  wanted: (pod: Pod) => boolean,
): Set<string> => {
  const domains = new Set<string>()
  for (const { node, pods } of placed) {
    const domain = domainOf(node, key)
    if (domain !== undefined && !domains.has(domain) && pods.some(wanted)) domains.add(domain)
  }
  return domains
}

/** A term as a person says it: `app=web per kubernetes.io/hostname`. */
export const affinityText = (term: PodAffinityTerm): string =>
  `${selectorText(term.labelSelector)} per ${term.topologyKey ?? '?'}`

/** Says for a node which required rule between pods keeps the pod off it, or nothing. */
export type PodRule = (
  node: Node,
) => { readonly kind: 'affinity' | 'anti-affinity' | 'existing-anti-affinity'; readonly text: string } | undefined

const affinityRule = (
  pod: Pod,
  term: PodAffinityTerm,
  placed: readonly Placed[],
  labelsOf: NamespaceLabels,
): PodRule => {
  const domains = domainsHolding(placed, term.topologyKey, (other) => covers(term, pod, other, labelsOf))
  const first = domains.size === 0 && covers(term, pod, pod, labelsOf)
  return (node) => {
    const domain = domainOf(node, term.topologyKey)
    if (domain !== undefined && (first || domains.has(domain))) return undefined
    return { kind: 'affinity', text: affinityText(term) }
  }
}

const antiAffinityRule = (
  pod: Pod,
  term: PodAffinityTerm,
  placed: readonly Placed[],
  labelsOf: NamespaceLabels,
): PodRule => {
  const domains = domainsHolding(placed, term.topologyKey, (other) => covers(term, pod, other, labelsOf))
  return (node) =>
    domains.has(domainOf(node, term.topologyKey) ?? '')
      ? { kind: 'anti-affinity', text: affinityText(term) }
      : undefined
}

type Kept = { readonly node: Node; readonly other: Pod; readonly term: PodAffinityTerm }

const kept = new WeakMap<readonly Placed[], readonly Kept[]>()

/** The pods in place that keep others off, each with its term: few have one, and every waiting pod is held against them. */
const keepingOff = (placed: readonly Placed[]): readonly Kept[] => {
  const known = kept.get(placed)
  if (known !== undefined) return known
  const found: Kept[] = []
  for (const { node, pods } of placed) {
    for (const other of pods) {
      const terms = other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      for (const term of terms ?? []) found.push({ node, other, term })
    }
  }
  kept.set(placed, found)
  return found
}

const existingRule = (pod: Pod, placed: readonly Placed[], labelsOf: NamespaceLabels): PodRule => {
  const kept = new Map<string, Map<string, string>>()
  for (const { node, other, term } of keepingOff(placed)) {
    const { topologyKey = '' } = term
    const domain = domainOf(node, topologyKey)
    if (domain === undefined || !covers(term, other, pod, labelsOf)) continue
    const domains = kept.get(topologyKey) ?? new Map<string, string>()
    domains.set(domain, `${other.metadata.name} (${affinityText(term)})`)
    kept.set(topologyKey, domains)
  }
  return (node) => {
    for (const [topologyKey, domains] of kept) {
      const text = domains.get(domainOf(node, topologyKey) ?? '')
      if (text !== undefined) return { kind: 'existing-anti-affinity', text }
    }
    return undefined
  }
}

/** All required rules between pods that bear on this pod: its own affinity and anti-affinity, and that of pods in place. */
export const podRules = (pod: Pod, placed: readonly Placed[], labelsOf: NamespaceLabels): readonly PodRule[] => [
  ...(pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) =>
    affinityRule(pod, term, placed, labelsOf),
  ),
  ...(pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) =>
    antiAffinityRule(pod, term, placed, labelsOf),
  ),
  existingRule(pod, placed, labelsOf),
]

/** Why a hard topology spread constraint keeps the pod off a node. */
export type SpreadFault = { readonly topologyKey: string; readonly text: string; readonly missingLabel: boolean }

/** Says for a node which hard topology spread constraint keeps the pod off it, counting as the scheduler does. */
export type SpreadRule = (node: Node) => SpreadFault | undefined

const spreadRule = (pod: Pod, constraint: TopologySpreadConstraint, placed: readonly Placed[]): SpreadRule => {
  const key = constraint.topologyKey ?? ''
  const counts = new Map<string, number>()
  const counted = (other: Pod): boolean =>
    namespaceOf(other) === namespaceOf(pod) &&
    other.metadata.deletionTimestamp === undefined &&
    matchesSelector(constraint.labelSelector, other.metadata.labels)
  for (const { node, pods } of placed) {
    const domain = domainOf(node, key)
    if (domain === undefined || !matchesNode(pod.spec, node)) continue
    counts.set(domain, (counts.get(domain) ?? 0) + pods.filter(counted).length)
  }
  const least = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values())
  const self = matchesSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0
  const maxSkew = constraint.maxSkew ?? 1
  return (node) => {
    const domain = domainOf(node, key)
    if (domain === undefined) return { topologyKey: key, missingLabel: true, text: `node has no label ${key}` }
    const count = counts.get(domain) ?? 0
    if (count + self - least <= maxSkew) return undefined
    const text = `${key}=${domain} already has ${count}, the emptiest domain ${least}, maxSkew ${maxSkew}`
    return { topologyKey: key, missingLabel: false, text }
  }
}

/** The hard (DoNotSchedule) topology spread constraints of a pod. */
export const spreadRules = (pod: Pod, placed: readonly Placed[]): readonly SpreadRule[] =>
  (pod.spec?.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable !== 'ScheduleAnyway')
    .map((constraint) => spreadRule(pod, constraint, placed))
