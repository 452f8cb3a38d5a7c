import { copy } from '../types.ts'
import { conditionOf } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { syncDeploymentStatus } from './deployment-status.ts'
import { controllerRef, type Hands, keyOf, ownedBy, ownerOf, splitKey } from './hands.ts'
import { type Deployment, isActive, type Pod, type ReplicaSet, scaled } from './objects.ts'
import { sameTemplate, templateHash } from './template-hash.ts'

const source = { component: 'deployment-controller' }
const sets = 'replicasets.apps'
const resource = 'deployments.apps'
const revisionKey = 'deployment.kubernetes.io/revision'

/** Rolls Deployments out, back and to their size, through ReplicaSets. */
export function deploymentController(hands: Hands): Controller {
  return {
    name: 'deployment',
    watches: {
      [resource]: (object) => [keyOf(object)],
      [sets]: (set) => {
        const owner = ownerOf(set)
        return owner?.kind === 'Deployment' ? [`${set.metadata.namespace}/${owner.name}`] : []
      },
      pods: (pod, change) => {
        const name = change?.type === 'DELETED' ? ownerOf(pod)?.name : undefined
        return name === undefined ? [] : [`${pod.metadata.namespace}/${name.replace(/-[^-]+$/, '')}`]
      },
    },
    reconcile: (key) => {
      const deployment = hands.get<Deployment>(resource, ...splitKey(key))
      if (deployment === undefined) return undefined
      const owned = ownedBy(hands.list<ReplicaSet>(sets, deployment.metadata.namespace), deployment)
      if (deployment.metadata.deletionTimestamp === undefined) sync(hands, deployment, owned)
      return syncDeploymentStatus(hands, keyOf(deployment))
    },
  }
}

function sync(hands: Hands, deployment: Deployment, owned: readonly ReplicaSet[]): void {
  const { spec } = deployment
  const current = owned.find((set) => sameTemplate(set.spec.template, spec.template))
  const old = owned.filter((set) => set !== current)
  if (spec.paused === true || isScalingEvent(deployment, owned)) {
    scaleProportionally(hands, deployment, current, old)
    return
  }
  const fresh = current === undefined ? undefined : refreshRevision(hands, deployment, current, old)
  if (spec.strategy.type === 'Recreate') recreate(hands, deployment, fresh, old)
  else roll(hands, deployment, fresh, old)
  cleanUp(hands, deployment, old)
}

/** Replicas changed while nothing else did: every ReplicaSet that has pods takes its share. */
function isScalingEvent(deployment: Deployment, owned: readonly ReplicaSet[]): boolean {
  return owned.some((set) => {
    const desired = set.metadata.annotations?.['deployment.kubernetes.io/desired-replicas']
    return set.spec.replicas > 0 && desired !== undefined && Number(desired) !== deployment.spec.replicas
  })
}

function scaleProportionally(
  hands: Hands,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): void {
  const active = [...old, ...(current === undefined ? [] : [current])].filter((set) => set.spec.replicas > 0)
  if (active.length <= 1) {
    const only = active[0] ?? current
    if (only !== undefined) scaleTo(hands, deployment, only, deployment.spec.replicas)
    return
  }
  const total = active.reduce((sum, set) => sum + set.spec.replicas, 0)
  const allowed = deployment.spec.replicas + surge(deployment)
  let left = allowed - total
  const bySize = [...active].sort((a, b) => b.spec.replicas - a.spec.replicas)
  for (const set of bySize) {
    const share = Math.trunc((set.spec.replicas / total) * (allowed - total))
    const part = left >= 0 ? Math.min(share, left) : Math.max(share, left)
    left -= part
    scaleTo(hands, deployment, set, Math.max(0, set.spec.replicas + part))
  }
}

const surge = (deployment: Deployment): number =>
  scaled(deployment.spec.strategy.rollingUpdate?.maxSurge, deployment.spec.replicas, true)

function unavailable(deployment: Deployment): number {
  const most = scaled(deployment.spec.strategy.rollingUpdate?.maxUnavailable, deployment.spec.replicas, false)
  return most === 0 && surge(deployment) === 0 ? 1 : most
}

/** The ReplicaSet of the current template has the highest revision, also when it is an old one again. */
function refreshRevision(
  hands: Hands,
  deployment: Deployment,
  set: ReplicaSet,
  old: readonly ReplicaSet[],
): ReplicaSet {
  const highest = Math.max(0, ...old.map(revisionOf))
  const own = revisionOf(set)
  if (own <= highest) {
    hands.update(sets, set, (object) => {
      const annotations = object.metadata.annotations ?? {}
      const past = annotations['deployment.kubernetes.io/revision-history']
      object.metadata.annotations = {
        ...annotations,
        [revisionKey]: String(highest + 1),
        'deployment.kubernetes.io/revision-history': past === undefined ? String(own) : `${past},${own}`,
      }
    })
  }
  markRevision(hands, deployment, Math.max(own, highest + (own <= highest ? 1 : 0)))
  return hands.get<ReplicaSet>(sets, set.metadata.namespace, set.metadata.name) ?? set
}

function markRevision(hands: Hands, deployment: Deployment, revision: number): void {
  if (deployment.metadata.annotations?.[revisionKey] === String(revision)) return
  const live = hands.get<Deployment>(resource, deployment.metadata.namespace, deployment.metadata.name)
  if (live === undefined) return
  // The real controller writes this through the status subresource, which does not count as a new generation.
  hands.storage.put(resource, {
    ...live,
    metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, [revisionKey]: String(revision) } },
  })
}

const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[revisionKey] ?? 0)

function createSet(hands: Hands, deployment: Deployment, old: readonly ReplicaSet[], replicas: number): void {
  const { metadata, spec } = deployment
  const revision = Math.max(0, ...old.map(revisionOf)) + 1
  const hash = templateHash(spec.template)
  const labels = { ...spec.template.metadata?.labels, 'pod-template-hash': hash }
  const {
    [revisionKey]: _own,
    'kubectl.kubernetes.io/last-applied-configuration': _applied,
    ...annotations
  } = metadata.annotations ?? {}
  const created = hands.create(sets, metadata.namespace, {
    metadata: {
      name: `${metadata.name}-${hash}`,
      labels,
      annotations: { ...annotations, ...sizeAnnotations(deployment), [revisionKey]: String(revision) },
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, 'pod-template-hash': hash } },
      template: { ...copy(spec.template), metadata: { ...copy(spec.template.metadata ?? {}), labels } },
    },
  })
  markRevision(hands, deployment, revision)
  if (replicas > 0)
    scalingEvent(hands, deployment, `Scaled up replica set ${created.metadata.name} from 0 to ${replicas}`)
}

function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const { replicas } = deployment.spec
  return {
    'deployment.kubernetes.io/desired-replicas': String(replicas),
    'deployment.kubernetes.io/max-replicas': String(replicas + surge(deployment)),
  }
}

function scaleTo(hands: Hands, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const live = hands.get<ReplicaSet>(sets, set.metadata.namespace, set.metadata.name) ?? set
  const wanted = sizeAnnotations(deployment)
  const labelled = Object.entries(wanted).every(([key, value]) => live.metadata.annotations?.[key] === value)
  if (live.spec.replicas === replicas && labelled) return
  const before = live.spec.replicas
  hands.update(sets, live, (object) => {
    object.metadata.annotations = { ...object.metadata.annotations, ...wanted }
    ;(object as unknown as ReplicaSet).spec.replicas = replicas
  })
  if (before === replicas) return
  scalingEvent(
    hands,
    deployment,
    `Scaled ${replicas > before ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${replicas}`,
  )
}

function scalingEvent(hands: Hands, deployment: Deployment, message: string): void {
  hands.event(deployment, { type: 'Normal', reason: 'ScalingReplicaSet', message }, source)
}

function recreate(
  hands: Hands,
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): void {
  for (const set of old) if (set.spec.replicas > 0) scaleTo(hands, deployment, set, 0)
  const pods = old.flatMap((set) => ownedBy(hands.list<Pod>('pods', deployment.metadata.namespace), set))
  if (pods.some((pod) => isActive(pod) || pod.metadata.deletionTimestamp !== undefined)) return
  if (current === undefined) createSet(hands, deployment, old, deployment.spec.replicas)
  else scaleTo(hands, deployment, current, deployment.spec.replicas)
}

function roll(hands: Hands, deployment: Deployment, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): void {
  const total = [...old, ...(current === undefined ? [] : [current])].reduce((sum, set) => sum + set.spec.replicas, 0)
  const room = Math.max(0, deployment.spec.replicas + surge(deployment) - total)
  if (current === undefined) {
    createSet(hands, deployment, old, Math.min(room, deployment.spec.replicas))
    return
  }
  if (current.spec.replicas > deployment.spec.replicas) scaleTo(hands, deployment, current, deployment.spec.replicas)
  else if (current.spec.replicas < deployment.spec.replicas && room > 0) {
    scaleTo(
      hands,
      deployment,
      current,
      current.spec.replicas + Math.min(room, deployment.spec.replicas - current.spec.replicas),
    )
    return
  } else scaleTo(hands, deployment, current, current.spec.replicas)
  shrinkOld(
    hands,
    deployment,
    current,
    old.filter((set) => set.spec.replicas > 0),
  )
}

/** Takes away old pods: first those that do not work, then as many as availability allows. */
function shrinkOld(hands: Hands, deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
  if (old.length === 0) return
  const least = deployment.spec.replicas - unavailable(deployment)
  const fresh = hands.get<ReplicaSet>(sets, current.metadata.namespace, current.metadata.name) ?? current
  const freshUnavailable = fresh.spec.replicas - (fresh.status.availableReplicas ?? 0)
  const total = [...old, fresh].reduce((sum, set) => sum + set.spec.replicas, 0)
  let spare = total - least - freshUnavailable
  if (spare <= 0) return
  const byAge = [...old].sort(
    (a, b) => Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? ''),
  )
  for (const set of byAge) {
    const broken = Math.min(spare, set.spec.replicas - (set.status.availableReplicas ?? 0))
    if (broken <= 0) continue
    scaleTo(hands, deployment, set, set.spec.replicas - broken)
    spare -= broken
  }
  const available = [...byAge, fresh].reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0)
  let removable = Math.min(spare, available - least)
  for (const set of byAge) {
    const live = hands.get<ReplicaSet>(sets, set.metadata.namespace, set.metadata.name) ?? set
    const part = Math.min(removable, live.spec.replicas)
    if (part <= 0) continue
    scaleTo(hands, deployment, live, live.spec.replicas - part)
    removable -= part
  }
}

function cleanUp(hands: Hands, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const complete = conditionOf(deployment.status.conditions, 'Progressing')?.reason === 'NewReplicaSetAvailable'
  const empty = old.filter(
    (set) => set.spec.replicas === 0 && set.status.replicas === 0 && set.metadata.deletionTimestamp === undefined,
  )
  const excess = empty.length - (deployment.spec.revisionHistoryLimit ?? 10)
  if (!complete || excess <= 0) return
  const oldest = [...empty].sort((a, b) => revisionOf(a) - revisionOf(b))
  for (const set of oldest.slice(0, excess)) hands.remove(sets, set)
}
