import type { Check, Said } from './check.ts'
import { allContainers, judged } from './reading/specs.ts'

/** What the baseline Pod Security Standard lets containers add. */
const harmless = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

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
          .filter((one) => !harmless.has(one))
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
