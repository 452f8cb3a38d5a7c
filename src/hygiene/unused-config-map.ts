import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { namesUsed, usersKnown } from './reading/names-used.ts'
import { isKept, isReadOtherwise, isSystemNamespace } from './reading/system.ts'

/**
 * ConfigMaps that nothing in their own namespace names: no pod, template, old ReplicaSet, custom resource, argument or right.
 * One of the same name elsewhere does not count as used. What is read by label or made by a controller is left out.
 */
export const check: Check = {
  id: 'unused-config-map',
  looksFor: 'ConfigMaps that nothing names',
  reads: ['ConfigMap'],
  needsCustom: true,
  look: (view) => {
    const used = namesUsed(view)
    return view.all('ConfigMap').flatMap((map): readonly Said[] => {
      const { namespace = '', name } = map.metadata
      if (isKept(map) || isReadOtherwise(map) || isSystemNamespace(namespace) || !usersKnown(view, namespace)) return []
      if (used.refers('ConfigMap', namespace, name) || used.mentions(namespace, name)) return []
      return [
        {
          severity: 'info',
          object: refOf(map),
          summary: `no pod, template or custom resource in ${namespace} names it`,
          fix: 'delete it where it is written, or annotate it clusterdoctor.dev/hygiene-ignore: unused-config-map',
        },
      ]
    })
  },
}
