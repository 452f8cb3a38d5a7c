import type { KubeObject, Pod, Service } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { groupOf, type ObjectRef, refKey } from '../domain/object.ts'
import type { Steps } from '../snapshot/steps.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** An edge that a pod makes, as the graph has them. */
type PodEdge = { readonly to: ObjectRef; readonly kind: 'owner' | 'runs-on' | 'selects' }

/** The edges that pods make: to their controllers, from their nodes, and to the Services that select them. */
export type PodEdges = {
  /** Takes in that a Service selects a pod. */
  readonly select: (pod: Pod, service: Service) => void
  /** The edges from one object, those that `linking` tells of it. */
  readonly from: (ref: ObjectRef) => readonly PodEdge[]
}

const stride = 2_000

/**
 * Finds what pods link, in steps, without making the edges: a cluster has more pods than all else together, and a diagnosis
 * walks past few of them.
 */
export function* findingPodEdges(view: ClusterView): Steps<PodEdges> {
  const chains = new Set<readonly KubeObject[]>()
  const onNode = new Map<string, Pod[]>()
  for (const [index, pod] of view.all('Pod').entries()) {
    chains.add(view.owners(pod))
    const node = pod.spec?.nodeName ?? pod.status?.nominatedNodeName
    if (node !== undefined) push(onNode, node, pod)
    if (index % stride === stride - 1) yield
  }
  const above = ownersAbove(chains)
  const services = new Map<Pod, Service[]>()
  const ofPod = (pod: Pod): readonly PodEdge[] => [
    ...view.owners(pod).slice(0, 1).map(edge('owner')),
    ...(services.get(pod) ?? []).map(edge('selects')),
  ]
  return {
    select: (pod, service) => push(services, pod, service),
    from: (ref) => {
      const core = groupOf(ref.apiVersion) === ''
      const pod = core && ref.kind === 'Pod' ? view.get('Pod', ref.namespace, ref.name) : undefined
      const held = core && ref.kind === 'Node' && ref.namespace === undefined ? (onNode.get(ref.name) ?? []) : []
      return [
        ...(above.get(refKey(ref)) ?? []).map(edge('owner')),
        ...held.map(edge('runs-on')),
        ...(pod === undefined ? [] : ofPod(pod)),
      ]
    },
  }
}

const edge =
  (kind: PodEdge['kind']) =>
  (to: KubeObject): PodEdge => ({ to: refOf(to), kind })

/** What stands above each owner of pods. The pods of one ReplicaSet have one chain. */
const ownersAbove = (chains: Iterable<readonly KubeObject[]>): ReadonlyMap<string, readonly KubeObject[]> => {
  const above = new Map<string, KubeObject[]>()
  for (const chain of chains) {
    for (const [index, owner] of chain.entries()) {
      const next = chain[index + 1]
      if (next !== undefined) push(above, refKey(refOf(owner)), next)
    }
  }
  return above
}

const push = <K, T>(all: Map<K, T[]>, key: K, one: T): void => {
  const known = all.get(key)
  if (known === undefined) all.set(key, [one])
  else known.push(one)
}
