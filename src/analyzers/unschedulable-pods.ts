import type { CauseCode } from '../domain/cause.ts'
import { type Decision, decisiveObstacle } from '../domain/decisive-obstacle.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { sameRef } from '../domain/object.ts'
import { parseSchedulerMessage } from '../domain/scheduler-message.ts'
import { fitOf, type NodeFit, type Placement, placementOf } from '../domain/scheduling.ts'
import { nodesText, obstaclesOf } from '../domain/scheduling-text.ts'
import { taintMeaning } from '../domain/taint.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { boundClaimsOf } from './reading/claims.ts'
import { recentPreemptions, wasPartOf } from './reading/preemptions.ts'
import { describeDecision } from './reading/scheduling-decision.ts'
import { type Unscheduled, unscheduledPods } from './reading/unscheduled-pods.ts'
import { severityOf } from './reading/workload-health.ts'

const confidences: Readonly<Record<Decision['basis'], number>> = { both: 0.95, message: 0.85, computed: 0.8 }

/** Trouble of the nodes themselves is named by the checks of nodes; a node that is setting itself up gets ten minutes. */
const isNodesFault = (decision: Decision, fits: readonly NodeFit[], group: Unscheduled, view: ClusterView): boolean => {
  if (decision.kind !== 'taint') return false
  const custom = obstaclesOf(fits, 'taint').filter(({ obstacle }) =>
    obstacle.taints.some((taint) => ['custom', 'starting'].includes(taintMeaning(taint.key))),
  )
  const open = obstaclesOf(fits, 'taint').filter(({ obstacle }) =>
    obstacle.taints.some((taint) => taintMeaning(taint.key) === 'condition'),
  )
  if (custom.length > 0) return false
  if (open.length > 0) return true
  const told = parseSchedulerMessage(group.message)?.reasons.filter((reason) => reason.kind === 'taint') ?? []
  const meanings = told.map((reason) => taintMeaning(reason.taint?.key))
  return view.all('Node').length === 0 && meanings.includes('condition') && !meanings.includes('custom')
}

const evidenceOf = (group: Unscheduled, decision: Decision, fits: readonly NodeFit[]): readonly Observation[] => {
  const about = refOf(group.example)
  const quoted: Observation[] =
    group.message === undefined
      ? []
      : [
          {
            kind: 'event',
            about,
            text: `scheduler: ${short(group.message, 500)}`,
            ...(group.messageAt === undefined ? {} : { at: group.messageAt }),
          },
        ]
  const computed: Observation[] =
    fits.length === 0 || decision.basis === 'message' ? [] : [{ kind: 'computed', about, text: nodesText(fits) }]
  const found = [...quoted, ...computed]
  return found.length > 0 ? found : [{ kind: 'status', about, text: `${about.name} is Pending and has no node` }]
}

const findingFor = (view: ClusterView, group: Unscheduled, decision: Decision, fits: readonly NodeFit[]): Finding => {
  const told = describeDecision({ view, group, decision, fits })
  const workload = group.workload.ref
  const affects = [...group.pods.map(refOf), ...(sameRef(told.object, workload) ? [] : [workload])]
  const waiting = `${workload.kind} ${workload.name}: ${count(group.pods.length, 'pod')} cannot be scheduled`
  return {
    code: told.code,
    severity: severityOf(view, workload),
    object: told.object,
    summary: `${waiting}: ${told.why}`,
    evidence: evidenceOf(group, decision, fits),
    confidence: confidences[decision.basis],
    affects,
    fix: told.fix,
    ...(group.since === undefined ? {} : { since: group.since }),
    ...(told.prevention === undefined ? {} : { prevention: told.prevention }),
    ...(told.dependsOn === undefined ? {} : { dependsOn: told.dependsOn }),
    ...(told.facts === undefined ? {} : { facts: told.facts }),
  }
}

const codes: readonly CauseCode[] = [
  'insufficient-cpu',
  'insufficient-memory',
  'insufficient-extended-resource',
  'node-affinity-unsatisfied',
  'taint-not-tolerated',
  'pod-affinity-unsatisfied',
  'topology-spread-unsatisfied',
  'host-port-conflict',
  'node-pods-exhausted',
  'node-cordoned',
  'volume-node-conflict',
]

/** How nodes fare for a pod; once for all pods that ask the same of a node and nothing of where others run. */
const fitsOnce = (view: ClusterView, placement: Placement): ((pod: Pod) => readonly NodeFit[]) => {
  const known = new Map<string, readonly NodeFit[]>()
  return (pod) => {
    const claims = boundClaimsOf(view, pod)
    const { affinity, topologySpreadConstraints, containers, initContainers, ...spec } = pod.spec ?? {}
    const between = affinity?.podAffinity ?? affinity?.podAntiAffinity ?? topologySpreadConstraints
    if (claims.length > 0 || between !== undefined || placement.keepsOff) return fitOf(pod, claims, placement)
    const asks = [...(initContainers ?? []), ...(containers ?? [])].map(({ resources, ports, restartPolicy }) => [
      resources,
      ports,
      restartPolicy,
    ])
    const { nodeSelector, tolerations, hostNetwork, overhead, resources } = spec
    const key = JSON.stringify([asks, affinity, nodeSelector, tolerations, hostNetwork, overhead, resources])
    const before = known.get(key)
    if (before !== undefined) return before
    const fits = fitOf(pod, claims, placement)
    known.set(key, fits)
    return fits
  }
}

const isRequest = (decision: Decision): boolean => decision.kind === 'resource' || decision.kind === 'pods'

/** Pods that no node takes, judged by the scheduler's own rules over what the nodes hold, and by what it said. */
export const analyzer: Analyzer = {
  id: 'unschedulable-pods',
  codes,
  needs: ['pods', 'nodes', 'events'],
  analyze: (view) => {
    const groups = unscheduledPods(view)
    if (groups.length === 0) return []
    const labelsOf = (name: string) => view.get('Namespace', undefined, name)?.metadata.labels
    const placement = placementOf(view.all('Node'), view.all('Pod'), labelsOf)
    const fitsOf = fitsOnce(view, placement)
    const preempted = recentPreemptions(view)
    return groups.flatMap((group) => {
      const message = parseSchedulerMessage(group.message)
      if (message?.reasons.some((reason) => reason.kind === 'claim-unbound' || reason.kind === 'claim-missing'))
        return []
      const fits = fitsOf(group.example)
      const decision = decisiveObstacle(fits, message, group.workload.ref.kind === 'DaemonSet')
      if (decision === undefined || isNodesFault(decision, fits, group, view)) return []
      if (isRequest(decision) && preempted.some((one) => wasPartOf(group.workload.ref, one))) return []
      return [findingFor(view, group, decision, fits)]
    })
  },
}
