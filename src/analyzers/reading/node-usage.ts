import { parseEviction } from '../../domain/eviction.ts'
import { type Node, type Pod, refOf } from '../../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../../domain/object.ts'
import { podRequests } from '../../domain/pod-resources.ts'
import { bytesText, parseQuantity } from '../../domain/quantity.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** What a workload uses of a node's memory, disk or process ids; `measured` is false where only settings hint at it. */
export type Use = {
  readonly workload: ObjectRef
  readonly amount?: number
  readonly measured: boolean
  readonly text: string
}

type What = 'memory' | 'disk' | 'pids'

const series: Readonly<Record<What, RegExp>> = {
  memory: /^container_memory_(?:working_set|usage|rss)_bytes$/,
  disk: /^(?:kubelet_)?(?:container|pod)_(?:ephemeral_storage|fs|log_filesystem|filesystem)_?(?:used|usage)\w*$|^ephemeral_storage_\w+_usage$/,
  pids: /^container_(?:processes|threads)$/,
}

// The largest of the metrics that tell of one pod: they overlap, so they are not added.
const fromMetrics = (view: ClusterView, pod: Pod, what: What): number | undefined => {
  const sums = new Map<string, number>()
  for (const one of view.metrics) {
    if (!series[what].test(one.metric)) continue
    const { labels } = one
    const name = labels['pod'] ?? labels['pod_name']
    if (name !== pod.metadata.name || (labels['namespace'] ?? pod.metadata.namespace) !== pod.metadata.namespace)
      continue
    const last = one.points.at(-1)?.[1]
    if (last !== undefined) sums.set(one.metric, (sums.get(one.metric) ?? 0) + last)
  }
  if (sums.size > 0) return Math.max(...sums.values())
  if (what !== 'memory') return undefined
  const usage = view.get('PodMetrics', pod.metadata.namespace, pod.metadata.name)?.containers ?? []
  const amounts = usage.flatMap((container) => parseQuantity(container.usage?.['memory']) ?? [])
  return amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0)
}

const fromEviction = (pod: Pod, what: What): number | undefined => {
  const eviction = parseEviction(pod.status?.message)
  if (eviction === undefined) return undefined
  const fits = what === 'memory' ? eviction.resource === 'memory' : what === 'disk' && eviction.resource !== 'memory'
  return fits && eviction.used.length > 0 ? eviction.used.reduce((sum, one) => sum + one.amount, 0) : undefined
}

// A few MiB fill no node: whoever uses so little is a victim, not the cause.
const worthNaming = 64 * 2 ** 20

// A loop that writes without end, or a scratch volume without a bound, is the first suspect where no number is known.
const suspicion = (pod: Pod): string | undefined => {
  for (const container of pod.spec?.containers ?? []) {
    const line = [...(container.command ?? []), ...(container.args ?? [])].join(' ')
    if (/\b(?:dd\s+(?:if|of)=|fallocate|truncate\s+-s|yes\b|while\s+(?:true|:)[\s\S]*>>?)/.test(line)) {
      return `container ${container.name} writes without end (${line.replace(/\s+/g, ' ').slice(0, 100)})`
    }
  }
  const unbounded = (pod.spec?.volumes ?? []).find(
    (volume) =>
      volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined && volume.emptyDir.medium !== 'Memory',
  )
  return unbounded === undefined ? undefined : `emptyDir ${unbounded.name ?? ''} has no sizeLimit`
}

/**
 * The workloads that use most of a node, largest first: by metrics, by what eviction messages say, and for disk, where there
 * is no number, by settings that fill one. Evicted pods count with what they used.
 */
export const usersOf = (view: ClusterView, node: Node, what: What, evicted: readonly Pod[]): readonly Use[] => {
  const here = view
    .all('Pod')
    .filter(
      (pod) => pod.spec?.nodeName === node.metadata.name && (pod.status?.phase === 'Running' || evicted.includes(pod)),
    )
  const sums = new Map<string, { readonly workload: ObjectRef; amount: number }>()
  const hints: Use[] = []
  for (const pod of here) {
    const workload = view.workloadOf(pod).ref
    const amount = fromMetrics(view, pod, what) ?? fromEviction(pod, what)
    if (amount !== undefined && amount > 0) {
      const known = sums.get(refKey(workload))
      if (known === undefined) sums.set(refKey(workload), { workload, amount })
      else known.amount += amount
    }
    const hint =
      what === 'disk' && podRequests(pod.spec)['ephemeral-storage'] === undefined ? suspicion(pod) : undefined
    if (hint !== undefined && pod.metadata.namespace !== 'kube-system') {
      hints.push({ workload, measured: false, text: `${refText(workload)}: ${hint}` })
    }
  }
  const measured = [...sums.values()]
    .sort((a, b) => b.amount - a.amount)
    .filter(
      ({ amount }, _, [top]) => amount >= (top?.amount ?? 0) / 10 && amount >= (what === 'pids' ? 50 : worthNaming),
    )
    .map(
      ({ workload, amount }): Use => ({
        workload,
        amount,
        measured: true,
        text: `${refText(workload)} uses ${what === 'pids' ? amount : bytesText(amount)} on ${refOf(node).name}`,
      }),
    )
  const writers = hints.filter((one) => one.text.includes('writes without end'))
  if (what === 'disk' && writers.length > 0) {
    return [
      ...writers,
      ...measured.filter((one) => !writers.some((other) => refKey(other.workload) === refKey(one.workload))),
    ]
  }
  return measured.length > 0 ? measured : hints
}
