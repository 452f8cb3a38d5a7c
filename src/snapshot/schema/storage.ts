import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  StorageClass,
  VolumeAttachment,
} from '../../domain/kubernetes.ts'
import {
  labelSelector,
  metadata,
  objectReference,
  probedConditions,
  quantities,
  texts,
  typedReference,
} from './meta.ts'
import { nodeSelectorTerms } from './node-selector.ts'
import { bool, f, message, text, textOrEmpty, time } from './shape.ts'

/** Of claims, of StatefulSets' templates and of ephemeral volumes. An empty storageClassName means: none, not the default. */
export const claimSpec = message<PersistentVolumeClaimSpec>({
  accessModes: f(1, texts),
  resources: f(
    2,
    message<NonNullable<PersistentVolumeClaimSpec['resources']>>({
      limits: f(1, quantities),
      requests: f(2, quantities),
    }),
  ),
  volumeName: f(3, text),
  selector: f(4, labelSelector),
  storageClassName: f(5, textOrEmpty),
  volumeMode: f(6, text),
  dataSource: f(7, typedReference),
  dataSourceRef: f(8, typedReference),
})

export const persistentVolumeClaim = message<Omit<PersistentVolumeClaim, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(2, claimSpec),
  status: f(
    3,
    message<NonNullable<PersistentVolumeClaim['status']>>({
      phase: f(1, text),
      accessModes: f(2, texts),
      capacity: f(3, quantities),
      conditions: f(4, probedConditions),
    }),
  ),
})

export const persistentVolume = message<Omit<PersistentVolume, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<NonNullable<PersistentVolume['spec']>>({
      capacity: f(1, quantities),
      csi: f(
        [2, 22],
        message<NonNullable<NonNullable<PersistentVolume['spec']>['csi']>>({
          driver: f(1, text),
          volumeHandle: f(2, text),
        }),
      ),
      accessModes: f(3, texts),
      claimRef: f(4, objectReference),
      persistentVolumeReclaimPolicy: f(5, text),
      storageClassName: f(6, text),
      volumeMode: f(8, text),
      nodeAffinity: f(
        9,
        message<NonNullable<NonNullable<PersistentVolume['spec']>['nodeAffinity']>>({
          required: f(
            1,
            message<NonNullable<NonNullable<NonNullable<PersistentVolume['spec']>['nodeAffinity']>['required']>>({
              nodeSelectorTerms: f(1, nodeSelectorTerms),
            }),
          ),
        }),
      ),
    }),
  ),
  status: f(
    3,
    message<NonNullable<PersistentVolume['status']>>({ phase: f(1, text), message: f(2, text), reason: f(3, text) }),
  ),
})

export const storageClass = message<Omit<StorageClass, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  provisioner: f(2, text),
  reclaimPolicy: f(4, text),
  allowVolumeExpansion: f(6, bool),
  volumeBindingMode: f(7, text),
})

const volumeError = message<{ message?: string; time?: string }>({ time: f(1, time), message: f(2, text) })

export const volumeAttachment = message<Omit<VolumeAttachment, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<NonNullable<VolumeAttachment['spec']>>({
      attacher: f(1, text),
      source: f(2, message<{ persistentVolumeName?: string }>({ persistentVolumeName: f(1, text) })),
      nodeName: f(3, text),
    }),
  ),
  status: f(
    3,
    message<NonNullable<VolumeAttachment['status']>>({
      attached: f(1, bool),
      attachError: f(3, volumeError),
      detachError: f(4, volumeError),
    }),
  ),
})
