import { ApiError } from '../registry/errors.ts'
import { labelSelector } from '../registry/label-selector.ts'
import { conditionOf, withCondition } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { type Hands, keyOf, ownedBy, ownerOf, splitKey } from './hands.ts'
import { isActive, isAvailable, isReady, type Pod, type ReplicaSet } from './objects.ts'
import { podFromTemplate } from './pod-template.ts'

const source = { component: 'replicaset-controller' }
const resource = 'replicasets.apps'
const firstRetry = 1_000
const longestRetry = 960_000

/** Keeps as many pods as each ReplicaSet wants. */
export function replicaSetController(hands: Hands): Controller {
  const retries = new Map<string, { count: number; at: number }>()
  return {
    name: 'replicaset',
    watches: {
      [resource]: (object) => [keyOf(object)],
      pods: (pod) => {
        const owner = ownerOf(pod)
        return owner?.kind === 'ReplicaSet' ? [`${pod.metadata.namespace}/${owner.name}`] : []
      },
    },
    reconcile: (key) => {
      const set = hands.get<ReplicaSet>(resource, ...splitKey(key))
      if (set === undefined) return undefined
      const owned = ownedBy(hands.list<Pod>('pods', set.metadata.namespace), set)
      const active = owned.filter(isActive)
      const now = hands.clock.now()
      const uid = set.metadata.uid ?? ''
      const retry = retries.get(uid)
      const held = retry !== undefined && now < retry.at && active.length < set.spec.replicas
      if (held) return retry.at - now
      const failure = set.metadata.deletionTimestamp === undefined ? manage(hands, set, active) : undefined
      writeStatus(hands, set, failure)
      if (failure === undefined) {
        retries.delete(uid)
        return waitForAvailable(hands, set, active)
      }
      // Refused pods are tried again after 1 s, 2 s, 4 s …, at most 16 minutes.
      const count = (retry?.count ?? 0) + 1
      const wait = hands.pace(Math.min(longestRetry, firstRetry * 2 ** (count - 1)))
      retries.set(uid, { count, at: now + wait })
      return wait
    },
  }
}

function manage(hands: Hands, set: ReplicaSet, active: readonly Pod[]): ApiError | undefined {
  const missing = set.spec.replicas - active.length
  for (let index = 0; index < missing; index++) {
    try {
      const pod = hands.create(
        'pods',
        set.metadata.namespace,
        podFromTemplate(set.spec.template, set, `${set.metadata.name}-`),
      )
      hands.event(
        set,
        { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` },
        source,
      )
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      hands.event(set, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${error.message}` }, source)
      return error
    }
  }
  if (missing >= 0) return undefined
  for (const pod of inDeletionOrder(active).slice(0, -missing)) {
    hands.remove('pods', pod)
    hands.event(
      set,
      { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` },
      source,
    )
  }
  return undefined
}

/** The real order: unscheduled, then pending, then not ready, then the youngest. */
function inDeletionOrder(pods: readonly Pod[]): Pod[] {
  const phases = ['Pending', 'Unknown', 'Running']
  const rank = (pod: Pod): readonly (string | number)[] => [
    pod.spec.nodeName === undefined ? 0 : 1,
    phases.indexOf(pod.status.phase),
    isReady(pod) ? 1 : 0,
    -Math.max(0, ...(pod.status.containerStatuses ?? []).map((status) => status.restartCount)),
    -Date.parse(pod.metadata.creationTimestamp ?? ''),
    pod.metadata.name,
  ]
  return [...pods].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    const at = left.findIndex((value, index) => value !== right[index])
    if (at < 0) return 0
    return (left[at] ?? 0) < (right[at] ?? 0) ? -1 : 1
  })
}

function writeStatus(hands: Hands, set: ReplicaSet, failure: ApiError | undefined): void {
  const current = hands.get<ReplicaSet>(resource, set.metadata.namespace, set.metadata.name)
  if (current === undefined) return
  const owned = ownedBy(hands.list<Pod>('pods', set.metadata.namespace), set)
  const active = owned.filter(isActive)
  const matches = labelSelector(set.spec.selector)
  const now = hands.clock.now()
  const ready = active.filter(isReady).length
  const available = active.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length
  const labelled = active.filter((pod) => matches(pod.metadata.labels)).length
  const conditions =
    failure === undefined
      ? (current.status.conditions ?? []).filter(
          (condition) => condition.type !== 'ReplicaFailure' || active.length < set.spec.replicas,
        )
      : withCondition(
          current.status.conditions,
          { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure.message },
          hands.clock.stamp(),
        )
  const keeps = failure !== undefined && conditionOf(current.status.conditions, 'ReplicaFailure') !== undefined
  hands.status(resource, current, {
    replicas: active.length,
    ...(labelled === 0 ? {} : { fullyLabeledReplicas: labelled }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    terminatingReplicas: owned.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    observedGeneration: current.metadata.generation ?? 1,
    ...(conditions.length === 0 ? {} : { conditions: keeps ? keepMessage(current, conditions) : conditions }),
  })
}

/** Repeated refusals differ only in the generated name; the first one stays until the reason changes. */
function keepMessage(set: ReplicaSet, conditions: ReturnType<typeof withCondition>): ReturnType<typeof withCondition> {
  const before = conditionOf(set.status.conditions, 'ReplicaFailure')
  const bare = (text: string | undefined): string => (text ?? '').replace(/^pods "[^"]*"/, '')
  return conditions.map((condition) =>
    condition.type === 'ReplicaFailure' && before !== undefined && bare(before.message) === bare(condition.message)
      ? before
      : condition,
  )
}

function waitForAvailable(hands: Hands, set: ReplicaSet, active: readonly Pod[]): number | undefined {
  const seconds = set.spec.minReadySeconds ?? 0
  const now = hands.clock.now()
  return seconds > 0 && active.some((pod) => isReady(pod) && !isAvailable(pod, seconds, now)) ? 1000 : undefined
}
