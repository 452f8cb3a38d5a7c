import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'
import { isKept, isReadOtherwise } from './reading/system.ts'

/** ConfigMaps without any key. Locks and what controllers keep are empty by design. */
export const check: Check = {
  id: 'empty-config-map',
  looksFor: 'ConfigMaps without keys',
  reads: ['ConfigMap'],
  look: (view) =>
    view.all('ConfigMap').flatMap((map): readonly Said[] => {
      if (map.keys === undefined || map.keys.length > 0 || isKept(map) || isReadOtherwise(map)) return []
      if (/(?:lock|leader|election)/.test(map.metadata.name)) return []
      return [{ severity: 'info', object: refOf(map), summary: 'has no keys at all', fix: 'fill or delete it' }]
    }),
}
