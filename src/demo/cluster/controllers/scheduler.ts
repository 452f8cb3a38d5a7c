import { labelSelector } from '../registry/label-selector.ts'
import { quantity } from '../schema/quantity.ts'
import { withCondition } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { type Hands, keyOf, splitKey } from './hands.ts'
import { type Claim, isActive, type Node, type Pod } from './objects.ts'
import { matchesNode, requestedOn, requestsOf, tolerates } from './placement.ts'
import { claimNamesOf, waitsForConsumer } from './volumes.ts'

const source = { component: 'default-scheduler', series: true }
const retryAfter = 300_000

/** Why a node will not do; `helpless` where evicting others would not change it. */
type Obstacle = { readonly reason: string; readonly helpless: boolean }

/** Puts pods on nodes, or says why it cannot in the scheduler's own words. */
export function scheduler(hands: Hands): Controller {
  const waiting = (): string[] => hands.list<Pod>('pods').filter(needsNode).map(keyOf)
  return {
    name: 'scheduler',
    watches: {
      pods: (pod, change) =>
        change?.type === 'DELETED' || !isActive(pod as Pod)
          ? waiting()
          : needsNode(pod as Pod) && change?.type !== 'MODIFIED'
            ? [keyOf(pod)]
            : [],
      nodes: (_node, change) =>
        change?.type === 'MODIFIED' && sameOffer(change.previous as Node, change.object as Node) ? [] : waiting(),
      persistentvolumeclaims: waiting,
    },
    reconcile: (key) => {
      const pod = hands.get<Pod>('pods', ...splitKey(key))
      return pod === undefined || !needsNode(pod) ? undefined : schedule(hands, pod)
    },
  }
}

const needsNode = (pod: Pod): boolean =>
  pod.spec.nodeName === undefined && isActive(pod) && pod.spec.schedulerName === 'default-scheduler'

const sameOffer = (a: Node, b: Node): boolean =>
  JSON.stringify([a.spec, a.metadata.labels, a.status.allocatable]) ===
  JSON.stringify([b.spec, b.metadata.labels, b.status.allocatable])

function schedule(hands: Hands, pod: Pod): number | undefined {
  const nodes = hands.list<Node>('nodes')
  const early = claimObstacle(hands, pod)
  if (early !== undefined) return refuse(hands, pod, `0/${nodes.length} nodes are available: ${early}. not found`)
  if (nodes.length === 0) return refuse(hands, pod, 'no nodes available to schedule pods')
  const placed = hands.list<Pod>('pods').filter((other) => other.spec.nodeName !== undefined && isActive(other))
  const byNode = new Map<string, Pod[]>()
  for (const other of placed)
    byNode.set(other.spec.nodeName ?? '', [...(byNode.get(other.spec.nodeName ?? '') ?? []), other])
  const verdicts = nodes.map((node) => ({
    node,
    obstacles: obstaclesOf(hands, pod, node, byNode.get(node.metadata.name) ?? [], placed, nodes),
  }))
  const fitting = verdicts.filter((verdict) => verdict.obstacles.length === 0).map((verdict) => verdict.node)
  const best = choose(pod, fitting, byNode)
  if (best === undefined) return refuse(hands, pod, explain(verdicts.map((verdict) => verdict.obstacles)))
  bind(hands, pod, best)
  return undefined
}

function claimObstacle(hands: Hands, pod: Pod): string | undefined {
  for (const name of claimNamesOf(pod)) {
    const claim = hands.get<Claim>('persistentvolumeclaims', pod.metadata.namespace, name)
    if (claim === undefined) return `persistentvolumeclaim "${name}" not found`
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`
    if (claim.status.phase === 'Lost')
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName}"`
    if (claim.spec.volumeName === undefined && !waitsForConsumer(hands, claim))
      return 'pod has unbound immediate PersistentVolumeClaims'
  }
  return undefined
}

function obstaclesOf(
  hands: Hands,
  pod: Pod,
  node: Node,
  here: readonly Pod[],
  placed: readonly Pod[],
  nodes: readonly Node[],
): readonly Obstacle[] {
  const one = (reason: string, helpless = true): readonly Obstacle[] => [{ reason, helpless }]
  if (
    node.spec.unschedulable === true &&
    !(pod.spec.tolerations ?? []).some((toleration) =>
      tolerates(toleration, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }),
    )
  ) {
    return one('node(s) were unschedulable')
  }
  const taint = (node.spec.taints ?? []).find(
    (entry) =>
      entry.effect !== 'PreferNoSchedule' &&
      !(pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, entry)),
  )
  if (taint !== undefined) return one('node(s) had untolerated taint(s)')
  if (!matchesNode(pod.spec, node)) return one("node(s) didn't match Pod's node affinity/selector")
  if (portsClash(pod, here)) return one("node(s) didn't have free ports for the requested pod ports", false)
  const short = shortages(pod, node, here)
  if (short.length > 0) return short
  const zone = volumeZone(hands, pod)
  if (zone !== undefined && node.metadata.labels?.['topology.kubernetes.io/zone'] !== zone)
    return one("node(s) didn't match PersistentVolume's node affinity")
  return podAffinity(pod, node, placed, nodes)
}

function shortages(pod: Pod, node: Node, here: readonly Pod[]): readonly Obstacle[] {
  const used = requestedOn(here)
  const allocatable = node.status.allocatable
  const obstacles: Obstacle[] = []
  if ((used['pods'] ?? 0) + 1 > quantity(allocatable['pods'] ?? '110'))
    obstacles.push({ reason: 'Too many pods', helpless: false })
  for (const [name, amount] of Object.entries(requestsOf(pod.spec))) {
    const total = quantity(allocatable[name] ?? '0')
    if (amount > 0 && (used[name] ?? 0) + amount > total + 1e-9)
      obstacles.push({ reason: `Insufficient ${name}`, helpless: amount > total })
  }
  return obstacles
}

function portsClash(pod: Pod, here: readonly Pod[]): boolean {
  const hostPorts = (other: Pod): number[] =>
    other.spec.containers.flatMap((container) => (container.ports ?? []).flatMap((port) => port.hostPort ?? []))
  const wanted = hostPorts(pod)
  return wanted.length > 0 && here.some((other) => hostPorts(other).some((port) => wanted.includes(port)))
}

function volumeZone(hands: Hands, pod: Pod): string | undefined {
  for (const name of claimNamesOf(pod)) {
    const claim = hands.get<Claim>('persistentvolumeclaims', pod.metadata.namespace, name)
    const volume =
      claim?.spec.volumeName === undefined
        ? undefined
        : hands.get('persistentvolumes', undefined, claim.spec.volumeName)
    const zone = volume?.metadata.labels?.['topology.kubernetes.io/zone']
    if (zone !== undefined) return zone
  }
  return undefined
}

function podAffinity(pod: Pod, node: Node, placed: readonly Pod[], nodes: readonly Node[]): readonly Obstacle[] {
  const domain = (name: string | undefined, key: string): string | undefined =>
    nodes.find((entry) => entry.metadata.name === name)?.metadata.labels?.[key]
  const near = (term: { topologyKey: string; labelSelector?: unknown; namespaces?: string[] }): boolean => {
    const here = node.metadata.labels?.[term.topologyKey]
    const matches = labelSelector(term.labelSelector)
    const spaces = term.namespaces ?? [pod.metadata.namespace ?? '']
    return placed.some(
      (other) =>
        spaces.includes(other.metadata.namespace ?? '') &&
        matches(other.metadata.labels) &&
        here !== undefined &&
        domain(other.spec.nodeName, term.topologyKey) === here,
    )
  }
  const wanted = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const selfMatch = (term: { labelSelector?: unknown }): boolean =>
    labelSelector(term.labelSelector)(pod.metadata.labels) &&
    !placed.some((other) => labelSelector(term.labelSelector)(other.metadata.labels))
  if (wanted.some((term) => !near(term) && !selfMatch(term)))
    return [{ reason: "node(s) didn't match pod affinity rules", helpless: true }]
  const unwanted = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  if (unwanted.some(near)) return [{ reason: "node(s) didn't match pod anti-affinity rules", helpless: false }]
  return spread(pod, node, placed, nodes)
}

function spread(pod: Pod, node: Node, placed: readonly Pod[], nodes: readonly Node[]): readonly Obstacle[] {
  for (const rule of pod.spec.topologySpreadConstraints ?? []) {
    if (rule.whenUnsatisfiable !== 'DoNotSchedule') continue
    const here = node.metadata.labels?.[rule.topologyKey]
    if (here === undefined)
      return [
        { reason: "node(s) didn't match pod topology spread constraints (missing required label)", helpless: true },
      ]
    const counts = new Map<string, number>(
      nodes
        .filter((entry) => matchesNode(pod.spec, entry))
        .flatMap((entry) =>
          entry.metadata.labels?.[rule.topologyKey] === undefined
            ? []
            : [[entry.metadata.labels[rule.topologyKey] ?? '', 0] as const],
        ),
    )
    const matches = labelSelector(rule.labelSelector)
    for (const other of placed) {
      const zone = nodes.find((entry) => entry.metadata.name === other.spec.nodeName)?.metadata.labels?.[
        rule.topologyKey
      ]
      if (
        zone !== undefined &&
        counts.has(zone) &&
        other.metadata.namespace === pod.metadata.namespace &&
        matches(other.metadata.labels)
      )
        counts.set(zone, (counts.get(zone) ?? 0) + 1)
    }
    if ((counts.get(here) ?? 0) + 1 - Math.min(...counts.values()) > rule.maxSkew)
      return [{ reason: "node(s) didn't match pod topology spread constraints", helpless: false }]
  }
  return []
}

/** The least loaded node; between equals the one with fewer pods of the same owner, then by name. */
function choose(pod: Pod, nodes: readonly Node[], byNode: ReadonlyMap<string, readonly Pod[]>): Node | undefined {
  const owner = pod.metadata.ownerReferences?.[0]?.uid
  const score = (node: Node): number => {
    const here = byNode.get(node.metadata.name) ?? []
    const used = requestedOn(here)
    const twins = here.filter(
      (other) => owner !== undefined && other.metadata.ownerReferences?.[0]?.uid === owner,
    ).length
    const part = (name: string): number =>
      (used[name] ?? 0) / Math.max(1e-9, quantity(node.status.allocatable[name] ?? '0'))
    return twins + part('cpu') + part('memory')
  }
  return [...nodes].sort((a, b) => score(a) - score(b) || (a.metadata.name < b.metadata.name ? -1 : 1))[0]
}

function explain(verdicts: readonly (readonly Obstacle[])[]): string {
  const histogram = (reasons: readonly string[]): string => {
    const counts = new Map<string, number>()
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
    return [...counts]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(', ')
  }
  const total = verdicts.length
  const filter = histogram(verdicts.flatMap((obstacles) => obstacles.map((obstacle) => obstacle.reason)))
  const preemption = histogram(
    verdicts.map((obstacles) =>
      obstacles.some((obstacle) => obstacle.helpless)
        ? 'Preemption is not helpful for scheduling'
        : 'No preemption victims found for incoming pod',
    ),
  )
  return `0/${total} nodes are available: ${filter}. no new claims to deallocate, preemption: 0/${total} nodes are available: ${preemption}.`
}

function refuse(hands: Hands, pod: Pod, message: string): number {
  hands.event(pod, { type: 'Warning', reason: 'FailedScheduling', message, action: 'Scheduling' }, source)
  const conditions = withCondition(
    pod.status.conditions,
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      observedGeneration: pod.metadata.generation,
    },
    hands.clock.stamp(),
  )
  hands.status('pods', pod, { ...pod.status, conditions }, 'kube-scheduler')
  return hands.pace(retryAfter)
}

function bind(hands: Hands, pod: Pod, node: Node): void {
  const conditions = withCondition(
    pod.status.conditions,
    { type: 'PodScheduled', status: 'True', lastProbeTime: null, observedGeneration: pod.metadata.generation },
    hands.clock.stamp(),
  )
  const { metadata } = pod
  // Admission copies where the node is onto the pod that is bound to it.
  const zones = Object.entries(node.metadata.labels ?? {}).filter(
    ([key]) => key === 'topology.kubernetes.io/zone' || key === 'topology.kubernetes.io/region',
  )
  const labels = { ...metadata.labels, ...Object.fromEntries(zones) }
  hands.storage.put('pods', {
    ...pod,
    metadata: { ...metadata, ...(Object.keys(labels).length === 0 ? {} : { labels }) },
    spec: { ...pod.spec, nodeName: node.metadata.name },
    status: { ...pod.status, conditions: conditions.map(({ ...condition }) => condition) },
  } as Pod)
  for (const name of claimNamesOf(pod)) selectNode(hands, pod, name, node)
  hands.event(
    pod,
    {
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${metadata.namespace}/${metadata.name} to ${node.metadata.name}`,
      action: 'Binding',
    },
    source,
  )
}

const selectedNode = 'volume.kubernetes.io/selected-node'

function selectNode(hands: Hands, pod: Pod, claimName: string, node: Node): void {
  const claim = hands.get<Claim>('persistentvolumeclaims', pod.metadata.namespace, claimName)
  if (
    claim === undefined ||
    claim.spec.volumeName !== undefined ||
    claim.metadata.annotations?.[selectedNode] !== undefined
  )
    return
  hands.update(
    'persistentvolumeclaims',
    claim,
    (object) => {
      object.metadata.annotations = { ...object.metadata.annotations, [selectedNode]: node.metadata.name }
    },
    'kube-scheduler',
  )
}
