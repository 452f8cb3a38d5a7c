import type { Pod } from '../../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../../domain/object.ts'
import { podRequests } from '../../domain/pod-resources.ts'
import { amountText, parseQuantity } from '../../domain/quantity.ts'
import type { ClusterView } from '../../snapshot/view.ts'

const limitOf = (pod: Pod, resource: string): number =>
  (pod.spec?.containers ?? []).reduce(
    (sum, container) => sum + (parseQuantity(container.resources?.limits?.[resource]) ?? 0),
    0,
  )

const usedBy = (pod: Pod, resource: string): number => {
  if (resource === 'pods' || resource === 'count/pods') return 1
  if (resource.startsWith('limits.')) return limitOf(pod, resource.slice('limits.'.length))
  return podRequests(pod.spec)[resource.replace(/^requests\./, '')] ?? 0
}

/** The workload that takes most of a quota's resource in a namespace, with its share: `Deployment shop/report (1500m)`. */
export const largestUser = (view: ClusterView, namespace: string | undefined, resource: string): string | undefined => {
  const sums = new Map<string, { readonly ref: ObjectRef; amount: number }>()
  for (const pod of view.podsSelected(namespace ?? '', {})) {
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
    if (ended) continue
    const amount = usedBy(pod, resource)
    const { ref } = view.workloadOf(pod)
    const key = refKey(ref)
    const known = sums.get(key)
    if (known === undefined) sums.set(key, { ref, amount })
    else known.amount += amount
  }
  const top = [...sums.values()].sort((a, b) => b.amount - a.amount)[0]
  if (top === undefined || top.amount === 0) return undefined
  return `${refText(top.ref)} (${amountText(resource, top.amount)})`
}
