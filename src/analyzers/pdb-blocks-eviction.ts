import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Event, type Node, type Pod, type PodDisruptionBudget, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { matchesSelector } from '../domain/selector.ts'
import { earliest, lasted, within } from '../domain/time.ts'
import { count, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isReady } from './reading/workload-health.ts'

const refusedWords =
  /violate the pod'?s disruption budget|(?:pdb|pod ?disruption ?budget).*(?:prevents|block|not enough)|not enough pod disruption budget|Cannot evict pod|TooManyRequests.*disruption/i

type Wanted = { readonly text: string; readonly evidence: Observation; readonly node?: Node; readonly since?: string }

const cordonedAt = (node: Node): string | undefined =>
  (node.spec?.taints ?? []).find((taint) => taint.key === 'node.kubernetes.io/unschedulable')?.timeAdded

const leaving = (node: Node): boolean =>
  node.spec?.unschedulable === true ||
  (node.spec?.taints ?? []).some((taint) =>
    /^(?:ToBeDeletedByClusterAutoscaler|karpenter\.sh\/disrupt)/.test(taint.key ?? ''),
  )

const isGuarded = (view: ClusterView, pod: Pod): boolean =>
  view
    .all('PodDisruptionBudget')
    .some(
      (one) =>
        one.metadata.namespace === pod.metadata.namespace &&
        one.status?.disruptionsAllowed === 0 &&
        matchesSelector(one.spec?.selector, pod.metadata.labels),
    )

// A node is being emptied and the budget's pods are all that is left to move: everything else on it belongs to the node.
const byDrain = (view: ClusterView, pods: readonly Pod[]): readonly Wanted[] =>
  view.all('Node').flatMap((node) => {
    const here = pods.filter((pod) => pod.spec?.nodeName === node.metadata.name)
    if (!leaving(node) || here.length === 0) return []
    const since = cordonedAt(node)
    if (!lasted(since, view.now, 300)) return []
    const others = view
      .all('Pod')
      .filter(
        (pod) =>
          pod.spec?.nodeName === node.metadata.name &&
          !here.includes(pod) &&
          !isGuarded(view, pod) &&
          !['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') &&
          view.workloadOf(pod).ref.kind !== 'DaemonSet' &&
          pod.metadata.annotations?.['kubernetes.io/config.mirror'] === undefined,
      )
    const drained = others.length === 0
    const text = `node ${node.metadata.name} is being emptied (cordoned${since === undefined ? '' : ` since ${since}`}) and ${some(here.map((pod) => pod.metadata.name))} cannot leave`
    return drained
      ? [
          {
            text,
            node,
            evidence: observe('status', refOf(node), text, since),
            ...(since === undefined ? {} : { since }),
          },
        ]
      : []
  })

const namesBudget = (event: Event, budget: PodDisruptionBudget, pods: readonly Pod[]): boolean => {
  const text = event.note ?? ''
  const { regarding } = event
  if (regarding.kind === 'PodDisruptionBudget') return regarding.name === budget.metadata.name
  if (text.includes(budget.metadata.name)) return true
  return pods.some(
    (pod) => text.includes(pod.metadata.name) || (regarding.kind === 'Pod' && regarding.name === pod.metadata.name),
  )
}

const byEvents = (view: ClusterView, budget: PodDisruptionBudget, pods: readonly Pod[]): readonly Wanted[] =>
  view.all('Event').flatMap((event) => {
    if (!refusedWords.test(event.note ?? '') || !within(event.lastSeen, view.now, 3600)) return []
    if (!namesBudget(event, budget, pods)) return []
    const { kind = '', name = '', namespace } = event.regarding
    const about: ObjectRef = {
      apiVersion: event.regarding.apiVersion ?? 'v1',
      kind,
      ...(namespace === undefined || kind === 'Node' ? {} : { namespace }),
      name,
    }
    const since = event.firstSeen
    return [
      {
        text: `eviction is refused (${event.reason ?? ''} on ${kind} ${name})`,
        evidence: observeEvent(about, event),
        ...(since === undefined ? {} : { since }),
      },
    ]
  })

const rule = (budget: PodDisruptionBudget): string => {
  const { minAvailable, maxUnavailable } = budget.spec ?? {}
  return maxUnavailable !== undefined ? `maxUnavailable ${maxUnavailable}` : `minAvailable ${minAvailable ?? '?'}`
}

const findingOf = (view: ClusterView, budget: PodDisruptionBudget): Finding | undefined => {
  const { status, spec } = budget
  if (status?.disruptionsAllowed !== 0 || (status.expectedPods ?? 1) === 0) return undefined
  const pods = view.podsSelected(budget.metadata.namespace ?? '', spec?.selector)
  const wanted = [...byEvents(view, budget, pods), ...byDrain(view, pods)]
  const [first] = wanted
  if (first === undefined) return undefined
  const object = refOf(budget)
  const unready = pods.filter((pod) => !isReady(pod))
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = pods.length } = status
  const unhealthy =
    currentHealthy < desiredHealthy ||
    (unready.length > 0 && currentHealthy <= desiredHealthy && desiredHealthy < expectedPods)
  const workloads = [
    ...new Map(pods.map((pod) => [refKey(view.workloadOf(pod).ref), view.workloadOf(pod).ref])).values(),
  ]
  const why = unhealthy
    ? `only ${currentHealthy} of the ${desiredHealthy} pods it needs are healthy`
    : `${rule(budget)} with ${count(expectedPods, 'pod')} never allows one to go`
  const since = earliest(wanted.map((one) => one.since))
  return {
    code: 'pdb-blocks-eviction',
    severity: 'warning',
    object,
    summary: `PodDisruptionBudget ${object.name} blocks eviction (${rule(budget)}, 0 disruptions allowed): ${why}; ${first.text}`,
    evidence: [
      first.evidence,
      observe(
        'status',
        object,
        `${rule(budget)}; currentHealthy ${currentHealthy}, desiredHealthy ${desiredHealthy}, expectedPods ${expectedPods}, disruptionsAllowed 0`,
      ),
      ...wanted.slice(1, 3).map((one) => one.evidence),
    ],
    confidence: 0.93,
    affects: wanted.flatMap((one) => (one.node === undefined ? [] : [refOf(one.node)])),
    ...(since === undefined ? {} : { since }),
    ...(unhealthy ? { dependsOn: [...workloads, ...unready.map(refOf)] } : {}),
    fix: unhealthy
      ? [
          `Make its pods healthy first: ${some(unready.map((pod) => pod.metadata.name))}`,
          `So that unhealthy pods may be evicted: ${kubectl(object, 'patch', `--type=merge -p '{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}'`)}`,
        ]
      : [
          `Run one replica more than the budget needs: ${workloads[0] === undefined ? 'scale the workload' : kubectl(workloads[0], 'scale', `--replicas=${expectedPods + 1}`)}`,
          `Or let one pod go at a time: ${kubectl(object, 'patch', `--type=merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`)}`,
        ],
    prevention: ['Use maxUnavailable: 1 rather than minAvailable equal to the replicas.'],
    facts: { disruptionsAllowed: 0 },
  }
}

const ambiguous = /more than one PodDisruptionBudget/i

// The eviction API refuses a pod that two budgets guard, whatever they allow.
const overlapping = (view: ClusterView): readonly Finding[] => {
  const told = new Map(
    view
      .all('Event')
      .filter((event) => ambiguous.test(event.note ?? '') && within(event.lastSeen, view.now, 3600))
      .map((event) => [`${event.regarding.namespace ?? ''}/${event.regarding.name ?? ''}`, event]),
  )
  const groups = new Map<string, { readonly budgets: readonly PodDisruptionBudget[]; readonly pods: Pod[] }>()
  for (const pod of view.all('Pod')) {
    const node = view.get('Node', undefined, pod.spec?.nodeName ?? '')
    const drained = node !== undefined && leaving(node) && lasted(cordonedAt(node), view.now, 300)
    const event = told.get(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`)
    if ((!drained && event === undefined) || view.workloadOf(pod).ref.kind === 'DaemonSet') continue
    const budgets = view
      .all('PodDisruptionBudget')
      .filter(
        (one) =>
          one.metadata.namespace === pod.metadata.namespace && matchesSelector(one.spec?.selector, pod.metadata.labels),
      )
    if (budgets.length < 2) continue
    const key = budgets.map((one) => one.metadata.name).join(' ')
    const group = groups.get(`${pod.metadata.namespace ?? ''} ${key}`)
    if (group === undefined) groups.set(`${pod.metadata.namespace ?? ''} ${key}`, { budgets, pods: [pod] })
    else group.pods.push(pod)
  }
  return [...groups.values()].flatMap(({ budgets, pods }) => {
    const [first, ...others] = budgets
    if (first === undefined) return []
    const object = refOf(first)
    const names = some(pods.map((pod) => pod.metadata.name))
    const event = pods.map((pod) => told.get(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`)).find(Boolean)
    const since = event?.firstSeen
    return [
      {
        code: 'pdb-blocks-eviction' as const,
        severity: 'warning' as const,
        object,
        summary: `${names} cannot be evicted: ${count(budgets.length, 'PodDisruptionBudget')} (${budgets.map((one) => one.metadata.name).join(', ')}) guard the same pods, and the eviction API refuses a pod with more than one`,
        evidence: [
          ...(event === undefined ? [] : [observeEvent(refOf(pods[0] ?? first), event)]),
          ...budgets.map((one) => observe('spec', refOf(one), `${rule(one)}; selects ${names}`)),
        ],
        confidence: event === undefined ? 0.85 : 0.93,
        affects: pods.map(refOf),
        ...(since === undefined ? {} : { since }),
        fix: others.map((one) => `Keep one of them: ${kubectl(refOf(one), 'delete')}, or narrow its selector`),
        prevention: ['One budget for each workload: let charts and platform not both make one.'],
      },
    ]
  })
}

/** Budgets that allow no disruption while a drain, upgrade or autoscaler wants one. A budget that nobody runs into is silent. */
export const analyzer: Analyzer = {
  id: 'pdb-blocks-eviction',
  codes: ['pdb-blocks-eviction'],
  needs: ['poddisruptionbudgets', 'pods', 'nodes', 'events'],
  analyze: (view) => [
    ...view.all('PodDisruptionBudget').flatMap((budget) => findingOf(view, budget) ?? []),
    ...overlapping(view),
  ],
}
