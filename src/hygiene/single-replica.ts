import type { Check, Said } from './check.ts'
import { fewestReplicas } from './reading/budgets.ts'
import { judged, servicesOf } from './reading/specs.ts'

/** One replica behind a Service: each drain, eviction or node loss is an outage. Only what takes traffic, and not DaemonSets. */
export const check: Check = {
  id: 'single-replica',
  looksFor: 'single replicas that take traffic',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap((one): readonly Said[] => {
      if (one.ref.kind !== 'Deployment' && one.ref.kind !== 'StatefulSet' && one.ref.kind !== 'Rollout') return []
      const service = servicesOf(view, one)[0]
      if (fewestReplicas(view, one) !== 1 || service === undefined) return []
      return [
        {
          severity: 'info',
          object: one.ref,
          summary: `one replica behind Service ${service.metadata.name}: a drain of its node takes it down`,
          fix: 'run two replicas and a PodDisruptionBudget with maxUnavailable: 1, if it can run twice',
        },
      ]
    }),
}
