import { conditionOf } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type Node, refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { refKey } from '../domain/object.ts'
import { untolerated } from '../domain/taint.ts'
import { lasted } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isUnscheduled } from './reading/unscheduled-pods.ts'
import { isReady } from './reading/workload-health.ts'

type Cause = { readonly text: string; readonly fix: readonly string[]; readonly network?: boolean }

const onNode = (node: Node, unit: string): string =>
  `On ${node.metadata.name}: systemctl status ${unit}; journalctl -u ${unit} --since "-1h" | tail -50`

const causeOf = (node: Node, ready: Condition): Cause => {
  const message = ready.message ?? ''
  if (ready.status === 'Unknown' || /stopped posting/i.test(message)) {
    return {
      text: 'the kubelet stopped posting its status: the machine is down or cut off, or the kubelet does not run',
      fix: [
        `Check the machine first (cloud console, ping${node.spec?.providerID === undefined ? '' : `; ${node.spec.providerID}`})`,
        onNode(node, 'kubelet'),
      ],
    }
  }
  if (/NetworkPluginNotReady|NetworkReady=false|cni (?:plugin|config)/i.test(message)) {
    return {
      text: 'the network plug-in is not ready (no CNI configuration)',
      fix: [
        `See the network agent of this node: kubectl get pods -A -o wide --field-selector spec.nodeName=${node.metadata.name} | grep -E "calico|cilium|flannel|aws-node|weave|antrea|ovn|kindnet|canal"`,
        `On ${node.metadata.name}: ls /etc/cni/net.d`,
      ],
      network: true,
    }
  }
  if (/PLEG is not healthy/i.test(message)) {
    return {
      text: 'PLEG is not healthy: the container runtime answers too slowly (too many containers, slow disk, or it hangs)',
      fix: [onNode(node, 'containerd'), `On ${node.metadata.name}: crictl ps | wc -l; iostat -x 1 3`],
    }
  }
  if (
    /container runtime (?:is down|status check|network not ready)|runtime (?:is )?(?:down|not ready)/i.test(message)
  ) {
    return { text: 'the container runtime is down', fix: [onNode(node, 'containerd'), onNode(node, 'kubelet')] }
  }
  if (/shutting down/i.test(message)) {
    return { text: 'the node is shutting down', fix: ['Wait for it to come back, or drain and replace it.'] }
  }
  if (/CSINode is not yet initialized/i.test(message)) {
    return { text: 'its CSINode is not initialised', fix: [onNode(node, 'kubelet')] }
  }
  return {
    text: message === '' ? (ready.reason ?? 'Ready is not True') : short(message),
    fix: [onNode(node, 'kubelet')],
  }
}

const networkAgent =
  /calico-node|cilium|kube-flannel|aws-node|weave-net|antrea-agent|ovnkube|kindnet|canal|azure-cni|kube-router/

const agentsOn = (view: ClusterView, node: Node): readonly ObjectRef[] => {
  const found = new Map<string, ObjectRef>()
  for (const pod of view.all('Pod')) {
    if (pod.spec?.nodeName !== node.metadata.name || !networkAgent.test(pod.metadata.name) || isReady(pod)) continue
    const { ref } = view.workloadOf(pod)
    found.set(refKey(ref), ref)
  }
  return [...found.values()]
}

// Pods on it that no longer serve, and pods that would go there if they could.
const victimsOf = (view: ClusterView, node: Node): readonly ObjectRef[] =>
  view
    .all('Pod')
    .filter((pod) => {
      if (pod.status?.phase === 'Succeeded') return false
      if (pod.spec?.nodeName === node.metadata.name)
        return !isReady(pod) || pod.metadata.deletionTimestamp !== undefined
      return isUnscheduled(pod) && untolerated(node.spec?.taints, pod.spec?.tolerations).length > 0
    })
    .map(refOf)

const evidenceOf = (view: ClusterView, node: Node, ready: Condition): readonly Observation[] => {
  const about = refOf(node)
  const beat = ready.lastHeartbeatTime === undefined ? '' : `; last heartbeat ${ready.lastHeartbeatTime}`
  const status: Observation = {
    kind: 'status',
    about,
    text: `Ready is ${ready.status ?? '?'} (${ready.reason ?? '?'}): ${short(ready.message ?? '', 300)}${beat}`,
    ...(ready.lastTransitionTime === undefined ? {} : { at: ready.lastTransitionTime }),
  }
  const told = view
    .eventsFor(about)
    .filter((event) => event.type === 'Warning' || event.reason === 'NodeNotReady')
    .slice(-3)
    .map(
      (event): Observation => ({
        kind: 'event',
        about,
        text: `${event.reason ?? ''}: ${short(event.note ?? '')}`,
        ...(event.lastSeen === undefined ? {} : { at: event.lastSeen }),
      }),
    )
  return [status, ...told]
}

const findingOf = (view: ClusterView, node: Node): Finding | undefined => {
  const ready = conditionOf(node.status?.conditions, 'Ready')
  if (ready === undefined || ready.status === 'True') return undefined
  // A node that has just joined is not ready until its network is set up.
  const young = !lasted(node.metadata.creationTimestamp, view.now, 180)
  if (young && ready.status === 'False') return undefined
  const cause = causeOf(node, ready)
  const victims = victimsOf(view, node)
  const agents = cause.network === true ? agentsOn(view, node) : []
  const name = node.metadata.name
  return {
    code: 'node-not-ready',
    severity: 'critical',
    object: refOf(node),
    summary: `Node ${name} is NotReady: ${cause.text}${victims.length === 0 ? '' : `; ${count(victims.length, 'pod')} affected`}`,
    evidence: evidenceOf(view, node, ready),
    confidence: 0.97,
    affects: victims,
    ...(ready.lastTransitionTime === undefined ? {} : { since: ready.lastTransitionTime }),
    ...(agents.length === 0 ? {} : { dependsOn: agents }),
    fix: [
      ...cause.fix,
      `If it does not come back: kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data, then replace the machine.`,
    ],
    facts: { node: name },
  }
}

/** Nodes whose kubelet says NotReady or says nothing any more, with the reason told apart. */
export const analyzer: Analyzer = {
  id: 'node-not-ready',
  codes: ['node-not-ready'],
  needs: ['nodes'],
  analyze: (view) => view.all('Node').flatMap((node) => findingOf(view, node) ?? []),
}
