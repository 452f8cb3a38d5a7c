import type { Check, Said } from './check.ts'
import { isLasting, judged } from './reading/specs.ts'

/** Bare pods that run for good: nothing starts them again when their node goes. Completed and one-shot pods are no business of it. */
export const check: Check = {
  id: 'unmanaged-pod',
  looksFor: 'pods without a controller',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap((one): readonly Said[] => {
      const pod = one.ref.kind === 'Pod' ? one.pod : undefined
      if (pod === undefined || !isLasting(one) || (pod.metadata.ownerReferences ?? []).length > 0) return []
      return [
        {
          severity: 'info',
          object: one.ref,
          summary: 'no controller keeps it: lost with its node',
          fix: 'make it a Deployment, or delete it',
        },
      ]
    }),
}
