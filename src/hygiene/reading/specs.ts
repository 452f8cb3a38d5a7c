import type { Container, Pod, PodSpec } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isFinished, isLive } from '../../domain/pod-state.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { oncePerView } from './once.ts'

/** A workload as its author wrote it, with a pod of it as it runs, where there is one. */
export type Judged = {
  readonly ref: ObjectRef
  readonly workload: Workload
  readonly namespace: string
  readonly spec: PodSpec
  /** The newest live pod: admission (LimitRanges, webhooks) has filled in its gaps. */
  readonly pod?: Pod
}

const runsOn = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'ReplicaSet', 'DeploymentConfig'])

/** Whether a workload is meant to run for good: not a Job, CronJob or what a Job left behind. */
export const isLasting = ({ ref, spec }: Judged): boolean =>
  runsOn.has(ref.kind) || (ref.kind === 'Pod' && (spec.restartPolicy ?? 'Always') === 'Always')

/**
 * The workloads that a person can change: not what has ended, not static pods of a node, not pods being deleted. One entry a
 * workload, however many pods it has.
 */
export const judged: (view: ClusterView) => readonly Judged[] = oncePerView((view) =>
  view.workloads.flatMap((workload): readonly Judged[] => {
    const { ref, object } = workload
    if (ref.kind === 'Pod') {
      const pod = object as Pod
      const mirror = pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined
      if (mirror || isFinished(pod) || !isLive(pod)) return []
    }
    if (ref.kind === 'Job' && hasEnded(object.status)) return []
    const pod = newestLive(view.podsOf(ref))
    const spec = workload.template?.spec ?? pod?.spec
    if (spec === undefined) return []
    return [{ ref, workload, namespace: ref.namespace ?? '', spec, ...(pod === undefined ? {} : { pod }) }]
  }),
)

const hasEnded = (status: unknown): boolean => {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly { type?: string; status?: string }[] }
  return conditions.some(({ type, status: set }) => (type === 'Complete' || type === 'Failed') && set === 'True')
}

const newestLive = (pods: readonly Pod[]): Pod | undefined =>
  pods.filter(isLive).toSorted((a, b) => {
    const [x, y] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
    return x < y ? 1 : x > y ? -1 : 0
  })[0]

/** A container of the template as it runs: what admission added to it is there. */
export const asRun = ({ pod }: Judged, container: Container): Container =>
  [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])].find((one) => one.name === container.name) ??
  container

/** All containers of a spec that do the work, init containers included. */
export const allContainers = (spec: PodSpec): readonly Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
]

/** The Services that send traffic to a workload, by its template's labels where it has no pod now. */
export const servicesOf = (view: ClusterView, { workload, pod }: Judged) => {
  const labels = workload.template?.metadata?.labels ?? pod?.metadata.labels
  if (labels === undefined) return []
  return view.servicesFor({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '',
      labels,
      ...(workload.ref.namespace === undefined ? {} : { namespace: workload.ref.namespace }),
    },
  })
}

/** `container app` or, of several, `containers app and proxy`. */
export const containersText = (names: readonly string[]): string =>
  `container${names.length === 1 ? '' : 's'} ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`

/** The labels that pods in a namespace have or would have: of live pods and of templates. */
export const podLabels = (view: ClusterView, namespace: string) => [
  ...view
    .podsSelected(namespace, {})
    .filter((pod) => !isFinished(pod))
    .map((pod) => pod.metadata.labels ?? {}),
  ...view.workloads
    .filter(({ ref }) => ref.namespace === namespace && ref.kind !== 'Pod')
    .map(({ template }) => template?.metadata?.labels ?? {}),
]
