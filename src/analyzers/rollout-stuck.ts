import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Deployment, type Pod, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { nodeOnItsWay } from './reading/unscheduled-pods.ts'
import { isReady, severityOf } from './reading/workload-health.ts'

const revisions = (
  view: ClusterView,
  owner: Deployment,
): { readonly revision?: string; readonly previousRevision?: string } => {
  const numbers = view
    .all('ReplicaSet')
    .filter(
      (set) =>
        set.metadata.namespace === owner.metadata.namespace &&
        set.metadata.ownerReferences?.some((one) => one.kind === 'Deployment' && one.name === owner.metadata.name),
    )
    .map((set) => Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => b - a)
  return {
    ...(numbers[0] === undefined ? {} : { revision: String(numbers[0]) }),
    ...(numbers[1] === undefined ? {} : { previousRevision: String(numbers[1]) }),
  }
}

const deploymentFinding = (view: ClusterView, owner: Deployment): Finding | undefined => {
  const progressing = conditionOf(owner.status?.conditions, 'Progressing')
  const { updatedReplicas = 0, unavailableReplicas = 0 } = owner.status ?? {}
  const wanted = owner.spec?.replicas ?? 1
  if (progressing?.status !== 'False' || progressing.reason !== 'ProgressDeadlineExceeded') return undefined
  if (wanted === 0 || (unavailableReplicas === 0 && updatedReplicas >= wanted)) return undefined
  const object = refOf(owner)
  const { revision, previousRevision } = revisions(view, owner)
  const pods = view.podsOf(object)
  const since = progressing.lastTransitionTime
  return {
    code: 'rollout-stuck',
    severity: severityOf(view, object),
    object,
    summary: `Deployment ${object.name}: the rollout${revision === undefined ? '' : ` of revision ${revision}`} made no progress for ${owner.spec?.progressDeadlineSeconds ?? 600} s; ${pods.filter(isReady).length} of ${wanted} pods ready, ${updatedReplicas} updated`,
    evidence: [
      observe('status', object, `Progressing is False (ProgressDeadlineExceeded): ${progressing.message ?? ''}`, since),
    ],
    confidence: 0.95,
    // With every pod ready (minReadySeconds beyond the deadline, old pods that do not go) nothing else will explain it.
    ...(pods.every(isReady) && pods.length > 0 ? {} : { symptom: true }),
    affects: pods.filter((pod) => !isReady(pod)).map(refOf),
    dependsOn: pods.filter((pod) => !isReady(pod)).map(refOf),
    ...(since === undefined ? {} : { since }),
    fix: [
      `${kubectl(object, 'rollout status', '--timeout=10s')}; ${kubectl(object, 'describe')}`,
      ...(previousRevision === undefined
        ? []
        : [`Go back to what worked: ${kubectl(object, 'rollout undo', `--to-revision=${previousRevision}`)}`]),
    ],
    facts: {
      replicas: wanted,
      ...(revision === undefined ? {} : { revision }),
      ...(previousRevision === undefined ? {} : { previousRevision }),
    },
  }
}

type Other = 'StatefulSet' | 'DaemonSet'

const otherFinding = (view: ClusterView, kind: Other): readonly Finding[] =>
  view.all(kind).flatMap((owner) => {
    const { status } = owner
    const wanted = kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? 0) : (owner.spec?.replicas ?? 1)
    const updated = (kind === 'DaemonSet' ? status?.updatedNumberScheduled : status?.updatedReplicas) ?? wanted
    const onDelete = owner.spec?.updateStrategy?.type === 'OnDelete'
    const partition =
      kind === 'StatefulSet'
        ? (view.get('StatefulSet', owner.metadata.namespace, owner.metadata.name)?.spec?.updateStrategy?.rollingUpdate
            ?.partition ?? 0)
        : 0
    const inUpdate =
      kind === 'StatefulSet'
        ? status?.updateRevision !== undefined && status.updateRevision !== status.currentRevision
        : updated < wanted
    const object = refOf(owner)
    const stuck = view
      .podsOf(object)
      .filter(
        (pod) =>
          !isReady(pod) &&
          pod.metadata.deletionTimestamp === undefined &&
          lasted(pod.metadata.creationTimestamp, view.now, 900),
      )
    if (!inUpdate || onDelete || updated + partition >= wanted || stuck.length === 0) return []
    return [
      {
        code: 'rollout-stuck' as const,
        severity: severityOf(view, object),
        object,
        summary: `${kind} ${object.name}: the rollout waits for ${stuck[0]?.metadata.name}, not ready for over 15 minutes; ${updated} of ${wanted} pods updated`,
        evidence: [
          observe(
            'status',
            object,
            `${updated} of ${wanted} updated; not ready: ${stuck.map((pod) => pod.metadata.name).join(', ')}`,
          ),
        ],
        confidence: 0.8,
        symptom: true,
        affects: stuck.map(refOf),
        dependsOn: stuck.map(refOf),
        fix: [kubectl(object, 'rollout status', '--timeout=10s'), kubectl(object, 'rollout undo')],
      },
    ]
  })

// Placed or not, a pod that has not started for ten minutes is trouble, even where nothing says which.
const isWaiting = (view: ClusterView, pod: Pod): boolean =>
  pod.status?.phase === 'Pending' &&
  pod.metadata.deletionTimestamp === undefined &&
  (pod.spec?.schedulingGates ?? []).length === 0 &&
  lasted(pod.metadata.creationTimestamp, view.now, 600) &&
  !nodeOnItsWay(view, pod)

const waitingFindings = (view: ClusterView, told: ReadonlySet<string>): readonly Finding[] => {
  const groups = new Map<string, { readonly object: ObjectRef; readonly pods: Pod[] }>()
  for (const pod of view.all('Pod')) {
    if (!isWaiting(view, pod)) continue
    const object = view.workloadOf(pod).ref
    const group = groups.get(refKey(object))
    if (group === undefined) groups.set(refKey(object), { object, pods: [pod] })
    else group.pods.push(pod)
  }
  return [...groups.values()].flatMap(({ object, pods }) => {
    const [first] = pods
    if (first === undefined || told.has(refKey(object))) return []
    const event = view.eventsFor(refOf(first)).findLast((one) => one.type === 'Warning')
    const since = first.metadata.creationTimestamp
    return [
      {
        code: 'rollout-stuck' as const,
        severity: severityOf(view, object),
        object,
        summary: `${object.kind} ${object.name}: ${count(pods.length, 'pod')} Pending for over 10 minutes (${first.metadata.name})${event === undefined ? '' : `; last warning: ${short(event.note ?? event.reason ?? '', 200)}`}`,
        evidence: [
          observe('status', refOf(first), `phase Pending since ${since ?? '?'}`, since),
          ...(event === undefined ? [] : [observeEvent(refOf(first), event)]),
        ],
        confidence: 0.5,
        symptom: true,
        affects: pods.map(refOf),
        dependsOn: pods.map(refOf),
        ...(since === undefined ? {} : { since }),
        fix: [kubectl(refOf(first), 'describe')],
      },
    ]
  })
}

/** Rollouts past their deadline, and pods that do not start: an effect of whatever keeps the new pods from being ready. */
export const analyzer: Analyzer = {
  id: 'rollout-stuck',
  codes: ['rollout-stuck'],
  needs: ['deployments', 'pods'],
  analyze: (view) => {
    const rollouts = [
      ...view.all('Deployment').flatMap((owner) => deploymentFinding(view, owner) ?? []),
      ...otherFinding(view, 'StatefulSet'),
      ...otherFinding(view, 'DaemonSet'),
    ]
    return [...rollouts, ...waitingFindings(view, new Set(rollouts.map((one) => refKey(one.object))))]
  },
}
