import { podRequests } from '../domain/pod-resources.ts'
import { isLive } from '../domain/pod-state.ts'
import { parseQuantity } from '../domain/quantity.ts'
import type { Utilisation } from '../domain/report.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** What the nodes offer, what live pods ask for and, where the metrics API answered, what is used. Base units. */
export const utilisation = (view: ClusterView): readonly Utilisation[] => {
  const nodes = view.all('Node')
  const pods = view.all('Pod').filter((pod) => isLive(pod) && pod.spec?.nodeName !== undefined)
  const offered = (resource: string) =>
    nodes.reduce((sum, node) => sum + (parseQuantity(node.status?.allocatable?.[resource]) ?? 0), 0)
  const asked = (resource: string) => pods.reduce((sum, pod) => sum + (podRequests(pod.spec)[resource] ?? 0), 0)
  const metrics = view.all('NodeMetrics')
  const used = (resource: string) =>
    metrics.reduce((sum, node) => sum + (parseQuantity(node.usage?.[resource]) ?? 0), 0)
  const row = (resource: 'cpu' | 'memory'): Utilisation => ({
    resource,
    allocatable: offered(resource),
    requested: asked(resource),
    ...(metrics.length === 0 ? {} : { used: used(resource) }),
  })
  if (nodes.length === 0) return []
  return [
    row('cpu'),
    row('memory'),
    { resource: 'pods', allocatable: offered('pods'), requested: pods.length, used: pods.length },
  ]
}
