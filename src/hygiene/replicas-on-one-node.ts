import { isLive, isPodReady } from '../domain/pod-state.ts'
import type { Check, Said } from './check.ts'
import { judged } from './reading/specs.ts'

/** Two or more replicas that all stand on one node though there are others: the replicas protect from nothing that node does. */
export const check: Check = {
  id: 'replicas-on-one-node',
  looksFor: 'replicas that all stand on one node',
  reads: [],
  needs: ['Node'],
  look: (view) => {
    const usable = view.all('Node').filter(({ spec }) => spec?.unschedulable !== true)
    if (usable.length < 2) return []
    return judged(view).flatMap((one): readonly Said[] => {
      if (one.ref.kind !== 'Deployment' && one.ref.kind !== 'StatefulSet') return []
      if (one.spec.nodeSelector !== undefined || one.spec.nodeName !== undefined) return []
      const pods = view.podsOf(one.ref).filter((pod) => isLive(pod) && isPodReady(pod))
      const nodes = new Set(pods.map((pod) => pod.spec?.nodeName))
      const [node] = nodes
      if (pods.length < 2 || nodes.size !== 1 || node === undefined) return []
      return [
        {
          severity: 'info',
          object: one.ref,
          summary: `all ${pods.length} replicas stand on node ${node}`,
          fix: 'add topologySpreadConstraints over kubernetes.io/hostname',
        },
      ]
    })
  },
}
