import { labelSelector } from '../registry/label-selector.ts'
import { quantity } from '../schema/quantity.ts'
import type { Node, NodeSelectorTerm, Pod, PodSpec, Taint, Toleration } from './objects.ts'

/** Do the node's labels and name satisfy a pod's nodeSelector and required node affinity? */
export function matchesNode(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  const plain = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return plain && (terms === undefined || terms.some((term) => matchesTerm(term, node)))
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const byLabels =
    term.matchExpressions === undefined ||
    labelSelector({ matchExpressions: term.matchExpressions.map(numeric) })(node.metadata.labels)
  const byFields = (term.matchFields ?? []).every(
    (field) => (field.values ?? []).includes(node.metadata.name) === (field.operator === 'In'),
  )
  return byLabels && byFields && (term.matchExpressions !== undefined || term.matchFields !== undefined)
}

const numeric = (entry: { key: string; operator: string; values?: string[] }) => ({
  ...entry,
  operator: { Gt: '>', Lt: '<' }[entry.operator] ?? entry.operator,
})

/** The node's taints of those effects that nothing tolerates. */
export function toleratesTaints(
  tolerations: readonly Toleration[] | undefined,
  node: Node,
  effects: readonly string[],
): Taint[] {
  return (node.spec.taints ?? []).filter(
    (taint) =>
      effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  )
}

/** Does one toleration cover one taint? */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false
  const operator = toleration.operator ?? 'Equal'
  if (toleration.key === undefined || toleration.key === '') return operator === 'Exists'
  if (toleration.key !== taint.key) return false
  return operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '')
}

/** What a pod asks of a node: sums of its containers' requests, at least as much as its largest init container. */
export function requestsOf(spec: PodSpec): Readonly<Record<string, number>> {
  const total: Record<string, number> = {}
  for (const container of spec.containers) {
    for (const [name, value] of Object.entries(container.resources?.requests ?? {}))
      total[name] = (total[name] ?? 0) + quantity(value)
  }
  for (const container of spec.initContainers ?? []) {
    for (const [name, value] of Object.entries(container.resources?.requests ?? {}))
      total[name] = Math.max(total[name] ?? 0, quantity(value))
  }
  return total
}

/** Sums what the pods on a node ask for. */
export function requestedOn(pods: readonly Pod[]): Record<string, number> {
  const total: Record<string, number> = { pods: 0 }
  for (const pod of pods) {
    total['pods'] = (total['pods'] ?? 0) + 1
    for (const [name, amount] of Object.entries(requestsOf(pod.spec))) total[name] = (total[name] ?? 0) + amount
  }
  return total
}
