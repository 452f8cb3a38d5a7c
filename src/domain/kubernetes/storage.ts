import type {
  Condition,
  LabelSelector,
  Labels,
  Metadata,
  NodeSelectorTerm,
  Resources,
  TargetRef,
  Typed,
} from './meta.ts'

export type PersistentVolumeClaimSpec = {
  readonly storageClassName?: string
  readonly volumeName?: string
  readonly accessModes?: readonly string[]
  readonly volumeMode?: string
  readonly resources?: Resources
  readonly selector?: LabelSelector
  readonly dataSource?: TargetRef
  readonly dataSourceRef?: TargetRef
}

export type PersistentVolumeClaim = Typed<
  'PersistentVolumeClaim',
  PersistentVolumeClaimSpec,
  {
    readonly phase?: string
    readonly capacity?: Labels
    readonly accessModes?: readonly string[]
    readonly conditions?: readonly Condition[]
  }
>

export type PersistentVolume = Typed<
  'PersistentVolume',
  {
    readonly capacity?: Labels
    readonly accessModes?: readonly string[]
    readonly claimRef?: TargetRef
    readonly storageClassName?: string
    readonly persistentVolumeReclaimPolicy?: string
    readonly volumeMode?: string
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } }
    readonly csi?: { readonly driver?: string; readonly volumeHandle?: string }
  },
  { readonly phase?: string; readonly reason?: string; readonly message?: string }
>

export type StorageClass = {
  readonly apiVersion: string
  readonly kind: 'StorageClass'
  readonly metadata: Metadata
  readonly provisioner?: string
  readonly volumeBindingMode?: string
  readonly reclaimPolicy?: string
  readonly allowVolumeExpansion?: boolean
}

export type VolumeAttachment = Typed<
  'VolumeAttachment',
  {
    readonly attacher?: string
    readonly nodeName?: string
    readonly source?: { readonly persistentVolumeName?: string }
  },
  {
    readonly attached?: boolean
    readonly attachError?: { readonly message?: string; readonly time?: string }
    readonly detachError?: { readonly message?: string; readonly time?: string }
  }
>
