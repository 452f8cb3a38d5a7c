import { refOf } from '../domain/kubernetes.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Check, Said } from './check.ts'
import { namesUsed, usersKnown } from './reading/names-used.ts'
import { isKept } from './reading/system.ts'

/** Claims of a StatefulSet's template are `<claim>-<set>-<ordinal>`: they wait for the set to grow again. */
const ofStatefulSet = (view: ClusterView, namespace: string, name: string): boolean =>
  view
    .all('StatefulSet')
    .some(
      (set) =>
        set.metadata.namespace === namespace &&
        (set.spec?.volumeClaimTemplates ?? []).some(({ metadata }) =>
          /^\d+$/.test(name.replace(`${metadata?.name ?? ''}-${set.metadata.name}-`, '')),
        ),
    )

/** Bound claims that no pod, template or custom resource mounts: storage that is paid for and not used. */
export const check: Check = {
  id: 'unused-claim',
  looksFor: 'PersistentVolumeClaims that nothing mounts',
  reads: ['PersistentVolumeClaim'],
  needsCustom: true,
  look: (view) => {
    const used = namesUsed(view)
    return view.all('PersistentVolumeClaim').flatMap((claim): readonly Said[] => {
      const { namespace = '', name } = claim.metadata
      if (claim.status?.phase !== 'Bound' || isKept(claim) || !usersKnown(view, namespace)) return []
      if (used.refers('PersistentVolumeClaim', namespace, name) || used.mentions(namespace, name)) return []
      if (ofStatefulSet(view, namespace, name)) return []
      const size = claim.status.capacity?.['storage'] ?? claim.spec?.resources?.requests?.['storage'] ?? 'storage'
      return [
        {
          severity: 'info',
          object: refOf(claim),
          summary: `${size} that no pod or template in ${namespace} mounts`,
          fix: 'keep a snapshot if the data matters, then delete the claim',
        },
      ]
    })
  },
}
