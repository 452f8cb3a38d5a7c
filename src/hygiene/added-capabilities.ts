import { baselineCapabilities } from '../domain/pod-security.ts'
import type { Check, Said } from './check.ts'
import { allContainers, judged } from './reading/specs.ts'

/** Capabilities beyond the baseline of the Pod Security Standards. */
export const check: Check = {
  id: 'added-capabilities',
  looksFor: 'capabilities beyond the baseline',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap(({ ref, spec }): readonly Said[] => {
      const found = allContainers(spec).flatMap(({ name, securityContext }) => {
        const added = (securityContext?.capabilities?.add ?? [])
          .map((one) => one.replace(/^CAP_/, ''))
          .filter((one) => !baselineCapabilities.has(one))
        return added.length === 0 || securityContext?.privileged === true ? [] : [{ name, added }]
      })
      const [first] = found
      if (first === undefined) return []
      return [
        {
          severity: first.added.some((one) => one === 'ALL' || one === 'SYS_ADMIN') ? 'warn' : 'info',
          object: ref,
          summary: `container ${first.name} adds ${first.added.slice(0, 4).join(', ')}`,
          fix: 'drop ALL and add only what it surely needs',
        },
      ]
    }),
}
