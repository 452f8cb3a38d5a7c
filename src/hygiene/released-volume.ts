import { refOf } from '../domain/kubernetes.ts'
import type { Check, Said } from './check.ts'

/** Volumes whose claim is gone and that are kept (reclaimPolicy Retain): storage that is paid for. Local and small ones are as fine as others. */
export const check: Check = {
  id: 'released-volume',
  looksFor: 'PersistentVolumes whose claim is gone',
  reads: ['PersistentVolume'],
  look: (view) =>
    view.all('PersistentVolume').flatMap((volume): readonly Said[] => {
      if (volume.status?.phase !== 'Released') return []
      const { claimRef, capacity } = volume.spec ?? {}
      return [
        {
          severity: 'info',
          object: refOf(volume),
          summary: `${capacity?.['storage'] ?? 'storage'} kept after its claim ${claimRef?.namespace ?? ''}/${claimRef?.name ?? ''} was deleted`,
          fix: 'copy what matters, then delete the volume; or remove spec.claimRef to use it again',
        },
      ]
    }),
}
