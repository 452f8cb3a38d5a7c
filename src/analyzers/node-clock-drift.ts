import { conditionOf } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Node, type Pod, refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { secondsSince, timeOf } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

/** Less than this may be a slow list, or the second in which something was written. */
const tolerance = 90

type Sign = { readonly seconds: number; readonly observation: Observation }
type Start = { readonly pod: Pod; readonly at: string; readonly made: string; readonly seconds: number }

const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined

// The API server stamps the creation, the kubelet the start: nothing starts before it is made.
const startOf = (pod: Pod): Start | undefined => {
  const made = pod.metadata.creationTimestamp
  const at = pod.status?.startTime
  if (made === undefined || at === undefined || isMirror(pod)) return undefined
  return { pod, at, made, seconds: -(secondsSince(at, made) ?? 0) }
}

const startedTooEarly = ({ pod, at, made, seconds }: Start): Sign => ({
  seconds,
  observation: observe(
    'computed',
    refOf(pod),
    `the kubelet says that ${pod.metadata.name} started at ${at}, the API server that it was made at ${made}`,
    at,
  ),
})

// Go names the time at which it found a certificate not valid yet: where that lies before the pod was made, the clock is behind.
const readTooEarly = (view: ClusterView, pod: Pod): Sign | undefined => {
  for (const log of view.logs(pod.metadata.namespace ?? '', pod.metadata.name)) {
    const found = /current time (\d{4}-\d\d-\d\dT[\d:]{8}Z) is before \d{4}-/.exec(log.text.slice(-65_536))
    const [read, made] = [timeOf(found?.[1]), timeOf(pod.metadata.creationTimestamp)]
    if (found?.[1] === undefined || read === undefined || made === undefined || read >= made) continue
    return {
      seconds: (read - made) / 1000,
      observation: observe(
        'log',
        refOf(pod),
        `${log.container} read the time ${found[1]} though its pod was made at ${pod.metadata.creationTimestamp ?? ''}: ${short(found[0], 120)}`,
        found[1],
      ),
    }
  }
  return undefined
}

const heartbeatAhead = (view: ClusterView, node: Node): Sign | undefined => {
  const at = conditionOf(node.status?.conditions, 'Ready')?.lastHeartbeatTime
  const seconds = -(secondsSince(at, view.now) ?? 0)
  return at === undefined || seconds < tolerance
    ? undefined
    : { seconds, observation: observe('status', refOf(node), `last heartbeat at ${at}, read at ${view.now}`, at) }
}

/** What shows that the clock of a node is off, the newest first; empty where its newest pods show that it is right. */
const signsOf = (view: ClusterView, node: Node, pods: readonly Pod[]): readonly Sign[] => {
  const starts = pods.flatMap((pod) => startOf(pod) ?? []).sort((a, b) => (a.at < b.at ? 1 : -1))
  const off = (starts[0]?.seconds ?? 0) <= -tolerance ? starts.filter(({ seconds }) => seconds <= -tolerance) : []
  const behind = off.map(startedTooEarly)
  const read = pods
    .flatMap((pod) => readTooEarly(view, pod) ?? [])
    .filter(({ seconds }) => seconds <= -tolerance)
    .slice(0, 2)
  const ahead = heartbeatAhead(view, node)
  return [...read, ...behind, ...(ahead === undefined ? [] : [ahead])]
}

const findingOf = (view: ClusterView, node: Node, signs: readonly Sign[]): Finding | undefined => {
  const [first] = signs
  if (first === undefined || (signs.length < 2 && first.observation.kind !== 'log')) return undefined
  const object = refOf(node)
  const name = node.metadata.name
  const minutes = Math.max(1, Math.round(Math.abs(first.seconds) / 60))
  const pods = view.all('Pod').filter((pod) => pod.spec?.nodeName === name && pod.status?.phase === 'Running')
  return {
    code: 'node-clock-drift',
    severity: 'warning',
    object,
    summary: `The clock of node ${name} is about ${count(minutes, 'minute')} ${first.seconds < 0 ? 'behind' : 'ahead of'} that of the API server: certificates and tokens are judged wrongly there, and times in logs mislead`,
    evidence: signs.slice(0, 4).map(({ observation }) => observation),
    confidence: signs.length >= 3 || first.observation.kind === 'log' ? 0.9 : 0.8,
    affects: pods.map(refOf),
    fix: [
      `On ${name}: chronyc tracking (or timedatectl); systemctl restart chronyd`,
      `If the time source cannot be reached, open UDP 123 for it, and keep new pods away meanwhile: kubectl cordon ${name}`,
    ],
    prevention: ['Alert on node_timex_offset_seconds and on node_timex_sync_status.'],
    facts: { node: name, driftSeconds: Math.round(first.seconds) },
  }
}

/**
 * Nodes whose clock differs from that of the API server, by stamps that both of them set. Where most nodes seem off, the other
 * clock is the wrong one, or the time of reading was: nothing is said then.
 */
export const analyzer: Analyzer = {
  id: 'node-clock-drift',
  codes: ['node-clock-drift'],
  needs: ['nodes', 'pods'],
  analyze: (view) => {
    const nodes = view.all('Node')
    const byNode = new Map<string, Pod[]>()
    for (const pod of view.all('Pod')) {
      const name = pod.spec?.nodeName
      if (name === undefined) continue
      const here = byNode.get(name)
      if (here === undefined) byNode.set(name, [pod])
      else here.push(pod)
    }
    const off = nodes
      .map((node) => ({ node, signs: signsOf(view, node, byNode.get(node.metadata.name) ?? []) }))
      .filter(({ signs }) => signs.length > 0)
    if (nodes.length < 2 || off.length * 2 > nodes.length) return []
    return off.flatMap(({ node, signs }) => findingOf(view, node, signs) ?? [])
  },
}
