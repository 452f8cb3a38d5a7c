import { conditionsAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { latest, timeOf, within } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { controlPlanePods, troubleOf } from './reading/control-plane.ts'

type Sign = {
  readonly kind: 'space' | 'quorum' | 'disk' | 'down'
  readonly observation: Observation
  readonly weight: number
}

const space = /database space exceeded|alarm:\s?NOSPACE|NOSPACE|etcdserver: no space/i
const quorum =
  /etcdserver: no leader|lost leader|has no leader|leader changed|is unhealthy:.{0,80}failed to connect|raft.{0,40}no leader|etcdserver: request timed out|etcdserver: leader changed|lost the TCP streaming connection|failed to reach the peer|prober detected unhealthy status/i
const disk =
  /slow fdatasync|leader failed to send out heartbeat on time|apply request took too long|likely from slow disk|apply entries took too long|slow disk/i

const meanings: Readonly<Record<Sign['kind'], { readonly text: string; readonly fix: readonly string[] }>> = {
  space: {
    text: 'its database is full (NOSPACE), so the cluster cannot be written to',
    fix: [
      'etcdctl endpoint status --write-out=table; etcdctl alarm list',
      'Compact and defragment (etcdctl compact <revision>, etcdctl defrag), then etcdctl alarm disarm; raise --quota-backend-bytes if the data is real.',
    ],
  },
  quorum: {
    text: 'it has no stable leader or has lost members',
    fix: [
      'etcdctl member list; etcdctl endpoint health --cluster',
      'Bring the missing members back (node, disk, certificates, network between peers); keep a snapshot before any forced new cluster.',
    ],
  },
  disk: {
    text: 'its disk is too slow',
    fix: [
      'Check the fsync latency (etcd_disk_wal_fsync_duration_seconds p99 should be below 10 ms).',
      'Move etcd to a fast disk of its own.',
    ],
  },
  down: {
    text: 'a member does not run',
    fix: [
      'On the node: crictl logs <etcd container>; check /etc/kubernetes/manifests/etcd.yaml, disk and certificates.',
    ],
  },
}

const kindOf = (text: string): Sign['kind'] | undefined =>
  space.test(text) ? 'space' : quorum.test(text) ? 'quorum' : disk.test(text) ? 'disk' : undefined

const logSigns = (view: ClusterView, pod: Pod, own: boolean): readonly Sign[] =>
  view.logs(pod.metadata.namespace ?? '', pod.metadata.name).flatMap((log) => {
    const found = new Map<Sign['kind'], { line: string; times: number }>()
    for (const line of log.text.split('\n').slice(-1500)) {
      const kind = /etcd|mvcc|raft|alarm|heartbeat|fdatasync|apply (?:request|entries)/i.test(line)
        ? kindOf(line)
        : undefined
      if (kind === undefined) continue
      found.set(kind, { line, times: (found.get(kind)?.times ?? 0) + 1 })
    }
    // A slow apply or a changed leader now and then is life; a full database never is.
    return [...found].flatMap(([kind, { line, times }]) => {
      const needed = kind === 'space' ? 1 : kind === 'disk' ? 5 : 3
      if (times < needed) return []
      return [
        { kind, weight: own ? 3 : 2, observation: observe('log', refOf(pod), `${line.trim()} (${times} such lines)`) },
      ]
    })
  })

const eventSigns = (view: ClusterView): readonly Sign[] =>
  view.all('Event').flatMap((event) => {
    const note = event.note ?? ''
    const kind = /etcd/i.test(note) ? kindOf(note) : undefined
    if (kind === undefined || !within(event.lastSeen, view.now, 1800)) return []
    const about: ObjectRef = {
      apiVersion: event.regarding.apiVersion ?? 'v1',
      kind: event.regarding.kind ?? '',
      name: event.regarding.name ?? '',
      ...(event.regarding.namespace === undefined ? {} : { namespace: event.regarding.namespace }),
    }
    return [{ kind, weight: 2, observation: observeEvent(about, event) }]
  })

const metricSigns = (view: ClusterView): readonly Sign[] => {
  const about = component
  const last = (metric: string) => view.series(metric).flatMap((series) => series.points.slice(-1))
  const leaderless = last('etcd_server_has_leader').find(([, value]) => value === 0)
  const slow = last('etcd_disk_wal_fsync_duration_seconds').find(([, value]) => value > 0.1)
  return [
    ...(leaderless === undefined
      ? []
      : [
          {
            kind: 'quorum' as const,
            weight: 3,
            observation: observe('metric', about, 'etcd_server_has_leader is 0', leaderless[0]),
          },
        ]),
    ...(slow === undefined
      ? []
      : [
          {
            kind: 'disk' as const,
            weight: 2,
            observation: observe('metric', about, `WAL fsync takes ${slow[1]} s`, slow[0]),
          },
        ]),
  ]
}

/** ComponentStatus is old and often wrong about other components; for etcd it is a real health check. */
const statusSigns = (view: ClusterView): readonly Sign[] =>
  view.list('ComponentStatus').flatMap((status) => {
    const healthy = conditionsAt(status, 'conditions').find((one) => one.type === 'Healthy')
    if (!status.metadata.name.startsWith('etcd') || healthy?.status !== 'False') return []
    return [
      {
        kind: 'quorum' as const,
        weight: 2,
        observation: observe('status', refOf(status), `Healthy is False: ${healthy.message ?? ''}`),
      },
    ]
  })

const component: ObjectRef = { apiVersion: 'v1', kind: 'Component', namespace: 'kube-system', name: 'etcd' }

const systemNamespaces: readonly string[] = ['kube-system', 'openshift-etcd']

const isMember = (pod: Pod): boolean =>
  (pod.metadata.labels?.['component'] === 'etcd' && systemNamespaces.includes(pod.metadata.namespace ?? '')) ||
  (pod.metadata.namespace === 'kube-system' &&
    /^etcd-/.test(pod.metadata.name) &&
    (pod.spec?.containers ?? []).some((one) => one.name === 'etcd'))

const downSigns = (members: readonly Pod[], now: string): readonly (Sign & { readonly pod: Pod })[] =>
  members.flatMap((pod) => {
    const trouble = troubleOf(pod)
    const since = latest(
      (pod.status?.conditions ?? []).filter((one) => one.type === 'Ready').map((one) => one.lastTransitionTime),
    )
    if (trouble === undefined || (timeOf(since) !== undefined && within(since, now, 60))) return []
    return [{ kind: 'down' as const, weight: 3, pod, observation: observe('status', refOf(pod), trouble, since) }]
  })

const analyze = (view: ClusterView): readonly Finding[] => {
  const members = controlPlanePods(view, 'etcd').filter(isMember)
  const down = downSigns(members, view.now)
  const signs: readonly Sign[] = [
    ...members.flatMap((pod) => logSigns(view, pod, true)),
    ...controlPlanePods(view, 'kube-apiserver').flatMap((pod) => logSigns(view, pod, false)),
    ...eventSigns(view),
    ...metricSigns(view),
    ...statusSigns(view),
    ...down,
  ]
  const order: readonly Sign['kind'][] = ['space', 'quorum', 'down', 'disk']
  const kind = order.find((one) => signs.some((sign) => sign.kind === one))
  if (kind === undefined) return []
  const mine = [...signs.filter((sign) => sign.kind === kind), ...signs.filter((sign) => sign.kind !== kind)]
  const told = members.filter((pod) => mine.some((sign) => sign.observation.about.name === pod.metadata.name))
  const lost = down.map((one) => one.pod)
  const [culprit] = lost.length > 0 ? lost : told.length > 0 ? told : members
  const object = culprit === undefined ? component : refOf(culprit)
  const [first] = mine
  const meaning = meanings[kind]
  const health = lost.length > 0 ? ` (${lost.length} of ${count(members.length, 'member')} down)` : ''
  return [
    {
      code: 'etcd-unhealthy',
      severity: kind === 'disk' ? 'warning' : 'critical',
      object,
      summary: `etcd is unhealthy: ${meaning.text}${health}: ${short(first?.observation.text ?? '', 200)}`,
      evidence: mine.slice(0, 6).map((sign) => sign.observation),
      confidence: Math.min(
        0.96,
        0.72 + 0.08 * Math.max(...mine.map((sign) => sign.weight)) + (mine.length > 1 ? 0.04 : 0),
      ),
      dependsOn: lost.flatMap((pod) =>
        pod.spec?.nodeName === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: pod.spec.nodeName }],
      ),
      fix: meaning.fix,
      prevention: ['Alert on etcd database size, leader changes and fsync latency; take snapshots.'],
      facts: { reason: kind },
    },
  ]
}

/** etcd: full, without quorum, slow or down, from its own log, the API server's, events, metrics and ComponentStatus. */
export const analyzer: Analyzer = { id: 'etcd', codes: ['etcd-unhealthy'], needs: [], analyze }
