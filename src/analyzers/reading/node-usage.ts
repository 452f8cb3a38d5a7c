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

const series: Readonly<Record<What, readonly string[]>> = {
  memory: ['container_memory_working_set_bytes'],
  disk: ['container_fs_usage_bytes', 'kubelet_container_log_filesystem_used_bytes', 'ephemeral_storage_pod_usage'],
  pids: ['container_processes', 'container_threads'],
}

const fromMetrics = (view: ClusterView, pod: Pod, what: What): number | undefined => {
  const labels = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name }
  let sum: number | undefined
  for (const metric of series[what]) {
    for (const one of view.series(metric, labels)) {
      const last = one.points.at(-1)?.[1]
      if (last !== undefined) sum = (sum ?? 0) + last
    }
    if (sum !== undefined) return sum
  }
  if (what !== 'memory') return undefined
  const usage = view.get('PodMetrics', pod.metadata.namespace, pod.metadata.name)?.containers ?? []
  for (const container of usage) {
    const amount = parseQuantity(container.usage?.['memory'])
    if (amount !== undefined) sum = (sum ?? 0) + amount
  }
  return sum
}

const fromEviction = (pod: Pod, what: What): number | undefined => {
  const eviction = parseEviction(pod.status?.message)
  if (eviction === undefined) return undefined
  const fits = what === 'memory' ? eviction.resource === 'memory' : what === 'disk' && eviction.resource !== 'memory'
  return fits && eviction.used.length > 0 ? eviction.used.reduce((sum, one) => sum + one.amount, 0) : undefined
}

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
