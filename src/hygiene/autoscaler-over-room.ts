import type { Node } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { podRequests } from '../domain/pod-resources.ts'
import { amountText, parseQuantity } from '../domain/quantity.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Check, Said } from './check.ts'
import { judged } from './reading/specs.ts'

const resources = ['cpu', 'memory'] as const
type Room = Readonly<Record<(typeof resources)[number], number>>

const roomOf = (nodes: readonly Node[]): Room => {
  const sum = (resource: string) =>
    nodes.reduce((all, { status }) => all + (parseQuantity(status?.allocatable?.[resource]) ?? 0), 0)
  return { cpu: sum('cpu'), memory: sum('memory') }
}

/** Where nodes are made on demand, today's room is not the limit. */
const growsByItself = (view: ClusterView): boolean =>
  view.list('NodePool', 'karpenter.sh').length > 0 ||
  view.get('ConfigMap', 'kube-system', 'cluster-autoscaler-status') !== undefined ||
  view.all('Deployment').some(({ metadata }) => /(?:^|-)cluster-autoscaler$|^karpenter$/.test(metadata.name))

type Wish = { readonly object: ReturnType<typeof refOf>; readonly most: number; readonly wants: Room }

const wishes = (view: ClusterView): readonly Wish[] =>
  view.all('HorizontalPodAutoscaler').flatMap((scaler): readonly Wish[] => {
    const target = scaler.spec?.scaleTargetRef
    const one = judged(view).find(
      ({ ref, namespace }) =>
        namespace === scaler.metadata.namespace && ref.kind === target?.kind && ref.name === target?.name,
    )
    const most = scaler.spec?.maxReplicas
    if (one === undefined || most === undefined) return []
    const requests = podRequests(one.pod?.spec ?? one.spec)
    const wants = { cpu: (requests['cpu'] ?? 0) * most, memory: (requests['memory'] ?? 0) * most }
    return [{ object: refOf(scaler), most, wants }]
  })

const fix = 'lower maxReplicas or the requests, or let the cluster grow (cluster autoscaler)'

/**
 * Autoscalers whose maximum, by itself or with all others at theirs, asks for more than the nodes have: the peak for which they
 * are there will leave pods Pending. Silent where nodes are made on demand.
 */
export const check: Check = {
  id: 'autoscaler-over-room',
  looksFor: 'autoscalers whose maximum does not fit the nodes',
  reads: ['HorizontalPodAutoscaler'],
  needs: ['Node'],
  look: (view) => {
    if (growsByItself(view)) return []
    const room = roomOf(view.all('Node').filter(({ spec }) => spec?.unschedulable !== true))
    const all = wishes(view)
    const alone = all.flatMap(({ object, most, wants }): readonly Said[] => {
      const over = resources.find((one) => room[one] > 0 && wants[one] > room[one])
      if (over === undefined) return []
      const summary = `its ${most} replicas ask for ${amountText(over, wants[over])} ${over}; all nodes together have ${amountText(over, room[over])}`
      return [{ severity: 'warn', object, summary, fix }]
    })
    const [greatest] = all.toSorted((a, b) => b.wants.memory - a.wants.memory || b.wants.cpu - a.wants.cpu)
    if (alone.length > 0 || greatest === undefined || all.length < 2) return alone
    const over = resources.find(
      (one) => room[one] > 0 && all.reduce((sum, { wants }) => sum + wants[one], 0) > room[one],
    )
    if (over === undefined) return []
    const together = amountText(
      over,
      all.reduce((sum, { wants }) => sum + wants[over], 0),
    )
    const summary = `with all ${all.length} autoscalers at their maximum they ask for ${together} ${over}; all nodes have ${amountText(over, room[over])}`
    return [{ severity: 'info', object: greatest.object, summary, fix }]
  },
}
