import { textAt } from '../../domain/at.ts'
import type { Container, HorizontalPodAutoscaler, KindMap, KubeObject, Pod } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isLive, longRunning } from '../../domain/pod-state.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'

/** Kinds whose absence can be told; for others (custom ones) only the controller's word counts. */
const typed: readonly string[] = ['Deployment', 'StatefulSet', 'ReplicaSet']

/** The reference to what an autoscaler scales. */
export const targetRef = (namespace: string | undefined, target: unknown): ObjectRef => ({
  apiVersion: textAt(target, 'apiVersion') ?? 'apps/v1',
  kind: textAt(target, 'kind') ?? 'Deployment',
  ...(namespace === undefined ? {} : { namespace }),
  name: textAt(target, 'name') ?? '',
})

/** Whether the target surely does not exist. */
export const targetAbsent = (view: ClusterView, ref: ObjectRef): boolean =>
  typed.includes(ref.kind) && view.presence(ref.kind as keyof KindMap, ref.namespace, ref.name) === 'absent'

/** The workload that is scaled, where the view holds it. */
export const targetOf = (view: ClusterView, ref: ObjectRef): Workload | undefined => {
  const object = view.find(ref)
  return object === undefined ? undefined : view.workloadOf(object)
}

/** The containers of the target as they run (admission may have added requests), else as its template says. */
export const targetContainers = (view: ClusterView, ref: ObjectRef): readonly Container[] => {
  const pods: readonly Pod[] = view.podsOf(ref).filter(isLive)
  const newest = [...pods].sort((a, b) =>
    (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''),
  )[0]
  return longRunning(newest?.spec ?? targetOf(view, ref)?.template?.spec)
}

/** The ScaledObject behind an autoscaler that KEDA keeps; a person edits that one. */
export const scaledObjectOf = (view: ClusterView, hpa: HorizontalPodAutoscaler): KubeObject | undefined => {
  const owner = hpa.metadata.ownerReferences?.find((one) => one.kind === 'ScaledObject')
  return view
    .list('ScaledObject', 'keda.sh')
    .find((one) => one.metadata.namespace === hpa.metadata.namespace && one.metadata.name === owner?.name)
}

/** The object to fix for an autoscaler: itself, or the ScaledObject that made it. */
export const scalerRef = (view: ClusterView, hpa: HorizontalPodAutoscaler): ObjectRef =>
  refOf(scaledObjectOf(view, hpa) ?? hpa)
