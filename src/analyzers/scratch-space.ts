import { isOwnLimit } from '../domain/eviction.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { refKey } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { earliest, latest, timeOf, within } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { named, severityFor } from './reading/by-workload.ts'
import { isReady } from './reading/workload-health.ts'

const times = 2

type Group = { readonly workload: Workload; readonly pods: Pod[] }

const evictions = (view: ClusterView): readonly Group[] => {
  const groups = new Map<string, Group>()
  for (const pod of view.all('Pod')) {
    if (pod.status?.reason !== 'Evicted' || !isOwnLimit(pod.status.message)) continue
    const workload = view.workloadOf(pod)
    const group = groups.get(refKey(workload.ref))
    if (group === undefined) groups.set(refKey(workload.ref), { workload, pods: [pod] })
    else group.pods.push(pod)
  }
  return [...groups.values()]
}

const madeAt = (pod: Pod): number => timeOf(pod.metadata.creationTimestamp) ?? 0

/** A pod that took the place of the last evicted one and has lived longer than any of them is cured. */
const isOver = (view: ClusterView, { workload, pods }: Group): boolean => {
  const made = pods.map(madeAt).sort((a, b) => a - b)
  const [first = 0, last = 0] = [made[0], made.at(-1)]
  const life = made.length < 2 ? 3600_000 : (last - first) / (made.length - 1)
  const now = timeOf(view.now) ?? 0
  return view
    .podsOf(workload.ref)
    .some((pod) => isReady(pod) && madeAt(pod) >= last && now - madeAt(pod) > Math.max(3600_000, 3 * life))
}

const findingOf = (view: ClusterView, group: Group): Finding | undefined => {
  const { workload, pods } = group
  const newest = pods.toSorted((a, b) => madeAt(b) - madeAt(a))[0]
  const last = latest(pods.map((pod) => pod.metadata.creationTimestamp))
  if (newest === undefined || pods.length < times || !within(last, view.now, 86_400) || isOver(view, group))
    return undefined
  const message = short(newest.status?.message ?? '', 200)
  const since = earliest(pods.map((pod) => pod.metadata.creationTimestamp))
  return {
    code: 'volume-full',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${count(pods.length, 'pod')} evicted for its own limit of scratch space, one after the other: ${message}`,
    evidence: pods.slice(0, 3).map((pod) => observe('status', refOf(pod), `Evicted: ${pod.status?.message ?? ''}`)),
    confidence: 0.85,
    affects: [workload.ref, ...pods.slice(0, 10).map(refOf)],
    ...(since === undefined ? {} : { since }),
    fix: [
      `See what it writes outside of its volumes (logs, caches, temporary files) and bound or clean that: ${kubectl(workload.ref, 'describe')}`,
      `Or give it more: raise limits.ephemeral-storage or the emptyDir's sizeLimit: ${kubectl(workload.ref, 'edit')}`,
      `Remove the evicted pods when done: kubectl -n ${workload.ref.namespace ?? 'default'} delete pods --field-selector=status.phase=Failed`,
    ],
    prevention: ['Write to a PersistentVolume what grows, and rotate logs and caches inside the container.'],
  }
}

/** Pods that the kubelet evicts again and again for what they themselves write, though the node has room. */
export const analyzer: Analyzer = {
  id: 'scratch-space',
  codes: ['volume-full'],
  needs: ['pods'],
  analyze: (view) => evictions(view).flatMap((group) => findingOf(view, group) ?? []),
}
