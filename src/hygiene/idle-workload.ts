import { textAt } from '../domain/at.ts'
import type { Check, Said } from './check.ts'
import { judged } from './reading/specs.ts'

/** Workloads scaled to zero that no autoscaler will wake: asleep, with everything they still hold. */
export const check: Check = {
  id: 'idle-workload',
  looksFor: 'workloads that are scaled to zero',
  reads: ['Deployment', 'StatefulSet'],
  look: (view) => {
    const scalers = [...view.all('HorizontalPodAutoscaler'), ...view.list('ScaledObject')]
    return judged(view).flatMap((one): readonly Said[] => {
      if (one.workload.replicas !== 0 || (one.ref.kind !== 'Deployment' && one.ref.kind !== 'StatefulSet')) return []
      const woken = scalers.some(
        ({ metadata, spec }) =>
          metadata.namespace === one.namespace && textAt(spec, 'scaleTargetRef', 'name') === one.ref.name,
      )
      if (woken) return []
      return [
        {
          severity: 'info',
          object: one.ref,
          summary: 'scaled to zero, and no autoscaler wakes it',
          fix: 'delete it where it is written, if it is not coming back',
        },
      ]
    })
  },
}
