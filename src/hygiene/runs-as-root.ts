import type { Check, Said } from './check.ts'
import { allContainers, containersText, judged } from './reading/specs.ts'

/**
 * Containers that run as root by their spec (`runAsUser: 0`). One that says nothing may well have a user in its image, so a
 * missing or empty securityContext is no finding.
 */
export const check: Check = {
  id: 'runs-as-root',
  looksFor: 'containers that run as root',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap(({ ref, spec }): readonly Said[] => {
      const names = allContainers(spec)
        .filter(({ securityContext }) => {
          const user = securityContext?.runAsUser ?? spec.securityContext?.runAsUser
          return user === 0 && securityContext?.privileged !== true
        })
        .map(({ name }) => name)
      if (names.length === 0) return []
      return [
        {
          severity: 'warn',
          object: ref,
          summary: `${containersText(names)} set to run as root (runAsUser: 0)`,
          fix: 'use a user of its own and runAsNonRoot: true',
        },
      ]
    }),
}
