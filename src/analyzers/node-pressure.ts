import { conditionOf } from '../domain/at.ts'
import type { CauseCode } from '../domain/cause.ts'
import { isOwnLimit, parseEviction } from '../domain/eviction.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Node, type Pod, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { bytesText } from '../domain/quantity.ts'
import { earliest, within } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { type Use, usersOf } from './reading/node-usage.ts'
import { oncePerView } from './reading/once-per-view.ts'
import { isUnscheduled } from './reading/unscheduled-pods.ts'

type Kind = {
  readonly code: CauseCode
  readonly condition: string
  readonly noun: string
  /** Resources of eviction messages that belong to it. */
  readonly resources: RegExp
  readonly use: 'memory' | 'disk' | 'pids'
  readonly event: RegExp
}

const kinds: readonly Kind[] = [
  {
    code: 'node-memory-pressure',
    condition: 'MemoryPressure',
    noun: 'memory',
    resources: /^memory$/,
    use: 'memory',
    event: /NodeHasMemoryPressure|SystemOOM|EvictionThresholdMet.*memory/,
  },
  {
    code: 'node-disk-pressure',
    condition: 'DiskPressure',
    noun: 'disk (ephemeral-storage)',
    resources: /^(?:ephemeral-storage|nodefs|imagefs|containerfs|inodes)/,
    use: 'disk',
    event: /NodeHasDiskPressure|FreeDiskSpaceFailed|ImageGCFailed|EvictionThresholdMet.*(?:storage|inodes)/,
  },
  {
    code: 'node-pid-pressure',
    condition: 'PIDPressure',
    noun: 'process ids',
    resources: /^pids?$/,
    use: 'pids',
    event: /NodeHasInsufficientPID|NodeHasPIDPressure|EvictionThresholdMet.*pid/,
  },
]

type Evicted = { readonly pod: Pod; readonly message: string; readonly at?: string }

const evictedPods = oncePerView((view) => view.all('Pod').filter((pod) => pod.status?.reason === 'Evicted'))

const evictionsOn = (view: ClusterView, node: Node, kind: Kind): readonly Evicted[] =>
  evictedPods(view).flatMap((pod) => {
    const message = pod.status?.message ?? ''
    if (pod.spec?.nodeName !== node.metadata.name || isOwnLimit(message)) return []
    const eviction = parseEviction(message)
    const named = new RegExp(`had condition: \\[[^\\]]*${kind.condition}`).test(message)
    if (!named && (eviction === undefined || !kind.resources.test(eviction.resource))) return []
    const at =
      conditionOf(pod.status?.conditions, 'DisruptionTarget')?.lastTransitionTime ??
      view.eventsFor(refOf(pod)).findLast((event) => event.reason === 'Evicted')?.lastSeen ??
      pod.status?.startTime
    return [{ pod, message, ...(at === undefined ? {} : { at }) }]
  })

const usesText = (uses: readonly Use[], kind: Kind): string =>
  uses
    .slice(0, 3)
    .map(
      (one) =>
        `${one.workload.namespace}/${one.workload.name}${one.amount === undefined ? '' : ` ${kind.use === 'pids' ? one.amount : bytesText(one.amount)}`}`,
    )
    .join(', ')

const eventsOn = (view: ClusterView, node: Node, kind: Kind): readonly Observation[] =>
  view
    .eventsFor(refOf(node))
    .filter((event) => kind.event.test(`${event.reason ?? ''} ${event.note ?? ''}`))
    .slice(-3)
    .map((event) => ({
      kind: 'event',
      about: refOf(node),
      text: `${event.reason ?? ''}: ${short(event.note ?? '')}`,
      ...(event.lastSeen === undefined ? {} : { at: event.lastSeen }),
    }))

const affectedBy = (view: ClusterView, node: Node, kind: Kind, evicted: readonly Evicted[]): readonly ObjectRef[] => {
  const taint = node.spec?.taints?.some((one) =>
    one.key?.endsWith(`${kind.condition.replace('Pressure', '').toLowerCase()}-pressure`),
  )
  const waiting = taint === true ? view.all('Pod').filter(isUnscheduled) : []
  const refs = [...evicted.map(({ pod }) => pod), ...waiting].flatMap((pod) => [refOf(pod), view.workloadOf(pod).ref])
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()]
}

const fixFor = (kind: Kind, node: string, top: Use | undefined): readonly string[] => {
  const who =
    top === undefined ? 'what uses most' : `${top.workload.kind} ${top.workload.namespace}/${top.workload.name}`
  if (kind.use === 'memory') {
    return [
      `Give ${who} a memory request and limit that fit its use, or move it: kubectl top pods -A --sort-by=memory`,
      `See the node: kubectl describe node ${node} | grep -A10 "Allocated resources"`,
    ]
  }
  if (kind.use === 'disk') {
    return [
      `Find what fills the disk (most likely ${who}): on ${node}: df -h /var/lib/kubelet /var/lib/containerd; du -xsh /var/lib/kubelet/pods/* /var/log/pods/* | sort -h | tail`,
      'Stop it from writing, give it limits.ephemeral-storage, and remove unused images: crictl rmi --prune',
      'The kubelet clears the taint by itself once space is free; removing it by hand does not help.',
    ]
  }
  return [
    `Find the process that forks (most likely ${who}): on ${node}: ps -eo ppid= | sort | uniq -c | sort -n | tail`,
    'Set podPidsLimit of the kubelet.',
  ]
}

const findingOf = (view: ClusterView, node: Node, kind: Kind): Finding | undefined => {
  const condition = conditionOf(node.status?.conditions, kind.condition)
  const under = condition?.status === 'True'
  const evicted = evictionsOn(view, node, kind)
  const recent = evicted.filter((one) => within(one.at, view.now, 1800))
  const systemOom =
    kind.use === 'memory' &&
    view.eventsFor(refOf(node)).some((event) => event.reason === 'SystemOOM' && within(event.lastSeen, view.now, 1800))
  if (!under && recent.length === 0 && !systemOom) return undefined
  const uses = usersOf(
    view,
    node,
    kind.use,
    evicted.map(({ pod }) => pod),
  )
  const [top] = uses
  const name = node.metadata.name
  const state = under ? `is under ${kind.condition} (low on ${kind.noun})` : `ran low on ${kind.noun}`
  const gone =
    evicted.length === 0
      ? ''
      : `; evicted ${count(evicted.length, 'pod')} (${some(evicted.map(({ pod }) => pod.metadata.name))})`
  const most = uses.length === 0 ? '' : `; uses most: ${usesText(uses, kind)}`
  const since = (under ? condition?.lastTransitionTime : undefined) ?? earliest(recent.map((one) => one.at))
  const status: Observation[] = under
    ? [
        {
          kind: 'status',
          about: refOf(node),
          text: `${kind.condition} is True: ${short(condition?.message ?? condition?.reason ?? '')}`,
          ...(condition?.lastTransitionTime === undefined ? {} : { at: condition.lastTransitionTime }),
        },
      ]
    : []
  const evictions = evicted.slice(0, 3).map(
    ({ pod, message, at }): Observation => ({
      kind: 'status',
      about: refOf(pod),
      text: `Evicted: ${short(message, 300)}`,
      ...(at === undefined ? {} : { at }),
    }),
  )
  const measured = uses
    .slice(0, 3)
    .map((one): Observation => ({ kind: one.measured ? 'metric' : 'computed', about: one.workload, text: one.text }))
  return {
    code: kind.code,
    severity: under ? 'critical' : 'warning',
    object: refOf(node),
    summary: `Node ${name} ${state}${gone}${most}`,
    evidence: [...status, ...evictions, ...eventsOn(view, node, kind), ...measured],
    confidence: under ? 0.97 : 0.85,
    affects: affectedBy(view, node, kind, evicted),
    ...(since === undefined ? {} : { since }),
    ...(top === undefined ? {} : { contributing: [top.text] }),
    fix: fixFor(kind, name, top),
    prevention: ['Set requests and limits for memory and ephemeral-storage on every container of this node pool.'],
    facts: { node: name, ...(top === undefined ? {} : { consumer: top.workload.name }) },
  }
}

/** Nodes low on memory, disk or process ids, with what they evicted and who uses most. */
export const analyzer: Analyzer = {
  id: 'node-pressure',
  codes: ['node-memory-pressure', 'node-disk-pressure', 'node-pid-pressure'],
  needs: ['nodes', 'pods', 'events'],
  analyze: (view) => view.all('Node').flatMap((node) => kinds.flatMap((kind) => findingOf(view, node, kind) ?? [])),
}
