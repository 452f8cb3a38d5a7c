import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { namesUsed, usersKnown } from './reading/names-used.ts'
import { isKept, isReadOtherwise, isSystemNamespace } from './reading/system.ts'

/** Secrets that nothing names, told by their names only. Pull secrets of ServiceAccounts and TLS secrets of routes are used. */
export const check: Check = {
  id: 'unused-secret',
  looksFor: 'Secrets that nothing names',
  reads: ['Secret'],
  needsCustom: true,
  look: (view) => {
    const used = namesUsed(view)
    const ofAccounts = new Set(
      view
        .all('ServiceAccount')
        .flatMap(({ metadata, imagePullSecrets = [], secrets = [] }) =>
          [...imagePullSecrets, ...secrets].map(({ name }) => `${metadata.namespace}/${name}`),
        ),
    )
    return view.all('Secret').flatMap((secret): readonly Said[] => {
      const { namespace = '', name } = secret.metadata
      if (isKept(secret) || isReadOtherwise(secret, secret.type) || isSystemNamespace(namespace)) return []
      if (!usersKnown(view, namespace) || ofAccounts.has(`${namespace}/${name}`)) return []
      // Pull secrets are often bound to accounts that a dump without ServiceAccounts does not show.
      if (secret.type?.startsWith('kubernetes.io/docker') === true && !view.complete('ServiceAccount')) return []
      if (used.refers('Secret', namespace, name) || used.mentions(namespace, name)) return []
      return [
        {
          severity: 'info',
          object: refOf(secret),
          summary: `no pod, template, route or custom resource in ${namespace} names it`,
          fix: 'revoke what it gives access to and delete it, or annotate it clusterdoctor.dev/hygiene-ignore: unused-secret',
        },
      ]
    })
  },
}
