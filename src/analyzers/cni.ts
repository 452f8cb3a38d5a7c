import { conditionOf } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type DaemonSet, type Event, refOf } from '../domain/kubernetes.ts'
import { decisive, readLog } from '../domain/log-lines.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { isLive } from '../domain/pod-state.ts'
import { earliest, lasted, within } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { failedFlows } from './reading/failed-flows.ts'
import { type FailingAgent, failingAgents } from './reading/node-agents.ts'

const agents =
  /^(?:calico-node|canal|cilium|kube-flannel(?:-ds.*)?|weave-net|aws-node|azure-cni.*|azure-cns|antrea-agent|kube-router|kindnet|ovnkube-node|ovs-node|multus|kube-multus(?:-ds)?|anetd|rke2-canal|netd|kube-ovn-cni)$/
const windowSeconds = 1200

const networkWords =
  /\bcni\b|plugin type=|networkplugin|setup network|teardown pod|\/etc\/cni|calico|cilium|flannel|weave|aws-cni|azure-vnet|antrea|multus|subnet\.env/i
/** Used-up addresses are a cause of their own. */
const addressesUsedUp =
  /no more free ips|failed to allocate for range|no ip addresses available|failed to assign an ip address|no available ip|insufficient.{0,20}ip|exhausted|out of ip|no configured calico pools|ip pool.{0,30}full/i

const sandboxFailures = (view: ClusterView): readonly Event[] =>
  view.eventsByReason('FailedCreatePodSandBox').filter((event) => {
    const note = event.note ?? ''
    if (!within(event.lastSeen, view.now, windowSeconds) || !networkWords.test(note) || addressesUsedUp.test(note))
      return false
    const pod = view.get('Pod', event.regarding.namespace, event.regarding.name ?? '')
    const waiting = (pod?.status?.containerStatuses ?? []).some(
      (one) => one.state?.waiting?.reason === 'ContainerCreating' || one.state?.waiting?.reason === 'PodInitializing',
    )
    return pod === undefined || (isLive(pod) && (pod.status?.phase === 'Pending' || waiting))
  })

type NodeTrouble = { readonly node: string; readonly text: string; readonly at?: string }

const nodeTroubles = (view: ClusterView): readonly NodeTrouble[] =>
  view.all('Node').flatMap((node) => {
    const network = conditionOf(node.status?.conditions, 'NetworkUnavailable')
    const ready = conditionOf(node.status?.conditions, 'Ready')
    const uninitialised =
      ready?.status === 'False' && /NetworkPluginNotReady|cni (?:plugin|config)/i.test(ready.message ?? '')
    const condition = network?.status === 'True' ? network : uninitialised ? ready : undefined
    // A node that has just joined gets its network in a moment.
    if (condition === undefined || !lasted(condition.lastTransitionTime, view.now, 180)) return []
    if (!lasted(node.metadata.creationTimestamp, view.now, 420)) return []
    const text = `${condition.type ?? ''}: ${condition.message ?? condition.reason ?? ''}`
    return [
      {
        node: node.metadata.name,
        text,
        ...(condition.lastTransitionTime === undefined ? {} : { at: condition.lastTransitionTime }),
      },
    ]
  })

const pluginIn = (events: readonly Event[]): string | undefined =>
  events
    .flatMap(
      (event) =>
        /plugin type="([\w-]{1,40})"|\b(calico|cilium|flannel|weave|aws-cni|antrea|multus|kube-ovn)\b/i
          .exec(event.note ?? '')
          ?.slice(1)
          .find(Boolean) ?? [],
    )
    .at(-1)

const agentFor = (
  view: ClusterView,
  plugin: string | undefined,
  failing: readonly (readonly [DaemonSet, readonly FailingAgent[]])[],
): DaemonSet | undefined => {
  const all = view.all('DaemonSet').filter((one) => agents.test(one.metadata.name))
  const worst = [...failing].sort((a, b) => b[1].length - a[1].length)[0]?.[0]
  const stem = plugin
    ?.toLowerCase()
    .replace(/^aws-cni$/, 'aws')
    .replace(/-.*$/, '')
  const named = stem === undefined ? undefined : all.find((one) => one.metadata.name.includes(stem))
  return worst ?? named ?? all[0]
}

const agentLog = (view: ClusterView, failing: readonly FailingAgent[]): readonly Observation[] =>
  failing.slice(0, 1).flatMap(({ pod }) =>
    view
      .logs(pod.metadata.namespace ?? '', pod.metadata.name)
      .flatMap((log) => decisive(readLog(log.text), 1))
      .slice(0, 1)
      .map((entry) => observe('log', refOf(pod), entry.text)),
  )

const summaryOf = (
  name: string,
  failing: readonly FailingAgent[],
  nodes: readonly NodeTrouble[],
  events: readonly Event[],
): string => {
  const parts = [
    failing.length > 0
      ? `${count(failing.length, 'agent pod')} not ready on ${some(failing.map((one) => one.node))} (${failing[0]?.why ?? ''})`
      : '',
    nodes.length > 0 ? `${some(nodes.map((one) => one.node))}: ${short(nodes[0]?.text ?? '', 140)}` : '',
    events.length > 0
      ? `${count(new Set(events.map((event) => event.regarding.name)).size, 'pod')} cannot get a network: ${short(events.at(-1)?.note ?? '', 160)}`
      : '',
  ].filter((part) => part !== '')
  return `Pod network (${name}) is failing: ${parts.join('; ')}`
}

const analyze = (view: ClusterView): readonly Finding[] => {
  const events = sandboxFailures(view)
  const nodes = nodeTroubles(view)
  const failing = view
    .all('DaemonSet')
    .filter((one) => agents.test(one.metadata.name))
    .map((one) => [one, failingAgents(view, one, nodes.length > 0)] as const)
    .filter(([, pods]) => pods.length > 0)
  const storm = events.length >= 2 || events.some((event) => (event.count ?? 1) >= 3)
  if (!storm && nodes.length === 0 && failing.length === 0) return []
  const agent = agentFor(view, pluginIn(events), failing)
  const pods = failing.find(([one]) => one === agent)?.[1] ?? []
  const node = nodes[0]?.node ?? events.at(-1)?.host
  const fallback: ObjectRef | undefined =
    node === undefined ? undefined : { apiVersion: 'v1', kind: 'Node', name: node }
  const object = agent === undefined ? fallback : refOf(agent)
  if (object === undefined) return []
  const since = earliest([
    ...pods.map((one) => one.since),
    ...nodes.map((one) => one.at),
    ...events.map((event) => event.firstSeen),
  ])
  const evidence: readonly Observation[] = [
    ...pods.slice(0, 2).map((one) => observe('status', refOf(one.pod), `not ready: ${one.why}`, one.since)),
    ...agentLog(view, pods),
    ...nodes
      .slice(0, 2)
      .map((one) => observe('status', { apiVersion: 'v1', kind: 'Node', name: one.node }, one.text, one.at)),
    ...events.slice(-3).map((event) => observeEvent({ ...object, ...victimRef(event) }, event)),
  ]
  return [
    {
      code: 'cni-failing',
      severity: 'critical',
      object,
      summary: summaryOf(agent?.metadata.name ?? pluginIn(events) ?? 'CNI', pods, nodes, events),
      evidence,
      confidence: nodes.length > 0 ? 0.94 : pods.length > 0 ? 0.9 : 0.84,
      affects: [
        ...victims(view, events),
        ...strandedOn(view, pods),
        ...nodes.map((one) => ({ apiVersion: 'v1', kind: 'Node', name: one.node })),
      ],
      ...(since === undefined ? {} : { since }),
      fix: [
        ...(agent === undefined
          ? []
          : [
              `kubectl -n ${agent.metadata.namespace ?? ''} get pods -o wide | grep ${agent.metadata.name}`,
              `kubectl -n ${agent.metadata.namespace ?? ''} logs daemonset/${agent.metadata.name} --tail=50`,
            ]),
        'Correct what the agent reports; pods get their network by themselves afterwards.',
      ],
      facts: node === undefined ? {} : { node },
    },
  ]
}

/** Pods beside a failing agent whose connections time out. */
const strandedOn = (view: ClusterView, failing: readonly FailingAgent[]): readonly ObjectRef[] => {
  const nodes = new Set(failing.map((one) => one.node))
  if (nodes.size === 0) return []
  return failedFlows(view).flatMap(({ pod, kind }) =>
    kind === 'timeout' && pod.spec?.hostNetwork !== true && nodes.has(pod.spec?.nodeName ?? '') ? [refOf(pod)] : [],
  )
}

const victimRef = (event: Event): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...(event.regarding.namespace === undefined ? {} : { namespace: event.regarding.namespace }),
  name: event.regarding.name ?? '',
})

const victims = (view: ClusterView, events: readonly Event[]): readonly ObjectRef[] => {
  const found = new Map<string, ObjectRef>()
  for (const event of events) {
    const pod = view.get('Pod', event.regarding.namespace, event.regarding.name ?? '')
    const ref = pod === undefined ? victimRef(event) : view.workloadOf(pod).ref
    found.set(`${ref.kind}/${ref.namespace ?? ''}/${ref.name}`, ref)
  }
  return [...found.values()]
}

/** The pod network: sandboxes that get no network, nodes without one, and failing agents. Used-up addresses are another check's. */
export const analyzer: Analyzer = { id: 'cni', codes: ['cni-failing'], needs: ['pods', 'nodes', 'events'], analyze }
