import { labelSelector } from '../registry/label-selector.ts'
import { withCondition } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { type Hands, keyOf, ownerOf, splitKey } from './hands.ts'
import { type Condition, type DisruptionBudget, isActive, isReady, type Pod, scaled } from './objects.ts'

const resource = 'poddisruptionbudgets.policy'

/** How many pods of each PodDisruptionBudget may be evicted now. */
export function budgetController(hands: Hands): Controller {
  return {
    name: 'disruption',
    watches: {
      [resource]: (object) => [keyOf(object)],
      pods: (pod) =>
        hands
          .list<DisruptionBudget>(resource, pod.metadata.namespace)
          .filter((budget) => labelSelector(budget.spec.selector)(pod.metadata.labels))
          .map(keyOf),
      'deployments.apps': (object) => hands.list(resource, object.metadata.namespace).map(keyOf),
      'statefulsets.apps': (object) => hands.list(resource, object.metadata.namespace).map(keyOf),
    },
    reconcile: (key) => {
      const budget = hands.get<DisruptionBudget>(resource, ...splitKey(key))
      if (budget !== undefined) sync(hands, budget)
      return undefined
    },
  }
}

type Scaled = { spec: { replicas?: number } } & DisruptionBudget

/** Pods that the owners want, counted once per owner. */
function expectedOf(hands: Hands, pods: readonly Pod[]): number {
  const owners = new Map<string, number>()
  for (const pod of pods) {
    const owner = ownerOf(pod)
    if (owner === undefined) continue
    const { namespace } = pod.metadata
    if (owner.kind === 'StatefulSet')
      owners.set(owner.uid, hands.get<Scaled>('statefulsets.apps', namespace, owner.name)?.spec.replicas ?? 0)
    if (owner.kind !== 'ReplicaSet') continue
    const set = hands.get<Scaled>('replicasets.apps', namespace, owner.name)
    const top = set === undefined ? undefined : ownerOf(set)
    if (top === undefined) owners.set(owner.uid, set?.spec.replicas ?? 0)
    else owners.set(top.uid, hands.get<Scaled>('deployments.apps', namespace, top.name)?.spec.replicas ?? 0)
  }
  return [...owners.values()].reduce((sum, count) => sum + count, 0)
}

function sync(hands: Hands, budget: DisruptionBudget): void {
  const pods = hands
    .list<Pod>('pods', budget.metadata.namespace)
    .filter((pod) => labelSelector(budget.spec.selector)(pod.metadata.labels) && isActive(pod))
  const percentage = typeof budget.spec.minAvailable === 'string' || budget.spec.maxUnavailable !== undefined
  const expected = percentage ? Math.max(expectedOf(hands, pods), 0) : pods.length
  const desired =
    budget.spec.maxUnavailable === undefined
      ? scaled(budget.spec.minAvailable, expected, true)
      : Math.max(0, expected - scaled(budget.spec.maxUnavailable, expected, true))
  const disrupted = Object.fromEntries(
    Object.entries(budget.status.disruptedPods ?? {}).filter(
      ([name, at]) => pods.some((pod) => pod.metadata.name === name) && hands.clock.now() - Date.parse(at) < 120_000,
    ),
  )
  const healthy = pods.filter((pod) => isReady(pod) && disrupted[pod.metadata.name] === undefined).length
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata.generation,
  }
  hands.status(resource, budget, {
    observedGeneration: budget.metadata.generation ?? 1,
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: withCondition(budget.status['conditions'] as Condition[] | undefined, condition, hands.clock.stamp()),
  })
}
