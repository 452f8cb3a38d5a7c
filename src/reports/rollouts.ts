import type { KubeObject, PodTemplate, ReplicaSet } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import type { RolloutNote } from '../domain/report.ts'
import { timeOf } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** Rollouts of Deployments whose newest ReplicaSet was made at or after a time (ms), the latest first. */
export const rolloutsSince = (view: ClusterView, since: number): readonly RolloutNote[] => {
  const sets = new Map<string, ReplicaSet[]>()
  for (const set of view.all('ReplicaSet')) {
    const owner = set.metadata.ownerReferences?.find((reference) => reference.controller)
    if (owner?.uid !== undefined) sets.set(owner.uid, [...(sets.get(owner.uid) ?? []), set])
  }
  return view
    .all('Deployment')
    .flatMap((deployment) => {
      const revisions = (sets.get(deployment.metadata.uid ?? '') ?? []).toSorted(
        (a, b) => revisionOf(b) - revisionOf(a),
      )
      const [newest, previous] = revisions
      if (newest === undefined || revisionOf(newest) <= 1 || (timeOf(newest.metadata.creationTimestamp) ?? 0) < since)
        return []
      return [
        {
          workload: refOf(deployment),
          revision: String(revisionOf(newest)),
          at: newest.metadata.creationTimestamp ?? '',
          change: changeText(previous?.spec?.template, newest.spec?.template),
          state: stateOf(deployment),
        },
      ]
    })
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.workload.name < b.workload.name ? -1 : 1))
}

const revisionOf = (object: KubeObject): number =>
  Number(object.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)

const changeText = (before: PodTemplate | undefined, after: PodTemplate | undefined): string => {
  const old = new Map((before?.spec?.containers ?? []).map((container) => [container.name, container.image]))
  const images = (after?.spec?.containers ?? []).filter((container) => old.get(container.name) !== container.image)
  if (before === undefined) return 'older revisions are gone'
  return images.length === 0
    ? 'other fields of the template'
    : images.map((container) => `${old.get(container.name) ?? 'nothing'} → ${container.image}`).join(', ')
}

const stateOf = (deployment: {
  readonly spec?: { readonly replicas?: number }
  readonly status?: unknown
}): RolloutNote['state'] => {
  const status = (deployment.status ?? {}) as {
    updatedReplicas?: number
    availableReplicas?: number
    conditions?: readonly { type?: string; status?: string }[]
  }
  if (status.conditions?.some((one) => one.type === 'Progressing' && one.status === 'False')) return 'stuck'
  const wanted = deployment.spec?.replicas ?? 1
  return (status.updatedReplicas ?? 0) >= wanted && (status.availableReplicas ?? 0) >= wanted
    ? 'complete'
    : 'in progress'
}
