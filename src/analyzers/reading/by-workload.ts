import type { ChangeNote, Severity } from '../../domain/finding.ts'
import { type Pod, type PodSpec, type ReplicaSet, refOf } from '../../domain/kubernetes.ts'
import { leafChanges } from '../../domain/leaf-changes.ts'
import { type ObjectRef, refKey, refText } from '../../domain/object.ts'
import { earliest } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { indexesOf } from './indexes.ts'
import { isReady, severityOf } from './workload-health.ts'

/** What several pods of one workload have in common, told once. */
export type Group<T> = { readonly workload: Workload; readonly all: readonly T[]; readonly first: T }

/** Groups what was found at pods by their workload and a further key, in order of appearance. */
export const byWorkload = <T extends { readonly workload: Workload }>(
  items: readonly T[],
  key: (item: T) => string = () => '',
): readonly Group<T>[] => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const id = `${refKey(item.workload.ref)} ${key(item)}`
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [item])
    else group.push(item)
  }
  return [...groups.values()].flatMap((all) => {
    const [first] = all
    return first === undefined ? [] : [{ workload: first.workload, all, first }]
  })
}

/** The distinct pods of a group as references. */
export const podRefs = (items: readonly { readonly pod: Pod }[]): readonly ObjectRef[] => {
  const seen = new Map(items.map(({ pod }) => [refKey(refOf(pod)), refOf(pod)]))
  return [...seen.values()]
}

/**
 * Since when pods have been failing: the first back-off or failure event, else when one became unready, else its creation.
 * Of a pod that has been ready all along that cannot be told: it began some time after it was made.
 */
export const failingSince = (view: ClusterView, pods: readonly Pod[], reasons: readonly string[]): string | undefined =>
  earliest(
    pods.map((pod) => {
      const events = view.eventsFor(refOf(pod)).filter((event) => reasons.includes(event.reason ?? ''))
      const unready = pod.status?.conditions?.find((one) => one.type === 'Ready' && one.status === 'False')
      const steady = isReady(pod) && (pod.status?.containerStatuses ?? []).every((one) => (one.restartCount ?? 0) === 0)
      return (
        earliest([...events.map((event) => event.firstSeen), unready?.lastTransitionTime]) ??
        (steady ? undefined : pod.metadata.creationTimestamp)
      )
    }),
  )

/** critical where nothing of the workload serves, else warning; failed runs of Jobs and bare pods are warnings that hurt later. */
export const severityFor = (view: ClusterView, workload: Workload): Severity => severityOf(view, workload.ref)

const revisionOf = (set: ReplicaSet): number =>
  Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)

const setsOf = (view: ClusterView, { ref }: Workload): readonly ReplicaSet[] =>
  [...(indexesOf(view).setsOf.get(`${ref.kind}/${ref.namespace ?? ''}/${ref.name}`) ?? [])].sort(
    (a, b) => revisionOf(b) - revisionOf(a),
  )

/** Facts about the rollout that brought a container: its revision, the one before, and the image that one ran. */
export const rolloutFacts = (
  view: ClusterView,
  workload: Workload,
  container: string,
): Readonly<Record<string, string>> => {
  const [current, previous] = setsOf(view, workload)
  if (current === undefined) return {}
  const image = (spec: PodSpec | undefined): string | undefined =>
    spec?.containers?.find((one) => one.name === container)?.image
  const before = image(previous?.spec?.template?.spec)
  return {
    revision: String(revisionOf(current)),
    ...(previous === undefined ? {} : { previousRevision: String(revisionOf(previous)) }),
    ...(before === undefined || before === image(current.spec?.template?.spec) ? {} : { previousImage: before }),
  }
}

/** The change of a container that the newest revision brought, where an older ReplicaSet shows what was before. */
export const rolloutChange = (
  view: ClusterView,
  workload: Workload,
  container: string,
  fields: readonly (
    | 'image'
    | 'command'
    | 'args'
    | 'env'
    | 'livenessProbe'
    | 'readinessProbe'
    | 'startupProbe'
    | 'resources'
  )[],
): ChangeNote | undefined => {
  const [current, previous] = setsOf(view, workload)
  if (current === undefined || previous === undefined) return undefined
  const now = current.spec?.template?.spec?.containers?.find((one) => one.name === container)
  const then = previous.spec?.template?.spec?.containers?.find((one) => one.name === container)
  if (now === undefined || then === undefined) return undefined
  const changed = fields.filter((field) => JSON.stringify(now[field]) !== JSON.stringify(then[field]))
  const [field] = changed
  if (field === undefined) return undefined
  const detail = field === 'env' ? '' : `: ${leafChanges(then[field], now[field])}`
  const at = current.metadata.creationTimestamp
  return {
    what: `revision ${revisionOf(current)} changed ${changed.join(', ')} of container ${container}${detail}`,
    object: workload.ref,
    ...(at === undefined ? {} : { at }),
  }
}

/** How a summary names a workload: `Deployment shop/checkout`. */
export const named = (workload: Workload): string => refText(workload.ref)
