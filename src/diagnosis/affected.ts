import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { compareRefs, type ObjectRef, refKey } from '../domain/object.ts'
import { isPodReady } from '../domain/pod-state.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Graph } from './graph.ts'
import type { Family } from './join.ts'

const mostAffected = 100

/**
 * What a family of findings hurts: the objects of its effects, workloads instead of their pods, and the Services and routes
 * that are left without a ready pod. The root's own object is not in it.
 */
export const affectedBy = (family: Family, graph: Graph, view: ClusterView): readonly ObjectRef[] => {
  const { root, effects } = family
  const direct = [
    ...(root.affects ?? []),
    ...effects.flatMap(({ finding }) => [finding.object, ...(finding.affects ?? [])]),
  ].map((ref) => workloadRef(ref, view))
  const own = workloadRef(root.object, view)
  const workloads = [...direct, own]
  const idle = workloads.flatMap((ref) => servicesWithoutPods(ref, graph, view))
  const routes = idle.flatMap((service) =>
    graph.hurts(service).flatMap((edge) => (edge.kind === 'routes-to' ? [edge.to] : [])),
  )
  const distinct = new Map([...direct, ...idle, ...routes].map((ref) => [refKey(ref), ref]))
  distinct.delete(refKey(root.object))
  return [...distinct.values()].sort(compareRefs).slice(0, mostAffected)
}

const workloadRef = (ref: ObjectRef, view: ClusterView): ObjectRef => {
  if (ref.kind !== 'Pod' && ref.kind !== 'ReplicaSet' && ref.kind !== 'Job') return ref
  const found: KubeObject | undefined = view.find(ref)
  return found === undefined ? ref : view.workloadOf(found).ref
}

const servicesWithoutPods = (ref: ObjectRef, graph: Graph, view: ClusterView): readonly ObjectRef[] =>
  graph.hurts(ref).flatMap((edge) => {
    if (edge.kind !== 'selects') return []
    const service = view.get('Service', edge.to.namespace, edge.to.name)
    const selector = service?.spec?.selector ?? {}
    const pods = view.podsSelected(edge.to.namespace ?? '', { matchLabels: selector })
    return service !== undefined && !pods.some(isPodReady) ? [refOf(service)] : []
  })
