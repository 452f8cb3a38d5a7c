import type { Finding } from '../domain/finding.ts'
import { type DaemonSet, refOf } from '../domain/kubernetes.ts'
import { decisive, quote, readLog } from '../domain/log-lines.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { earliest } from '../domain/time.ts'
import { count, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { failingAgents } from './reading/node-agents.ts'

const isProxy = (agent: DaemonSet): boolean =>
  /^kube-proxy(?:-.*)?$/.test(agent.metadata.name) &&
  ['kube-system', 'openshift-sdn'].includes(agent.metadata.namespace ?? '')

const check = (view: ClusterView, agent: DaemonSet): Finding | undefined => {
  const object = refOf(agent)
  const failing = failingAgents(view, agent, false)
  const [first] = failing
  if (first === undefined) return undefined
  const nodes = failing.map((one) => one.node).filter((node) => node !== '')
  const since = earliest(failing.map((one) => one.since))
  const logs = view.logs(first.pod.metadata.namespace ?? '', first.pod.metadata.name)
  const said = logs.flatMap((log) => decisive(readLog(log.text), 1)).at(-1)
  const event = view.eventsFor(refOf(first.pod)).findLast((one) => one.type === 'Warning')
  const desired = agent.status?.desiredNumberScheduled ?? failing.length
  return {
    code: 'kube-proxy-down',
    severity: 'critical',
    object,
    summary: `kube-proxy does not run on ${some(nodes, 3) || count(failing.length, 'node')} (${failing.length} of ${desired}): ${first.why}${said === undefined ? '' : `: ${quote(said.text, 140)}`}; Services do not work from there`,
    evidence: [
      observe('status', refOf(first.pod), `not ready: ${first.why}`, first.since),
      ...(said === undefined ? [] : [observe('log', refOf(first.pod), said.text)]),
      ...(event === undefined ? [] : [observeEvent(refOf(first.pod), event)]),
      observe('status', object, `${agent.status?.numberReady ?? '?'} of ${desired} ready`),
    ],
    confidence: 0.9,
    affects: [
      ...failing.map((one) => refOf(one.pod)),
      ...nodes.map((name) => ({ apiVersion: 'v1', kind: 'Node', name })),
    ],
    ...(since === undefined ? {} : { since }),
    dependsOn: (agent.spec?.template?.spec?.volumes ?? []).flatMap((volume) =>
      volume.configMap?.name === undefined
        ? []
        : [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: object.namespace ?? '', name: volume.configMap.name }],
    ),
    fix: [
      `kubectl -n ${object.namespace ?? ''} logs ${first.pod.metadata.name} --previous`,
      `kubectl -n ${object.namespace ?? ''} rollout history daemonset/${object.name}`,
    ],
    facts: { node: first.node },
  }
}

/** kube-proxy pods that fail on nodes which are up: Services are dead or frozen there. */
export const analyzer: Analyzer = {
  id: 'kube-proxy',
  codes: ['kube-proxy-down'],
  needs: ['daemonsets', 'pods'],
  analyze: (view) =>
    view
      .all('DaemonSet')
      .filter(isProxy)
      .flatMap((agent) => check(view, agent) ?? []),
}
