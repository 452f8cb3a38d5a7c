import { kubectl } from '../domain/kubectl.ts'
import { refOf } from '../domain/kubernetes.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import type { Analyzer } from './analyzer.ts'
import { claimEvent, hurtBy } from './reading/waiting-claims.ts'

/** Claims whose volume is gone: phase Lost, or bound to a PersistentVolume that surely does not exist. */
export const analyzer: Analyzer = {
  id: 'volume-lost',
  codes: ['volume-lost'],
  needs: ['persistentvolumeclaims', 'persistentvolumes'],
  analyze: (view) =>
    view.all('PersistentVolumeClaim').flatMap((claim) => {
      const name = claim.spec?.volumeName
      const { phase } = claim.status ?? {}
      const gone = name !== undefined && view.presence('PersistentVolume', undefined, name) === 'absent'
      if (claim.metadata.deletionTimestamp !== undefined) return []
      if (phase !== 'Lost' && !(phase === 'Bound' && gone)) return []
      const object = refOf(claim)
      const event = claimEvent(view, claim, 'ClaimLost', 'ClaimMisbound')
      const since = event?.firstSeen
      return [
        {
          code: 'volume-lost' as const,
          severity: 'critical' as const,
          object,
          summary: `Claim ${object.name} has lost its volume: PersistentVolume ${name ?? '(none)'} ${gone ? 'does not exist any more' : 'is no longer bound to it'}; data may be lost`,
          evidence: [
            observe('status', object, `phase ${phase}; spec.volumeName ${name ?? '(none)'}`),
            ...(event === undefined ? [] : [observeEvent(object, event)]),
          ],
          confidence: phase === 'Lost' ? 0.97 : 0.85,
          affects: hurtBy(view, claim),
          ...(since === undefined ? {} : { since }),
          fix: [
            'Stop what writes to it, and look whether the disk behind the volume still exists (cloud console, storage array).',
            `If it does: create a PersistentVolume ${name ?? 'with the old name'} for that disk, with claimRef to ${object.namespace}/${object.name}.`,
            `If not: restore from a backup into a new claim; the lost one is removed with: ${kubectl(object, 'delete')}`,
          ],
          prevention: ['Use reclaimPolicy Retain for data that matters, and back it up.'],
          ...(name === undefined ? {} : { facts: { volume: name } }),
        },
      ]
    }),
}
