import type { Check, Said } from './check.ts'
import { allContainers, containersText, judged } from './reading/specs.ts'

/** Privileged containers outside the system's namespaces: root in them is root on the node. */
export const check: Check = {
  id: 'privileged-container',
  looksFor: 'privileged containers',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap(({ ref, spec }): readonly Said[] => {
      const names = allContainers(spec)
        .filter(({ securityContext }) => securityContext?.privileged === true)
        .map(({ name }) => name)
      if (names.length === 0) return []
      return [
        {
          severity: 'warn',
          object: ref,
          summary: `${containersText(names)} privileged: whoever breaks in owns the node`,
          fix: 'drop privileged: true and add the single capability or device that is needed',
        },
      ]
    }),
}
