import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, Taint } from './kubernetes.ts'
import { matchesNode, matchesTerms, termsText } from './node-affinity.ts'
import { type Amounts, podRequests, sumOf } from './pod-resources.ts'
import { type NamespaceLabels, type Placed, podRules, spreadRules } from './pod-topology.ts'
import { parseQuantity } from './quantity.ts'
import { untolerated } from './taint.ts'

/** One reason why a pod does not fit a node; the kinds are the scheduler's filters. Amounts in base units. */
export type Obstacle =
  | { readonly kind: 'cordoned' }
  | { readonly kind: 'taint'; readonly taints: readonly Taint[] }
  | { readonly kind: 'selector' }
  | { readonly kind: 'host-port'; readonly port: number; readonly holder: string }
  | { readonly kind: 'pods'; readonly used: number; readonly allocatable: number }
  | {
      readonly kind: 'resource'
      readonly resource: string
      readonly wanted: number
      readonly free: number
      readonly allocatable: number
    }
  | { readonly kind: 'volume'; readonly claim: string; readonly wants: string }
  | { readonly kind: 'pod-affinity'; readonly text: string }
  | { readonly kind: 'spread'; readonly text: string; readonly missingLabel: boolean }

/** A node and everything that keeps the pod off it; nothing where it fits. */
export type NodeFit = { readonly node: Node; readonly obstacles: readonly Obstacle[] }

type NodeState = Placed & { readonly used: Amounts }

/** The nodes with what runs on them: computed once, asked for many pods. */
export type Placement = {
  readonly nodes: readonly NodeState[]
  readonly labelsOf: NamespaceLabels
  /** Whether any pod in place keeps others off. */
  readonly keepsOff: boolean
}

/** A claim of the pod and the volume it is bound to. */
export type BoundClaim = { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }

const holdsNode = (pod: Pod): boolean => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed'

/** What runs where, and how much of each node it reserves. */
export const placementOf = (nodes: readonly Node[], pods: readonly Pod[], labelsOf: NamespaceLabels): Placement => {
  const byNode = new Map<string, Pod[]>(nodes.map((node) => [node.metadata.name, []]))
  for (const pod of pods) {
    if (pod.spec?.nodeName !== undefined && holdsNode(pod)) byNode.get(pod.spec.nodeName)?.push(pod)
  }
  const keeping = (pod: Pod): boolean => pod.spec?.affinity?.podAntiAffinity !== undefined
  return {
    labelsOf,
    keepsOff: pods.some(keeping),
    nodes: nodes.map((node) => {
      const here = byNode.get(node.metadata.name) ?? []
      return { node, pods: here, used: sumOf(here.map((pod) => podRequests(pod.spec))) }
    }),
  }
}

const addResourceObstacles = (
  wanted: readonly (readonly [string, number])[],
  { node, used, pods }: NodeState,
  found: Obstacle[],
): void => {
  const allocatable = node.status?.allocatable ?? node.status?.capacity
  if (allocatable === undefined) return
  const allowed = parseQuantity(allocatable['pods'])
  if (allowed !== undefined && pods.length + 1 > allowed) {
    found.push({ kind: 'pods', used: pods.length, allocatable: allowed })
  }
  for (const [resource, amount] of wanted) {
    const has = parseQuantity(allocatable[resource]) ?? 0
    const free = has - (used[resource] ?? 0)
    if (amount > 0 && amount > free + 1e-9) {
      found.push({ kind: 'resource', resource, wanted: amount, free, allocatable: has })
    }
  }
}

const hostPorts = (pod: Pod): readonly { readonly port: number; readonly protocol: string }[] =>
  (pod.spec?.containers ?? []).flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, containerPort, protocol }) => {
      const port = hostPort ?? (pod.spec?.hostNetwork === true ? containerPort : undefined)
      return port === undefined || port === 0 ? [] : [{ port, protocol: protocol ?? 'TCP' }]
    }),
  )

const hostPortObstacles = (wanted: ReturnType<typeof hostPorts>, { pods }: NodeState): readonly Obstacle[] =>
  wanted.flatMap(({ port, protocol }) => {
    const holder = pods.find((pod) => hostPorts(pod).some((held) => held.port === port && held.protocol === protocol))
    if (holder === undefined) return []
    return [{ kind: 'host-port' as const, port, holder: `${holder.metadata.namespace}/${holder.metadata.name}` }]
  })

const zoneKeys = [
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]

const zoneMismatch = (volume: PersistentVolume, node: Node): string | undefined => {
  for (const key of zoneKeys) {
    const wanted = volume.metadata.labels?.[key]
    const has = node.metadata.labels?.[key]
    if (wanted !== undefined && has !== undefined && !wanted.split('__').includes(has)) return `${key}=${wanted}`
  }
  return undefined
}

/** What a bound volume asks of its node that this node does not have: `topology.kubernetes.io/zone=eu-1a`; nothing where it fits. */
export const volumeMismatch = (volume: PersistentVolume, node: Node): string | undefined => {
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms
  return terms !== undefined && !matchesTerms(terms, node) ? termsText(terms) : zoneMismatch(volume, node)
}

/**
 * How each node fares for a pod, by the scheduler's rules: cordons, taints, node selector and affinity, host ports, pod count,
 * requests against what is left, bound volumes, pod affinity and topology spread. Plug-ins of other schedulers are not known.
 */
export const fitOf = (pod: Pod, claims: readonly BoundClaim[], placement: Placement): readonly NodeFit[] => {
  const wanted = Object.entries(podRequests(pod.spec))
  const ports = hostPorts(pod)
  const between = podRules(pod, placement.nodes, placement.labelsOf)
  const spread = spreadRules(pod, placement.nodes)
  return placement.nodes.map((state) => {
    const { node } = state
    const taints = node.spec?.taints === undefined ? [] : untolerated(node.spec.taints, pod.spec?.tolerations)
    const cordoned =
      node.spec?.unschedulable === true || taints.some((one) => one.key === 'node.kubernetes.io/unschedulable')
    const others = taints.filter((one) => one.key !== 'node.kubernetes.io/unschedulable')
    const obstacles: Obstacle[] = []
    if (cordoned) obstacles.push({ kind: 'cordoned' })
    if (others.length > 0) obstacles.push({ kind: 'taint', taints: others })
    if (!matchesNode(pod.spec, node)) obstacles.push({ kind: 'selector' })
    if (ports.length > 0) obstacles.push(...hostPortObstacles(ports, state))
    addResourceObstacles(wanted, state, obstacles)
    for (const { claim, volume } of claims) {
      const wants = volumeMismatch(volume, node)
      if (wants !== undefined) obstacles.push({ kind: 'volume', claim: claim.metadata.name, wants })
    }
    for (const rule of between) {
      const kept = rule(node)
      if (kept !== undefined) obstacles.push({ kind: 'pod-affinity', text: `${kept.kind}: ${kept.text}` })
    }
    for (const rule of spread) {
      const fault = rule(node)
      if (fault !== undefined) obstacles.push({ kind: 'spread', text: fault.text, missingLabel: fault.missingLabel })
    }
    return { node, obstacles }
  })
}
