import { ApiError } from '../registry/errors.ts'
import { copy, type Fields, type KubeObject } from '../types.ts'
import type { Controller } from './control-loops.ts'
import { controllerRef, type Hands, keyOf, ownedBy, ownerOf, splitKey } from './hands.ts'
import { isAvailable, isReady, type Pod, type StatefulSet } from './objects.ts'
import { podFromTemplate } from './pod-template.ts'
import { templateHash } from './template-hash.ts'

const resource = 'statefulsets.apps'
const source = { component: 'statefulset-controller' }
const hashLabel = 'controller-revision-hash'

/** Keeps the numbered pods of StatefulSets, one after the other, with their claims. */
export function statefulSetController(hands: Hands): Controller {
  return {
    name: 'statefulset',
    watches: {
      [resource]: (object) => [keyOf(object)],
      pods: (pod) => {
        const owner = ownerOf(pod)
        return owner?.kind === 'StatefulSet' ? [`${pod.metadata.namespace}/${owner.name}`] : []
      },
    },
    reconcile: (key) => {
      const set = hands.get<StatefulSet>(resource, ...splitKey(key))
      if (set === undefined) return undefined
      const revision = `${set.metadata.name}-${templateHash(set.spec.template)}`
      keepRevision(hands, set, revision)
      const retry = set.metadata.deletionTimestamp === undefined ? manage(hands, set, revision) : undefined
      writeStatus(hands, key, revision)
      return retry
    },
  }
}

function keepRevision(hands: Hands, set: StatefulSet, name: string): void {
  const { namespace } = set.metadata
  const revisions = ownedBy(hands.list<KubeObject & { revision: number }>('controllerrevisions.apps', namespace), set)
  const highest = Math.max(0, ...revisions.map((entry) => entry.revision))
  const known = revisions.find((entry) => entry.metadata.name === name)
  if (known !== undefined && known.revision === highest) return
  const data: Fields = { spec: { template: { ...copy(set.spec.template), $patch: 'replace' } } }
  if (known === undefined) {
    hands.create('controllerrevisions.apps', namespace, {
      metadata: {
        name,
        labels: {
          ...set.spec.template.metadata?.labels,
          'controller.kubernetes.io/hash': name.slice(set.metadata.name.length + 1),
        },
        ownerReferences: [controllerRef(set)],
      },
      data,
      revision: highest + 1,
    })
  } else {
    hands.update('controllerrevisions.apps', known, (object) => {
      object['revision'] = highest + 1
    })
  }
}

const podsOf = (hands: Hands, set: StatefulSet): Pod[] => ownedBy(hands.list<Pod>('pods', set.metadata.namespace), set)
const ordinalOf = (pod: Pod): number => Number(pod.metadata.name.split('-').at(-1))

function manage(hands: Hands, set: StatefulSet, revision: string): number | undefined {
  const ordered = set.spec.podManagementPolicy !== 'Parallel'
  const byOrdinal = new Map(podsOf(hands, set).map((pod) => [ordinalOf(pod), pod]))
  for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined) {
      const error = createPod(hands, set, ordinal, revision)
      if (error !== undefined) return hands.pace(5_000)
      if (ordered) return undefined
      continue
    }
    if (pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded') {
      hands.remove('pods', pod)
      return undefined
    }
    if (ordered && (pod.metadata.deletionTimestamp !== undefined || !isReady(pod))) return undefined
  }
  const surplus = [...byOrdinal.values()]
    .filter((pod) => ordinalOf(pod) >= set.spec.replicas)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a))
  for (const pod of surplus) {
    if (pod.metadata.deletionTimestamp === undefined) deletePod(hands, set, pod)
    if (ordered) return undefined
  }
  return update(hands, set, [...byOrdinal.values()], revision)
}

function update(hands: Hands, set: StatefulSet, pods: readonly Pod[], revision: string): undefined {
  if (set.spec.updateStrategy.type === 'OnDelete') return
  const partition = set.spec.updateStrategy.rollingUpdate?.partition ?? 0
  const descending = [...pods].filter((pod) => ordinalOf(pod) >= partition).sort((a, b) => ordinalOf(b) - ordinalOf(a))
  for (const pod of descending) {
    if (pod.metadata.labels?.[hashLabel] !== revision && pod.metadata.deletionTimestamp === undefined) {
      deletePod(hands, set, pod)
      return
    }
    if (pod.metadata.deletionTimestamp !== undefined || !isReady(pod)) return
  }
}

function deletePod(hands: Hands, set: StatefulSet, pod: Pod): void {
  hands.remove('pods', pod)
  hands.event(
    set,
    {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
    },
    source,
  )
}

function createPod(hands: Hands, set: StatefulSet, ordinal: number, revision: string): ApiError | undefined {
  const name = `${set.metadata.name}-${ordinal}`
  const claims = (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    template,
    name: `${template.metadata.name}-${name}`,
  }))
  const labels = {
    'apps.kubernetes.io/pod-index': String(ordinal),
    [hashLabel]: revision,
    'statefulset.kubernetes.io/pod-name': name,
  }
  const pod = podFromTemplate(set.spec.template, set, name, labels) as {
    spec: { volumes?: unknown[]; hostname?: string; subdomain?: string }
  } & Fields
  const names = new Set(claims.map((claim) => claim.template.metadata.name))
  const kept = (pod.spec.volumes ?? []).filter((volume) => !names.has((volume as { name: string }).name))
  pod.spec.volumes = [
    ...claims.map((claim) => ({
      name: claim.template.metadata.name,
      persistentVolumeClaim: { claimName: claim.name },
    })),
    ...kept,
  ]
  pod['metadata'] = { ...(pod['metadata'] as Fields), generateName: `${set.metadata.name}-` }
  pod.spec.hostname = name
  pod.spec.subdomain = set.spec.serviceName
  try {
    for (const claim of claims) createClaim(hands, set, claim, name)
    hands.create('pods', set.metadata.namespace, pod)
    hands.event(
      set,
      {
        type: 'Normal',
        reason: 'SuccessfulCreate',
        message: `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`,
      },
      source,
    )
    return undefined
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    hands.event(
      set,
      {
        type: 'Warning',
        reason: 'FailedCreate',
        message: `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`,
      },
      source,
    )
    return error
  }
}

function createClaim(hands: Hands, set: StatefulSet, claim: { template: KubeObject; name: string }, pod: string): void {
  if (hands.get('persistentvolumeclaims', set.metadata.namespace, claim.name) !== undefined) return
  const { spec } = copy(claim.template) as KubeObject & Fields
  hands.create('persistentvolumeclaims', set.metadata.namespace, {
    metadata: { name: claim.name, labels: { ...set.spec.selector.matchLabels } },
    spec,
  })
  hands.event(
    set,
    {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Create Claim ${claim.name} Pod ${pod} in StatefulSet ${set.metadata.name} success`,
    },
    source,
  )
}

function writeStatus(hands: Hands, key: string, revision: string): void {
  const set = hands.get<StatefulSet>(resource, ...splitKey(key))
  if (set === undefined) return
  const pods = podsOf(hands, set).filter((pod) => pod.metadata.deletionTimestamp === undefined)
  const now = hands.clock.now()
  const updated = pods.filter((pod) => pod.metadata.labels?.[hashLabel] === revision).length
  const complete = updated === pods.length && pods.length === set.spec.replicas && pods.every(isReady)
  const current = complete || set.status.currentRevision === undefined ? revision : set.status.currentRevision
  const count = (value: number, name: string): Fields => (value === 0 ? {} : { [name]: value })
  const onCurrent = pods.filter((pod) => pod.metadata.labels?.[hashLabel] === current).length
  hands.status(resource, set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...count(pods.filter(isReady).length, 'readyReplicas'),
    ...count(onCurrent, 'currentReplicas'),
    ...count(updated, 'updatedReplicas'),
    currentRevision: current,
    updateRevision: revision,
    collisionCount: 0,
    availableReplicas: pods.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
  })
}
