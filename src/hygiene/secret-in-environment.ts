import type { Check, Said } from './check.ts'
import { allContainers, judged } from './reading/specs.ts'

const secretName = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS)$/i
/** Switches and counts about secrets are none. */
const switchName = /^(?:USE|USES|ENABLE|DISABLE|HAS|IS|NO|MAX|MIN|NUM|SKIP|ALLOW|REQUIRE|VALIDATE|CHECK)_/i
/** Values that are no secret. What the view holds is redacted, so that most values cannot be told apart any more. */
const harmless = /^(?:$|\/|\.\/|https?:|\$\(|true$|false$|\d{1,4}$|(?:none|null|disabled)$)/i

/** Passwords and tokens written into a pod template in the clear: everybody who may read pods can read them. The value is never shown. */
export const check: Check = {
  id: 'secret-in-environment',
  looksFor: 'passwords and tokens in plain environment variables',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view).flatMap(({ ref, spec }): readonly Said[] => {
      const found = allContainers(spec).flatMap(({ name, env = [] }) =>
        env
          .filter(
            (one) =>
              one.value !== undefined &&
              secretName.test(one.name ?? '') &&
              !switchName.test(one.name ?? '') &&
              !harmless.test(one.value),
          )
          .map((one) => ({ container: name, variable: one.name ?? '' })),
      )
      const [first] = found
      if (first === undefined) return []
      const more = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
      return [
        {
          severity: 'warn',
          object: ref,
          summary: `container ${first.container} has ${first.variable} written into its template${more}: all who may read pods can read it`,
          fix: `move it into a Secret, use valueFrom.secretKeyRef, and change the ${first.variable} that was shown`,
        },
      ]
    }),
}
