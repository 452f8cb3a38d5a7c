import { textAt, trueAt } from '../domain/at.ts'
import { cidrContains } from '../domain/cidr.ts'
import { sandboxReason, saysNoAddress } from '../domain/ip-exhaustion.ts'
import { type Event, type KubeObject, type Pod, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { earliest, within } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

type Starved = { readonly pod: Pod; readonly event: Event }

// Still true: the pod has no address yet, and the kubelet said so within the last hour.
const starvedPods = (view: ClusterView): readonly Starved[] => {
  const byPod = new Map<string, Starved>()
  for (const event of view.eventsByReason('FailedCreatePodSandBox')) {
    if (!saysNoAddress(event.note) || !within(event.lastSeen, view.now, 3600)) continue
    const pod = view.get('Pod', event.regarding.namespace, event.regarding.name ?? '')
    if (pod !== undefined && pod.status?.podIP === undefined) byPod.set(refKey(refOf(pod)), { pod, event })
  }
  return [...byPod.values()]
}

const addressesOf = (pod: Pod): readonly string[] => {
  const all = (pod.status?.podIPs ?? []).flatMap((one) => one.ip ?? [])
  return all.length > 0 ? all : pod.status?.podIP === undefined ? [] : [pod.status.podIP]
}

/** A range that addresses come from, and how much of it is in use as far as pods show. */
type Range = { readonly cidr: string; readonly size?: number; readonly users: readonly Pod[] }

const rangeOf = (view: ClusterView, cidr: string): Range => {
  const prefix = Number(cidr.split('/')[1])
  const bits = cidr.includes(':') ? 128 : 32
  const users = view
    .all('Pod')
    .filter((pod) => pod.spec?.hostNetwork !== true && addressesOf(pod).some((ip) => cidrContains(cidr, ip)))
  return { cidr, users, ...(Number.isInteger(prefix) && bits - prefix <= 40 ? { size: 2 ** (bits - prefix) } : {}) }
}

const loudest = (view: ClusterView, users: readonly Pod[]): string | undefined => {
  const counts = new Map<string, { readonly ref: ObjectRef; pods: number }>()
  for (const pod of users) {
    const ref = view.workloadOf(pod).ref
    const known = counts.get(refKey(ref))
    if (known === undefined) counts.set(refKey(ref), { ref, pods: 1 })
    else known.pods += 1
  }
  const most = [...counts.values()].sort((a, b) => b.pods - a.pods)[0]
  return most === undefined || most.pods < 2 ? undefined : `${refText(most.ref)} holds ${most.pods} of them`
}

type Source = {
  readonly object: ObjectRef
  readonly named: string
  readonly range?: Range
  readonly notes: readonly string[]
}

const calicoSource = (view: ClusterView): Source | undefined => {
  const pools = view.list('IPPool', 'crd.projectcalico.org').concat(view.list('IPPool', 'projectcalico.org'))
  const usable = pools.filter((pool) => !trueAt(pool, 'spec', 'disabled'))
  const ranges = usable.flatMap((pool: KubeObject) => {
    const cidr = textAt(pool, 'spec', 'cidr')
    return cidr === undefined ? [] : [{ pool, range: rangeOf(view, cidr) }]
  })
  const [fullest] = [...ranges].sort((a, b) => (a.range.size ?? Infinity) - (b.range.size ?? Infinity))
  if (fullest === undefined) return undefined
  const off = pools.filter((pool) => trueAt(pool, 'spec', 'disabled')).map((pool) => pool.metadata.name)
  const strict = view.list('IPAMConfig').some((one) => trueAt(one, 'spec', 'strictAffinity'))
  const object = refOf(fullest.pool)
  return {
    object,
    named: `IPPool ${object.name} (${fullest.range.cidr}, ${fullest.range.size ?? '?'} addresses)`,
    range: fullest.range,
    notes: [
      ...(off.length === 0 ? [] : [`IPPool ${some(off)} is disabled, so its addresses are not given out`]),
      ...(strict ? ['strictAffinity is on: a node never borrows addresses from the block of another'] : []),
    ],
  }
}

const nodeSource = (view: ClusterView, starved: readonly Starved[]): Source => {
  const names = [...new Set(starved.flatMap(({ pod }) => pod.spec?.nodeName ?? []))].sort()
  const node = names.map((name) => view.get('Node', undefined, name)).find((one) => one !== undefined)
  const cidr = node?.spec?.podCIDR
  const name = node?.metadata.name ?? names[0] ?? 'unknown'
  return {
    object: node === undefined ? { apiVersion: 'v1', kind: 'Node', name } : refOf(node),
    named: `${names.length > 1 ? `nodes ${some(names)}` : `node ${name}`}${cidr === undefined ? '' : ` (podCIDR ${cidr})`}`,
    ...(cidr === undefined ? {} : { range: rangeOf(view, cidr) }),
    notes: [],
  }
}

const fixFor = (object: ObjectRef): readonly string[] =>
  object.kind === 'IPPool'
    ? [
        `See what is in use: calicoctl ipam show --show-blocks; kubectl get ippools.crd.projectcalico.org ${object.name} -o yaml`,
        'Add an IPPool with a larger CIDR (or enable the one that is disabled), or scale down what holds the addresses.',
        'Restarting the network agents frees nothing.',
      ]
    : [
        `See how many pods the node holds: kubectl get pods -A --field-selector spec.nodeName=${object.name} -o wide`,
        'Scale down or move pods, or give the node (or its subnet) a larger range; a range that leaks addresses of ended pods is cleaned by restarting the runtime on that node.',
        'On EKS: enable prefix delegation or use a larger subnet. On GKE: a larger --max-pods-per-node range. On Azure CNI: more subnet room.',
      ]

/** Pods that get no address because a node, pool or subnet has none left. */
export const analyzer: Analyzer = {
  id: 'pod-addresses-exhausted',
  codes: ['node-pods-exhausted'],
  needs: ['pods', 'events'],
  analyze: (view) => {
    const starved = starvedPods(view)
    const [first] = starved
    if (first === undefined) return []
    const calico = /calico|affine|requested IPv[46] addresses/i.test(first.event.note ?? '')
    const source = (calico ? calicoSource(view) : undefined) ?? nodeSource(view, starved)
    const { range } = source
    const holder = range === undefined ? undefined : loudest(view, range.users)
    const used =
      range === undefined || range.users.length === 0 ? '' : `, ${range.users.length} in use by pods seen here`
    const reason = short(sandboxReason(first.event.note ?? ''), 300)
    const workloads = new Map(starved.map(({ pod }) => [refKey(view.workloadOf(pod).ref), view.workloadOf(pod).ref]))
    const since = earliest(starved.map(({ event }) => event.firstSeen ?? event.lastSeen))
    return [
      {
        code: 'node-pods-exhausted',
        severity: 'critical',
        object: source.object,
        summary: `Pod IP addresses are exhausted: no free IP left in ${source.named}${used}; ${count(starved.length, 'pod')} cannot start (${some(starved.map(({ pod }) => pod.metadata.name))})${holder === undefined ? '' : `; ${holder}`}`,
        evidence: [
          ...starved.slice(0, 3).map(({ pod, event }) => ({
            kind: 'event' as const,
            about: refOf(pod),
            text: `FailedCreatePodSandBox: ${short(sandboxReason(event.note ?? ''), 300)}`,
            ...(event.lastSeen === undefined ? {} : { at: event.lastSeen }),
          })),
          ...source.notes.map((text) => ({ kind: 'spec' as const, about: source.object, text })),
        ],
        confidence: 0.9,
        affects: [...starved.map(({ pod }) => refOf(pod)), ...workloads.values()],
        ...(since === undefined ? {} : { since }),
        contributing: [...source.notes, ...(holder === undefined ? [] : [holder])],
        fix: fixFor(source.object),
        prevention: ['Alert on free addresses per pool and node, well before the last one is taken.'],
        facts: { reason },
      },
    ]
  },
}
