import { conditionOf, withCondition } from './conditions.ts'
import { type Hands, ownedBy, splitKey } from './hands.ts'
import { type Condition, type Deployment, type ReplicaSet, scaled } from './objects.ts'
import { sameTemplate } from './template-hash.ts'

const resource = 'deployments.apps'

/** Works out a Deployment's counts and conditions as the real controller does; returns when its progress deadline falls due. */
export function syncDeploymentStatus(hands: Hands, key: string): number | undefined {
  const deployment = hands.get<Deployment>(resource, ...splitKey(key))
  if (deployment === undefined) return undefined
  const owned = ownedBy(hands.list<ReplicaSet>('replicasets.apps', deployment.metadata.namespace), deployment)
  const current = owned.find((set) => sameTemplate(set.spec.template, deployment.spec.template))
  const sum = (field: (set: ReplicaSet) => number | undefined): number =>
    owned.reduce((total, set) => total + (field(set) ?? 0), 0)
  const counts = {
    replicas: sum((set) => set.status.replicas),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: sum((set) => set.status.readyReplicas),
    availableReplicas: sum((set) => set.status.availableReplicas),
    terminatingReplicas: sum((set) => set.status.terminatingReplicas),
  }
  const wanted = Math.max(
    deployment.spec.replicas,
    sum((set) => set.spec.replicas),
  )
  const missing = Math.max(0, wanted - counts.availableReplicas)
  const conditions = conditionsOf(hands, deployment, owned, current, counts)
  const { terminatingReplicas, ...shown } = counts
  hands.status(resource, deployment, {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...Object.fromEntries(Object.entries(shown).filter(([, count]) => count > 0)),
    terminatingReplicas,
    ...(missing > 0 ? { unavailableReplicas: missing } : {}),
    conditions,
  })
  return deadlineWait(hands, deployment, conditions)
}

type Counts = {
  readonly replicas: number
  readonly updatedReplicas: number
  readonly readyReplicas: number
  readonly availableReplicas: number
}

function conditionsOf(
  hands: Hands,
  deployment: Deployment,
  owned: readonly ReplicaSet[],
  current: ReplicaSet | undefined,
  counts: Counts,
): Condition[] {
  const now = hands.clock.stamp()
  const set = (held: readonly Condition[], next: Condition): Condition[] => {
    const before = conditionOf(held, next.type)
    const updated = withCondition(held, next, now)
    return updated.map((entry) =>
      entry.type === next.type &&
      (before === undefined ||
        before.reason !== next.reason ||
        before.status !== next.status ||
        before.message !== next.message)
        ? { ...entry, lastUpdateTime: now }
        : entry,
    )
  }
  const strategy = deployment.spec.strategy.rollingUpdate
  const most = strategy === undefined ? 0 : scaled(strategy.maxUnavailable, deployment.spec.replicas, false)
  const enough = counts.availableReplicas >= deployment.spec.replicas - most
  let conditions = set(deployment.status.conditions ?? [], {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  })
  const failure = owned.flatMap((entry) => conditionOf(entry.status.conditions, 'ReplicaFailure') ?? [])[0]
  conditions =
    failure === undefined
      ? conditions.filter((entry) => entry.type !== 'ReplicaFailure')
      : set(conditions, { type: 'ReplicaFailure', status: 'True', reason: failure.reason, message: failure.message })
  const progress = progressing(hands, deployment, current, counts)
  return progress === undefined ? conditions : set(conditions, progress)
}

function progressing(
  hands: Hands,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  counts: Counts,
): Condition | undefined {
  const before = conditionOf(deployment.status.conditions, 'Progressing')
  if (deployment.spec.paused === true)
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }
  if (current === undefined) return undefined
  const name = `ReplicaSet "${current.metadata.name}"`
  const { replicas } = deployment.spec
  const complete =
    counts.updatedReplicas === replicas &&
    counts.replicas === replicas &&
    counts.availableReplicas === replicas &&
    deployment.metadata.generation === (deployment.status.observedGeneration ?? deployment.metadata.generation)
  if (complete)
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `${name} has successfully progressed.`,
    }
  if (before?.reason === 'DeploymentPaused')
    return { type: 'Progressing', status: 'Unknown', reason: 'DeploymentResumed', message: 'Deployment is resumed' }
  if (
    counts.replicas === counts.updatedReplicas &&
    before?.reason === 'NewReplicaSetAvailable' &&
    before.message?.includes(`"${current.metadata.name}"`) === true
  )
    return undefined
  const old = deployment.status
  const moved =
    counts.updatedReplicas > (old.updatedReplicas ?? 0) ||
    counts.replicas - counts.updatedReplicas < (old.replicas ?? 0) - (old.updatedReplicas ?? 0) ||
    counts.readyReplicas > (old.readyReplicas ?? 0) ||
    counts.availableReplicas > (old.availableReplicas ?? 0)
  const isReused = current.metadata.annotations?.['deployment.kubernetes.io/revision-history'] !== undefined
  const isNew = before === undefined || (!isReused && before.message?.includes(`"${current.metadata.name}"`) !== true)
  if (isNew && !moved)
    return {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetCreated',
      message: `Created new replica set "${current.metadata.name}"`,
    }
  if (moved || before === undefined)
    return { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${name} is progressing.` }
  if (before.reason === 'NewReplicaSetAvailable') return undefined
  const deadline = deployment.spec.progressDeadlineSeconds ?? 600
  const since = Date.parse(before.lastUpdateTime ?? '')
  if (before.reason !== 'ProgressDeadlineExceeded' && since + deadline * 1000 <= hands.clock.now()) {
    return {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `${name} has timed out progressing.`,
    }
  }
  return undefined
}

function deadlineWait(hands: Hands, deployment: Deployment, conditions: readonly Condition[]): number | undefined {
  const progress = conditionOf(conditions, 'Progressing')
  if (
    progress === undefined ||
    ['NewReplicaSetAvailable', 'ProgressDeadlineExceeded', 'DeploymentPaused'].includes(progress.reason ?? '')
  )
    return undefined
  const at = Date.parse(progress.lastUpdateTime ?? '') + (deployment.spec.progressDeadlineSeconds ?? 600) * 1000
  return Math.max(1000, at - hands.clock.now())
}
