import { quantity } from '../schema/quantity.ts'
import type { Fields, KubeObject } from '../types.ts'
import type { Controller } from './control-loops.ts'
import { type Hands, keyOf, splitKey } from './hands.ts'
import type { Claim, Pod } from './objects.ts'

const source = { component: 'persistentvolume-controller' }
const selectedNode = 'volume.kubernetes.io/selected-node'
const inTree = 'kubernetes.io/no-provisioner'

type StorageClass = KubeObject & {
  provisioner: string
  volumeBindingMode?: string
  reclaimPolicy?: string
  parameters?: Record<string, string>
}

/** The claims a pod mounts. */
export function claimNamesOf(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? [])
}

const classOf = (hands: Hands, claim: Claim): StorageClass | undefined =>
  hands.get<StorageClass>('storageclasses.storage.k8s.io', undefined, claim.spec.storageClassName ?? '')

/** Does the claim wait until a pod that uses it has a node? */
export function waitsForConsumer(hands: Hands, claim: Claim): boolean {
  return classOf(hands, claim)?.volumeBindingMode === 'WaitForFirstConsumer'
}

/** Binds claims: to a volume that fits, or to one that the class's provisioner makes. */
export function claimController(hands: Hands): Controller {
  const pending = (): string[] =>
    hands
      .list<Claim>('persistentvolumeclaims')
      .filter((claim) => claim.status.phase === 'Pending')
      .map(keyOf)
  return {
    name: 'persistentvolume',
    watches: {
      persistentvolumeclaims: (claim) => [keyOf(claim)],
      persistentvolumes: pending,
      'storageclasses.storage.k8s.io': pending,
      // A claim that grows waits for a pod that has it mounted; one that goes, for the last such pod to be gone.
      pods: (pod, change) =>
        change?.type === 'DELETED' || (pod as Pod).status.phase === 'Running'
          ? claimNamesOf(pod as Pod).map((name) => `${pod.metadata.namespace}/${name}`)
          : [],
    },
    reconcile: (key) => {
      const claim = hands.get<Claim>('persistentvolumeclaims', ...splitKey(key))
      if (claim === undefined) return undefined
      if (claim.metadata.deletionTimestamp !== undefined) return release(hands, claim)
      return claim.status.phase === 'Pending' ? bindClaim(hands, claim) : growClaim(hands, claim)
    },
  }
}

/** Gives a bound claim the size that it asks for by now: the volume at once, the file system where a pod has it mounted. */
function growClaim(hands: Hands, claim: Claim): undefined {
  const wanted = claim.spec.resources.requests['storage'] ?? '0'
  const { namespace, name } = claim.metadata
  const held = claim.status.capacity?.['storage']
  if (claim.status.phase !== 'Bound' || held === undefined || quantity(wanted) <= quantity(held)) return
  const volume = hands.get('persistentvolumes', undefined, claim.spec.volumeName ?? '')
  if (volume !== undefined)
    hands.update('persistentvolumes', volume, (object) => {
      const { spec } = object as unknown as { spec: { capacity?: Record<string, string> } }
      spec.capacity = { ...spec.capacity, storage: wanted }
    })
  const mounted = hands
    .list<Pod>('pods', namespace)
    .some((pod) => pod.status.phase === 'Running' && claimNamesOf(pod).includes(name))
  if (!mounted) {
    const pending = { type: 'FileSystemResizePending', status: 'True', lastTransitionTime: hands.clock.stamp() }
    const known = (claim.status.conditions ?? []).some((one) => one.type === pending.type)
    if (!known) hands.status('persistentvolumeclaims', claim, { ...claim.status, conditions: [pending] })
    return
  }
  const { conditions: _, ...kept } = claim.status
  hands.status('persistentvolumeclaims', claim, { ...kept, capacity: { storage: wanted } })
  const message = `MountVolume.NodeExpandVolume succeeded for volume "${claim.spec.volumeName}"`
  hands.event(claim, { type: 'Normal', reason: 'FileSystemResizeSuccessful', message }, { component: 'kubelet' })
}

function bindClaim(hands: Hands, claim: Claim): number | undefined {
  const warn = (reason: string, message: string, type: 'Normal' | 'Warning' = 'Warning'): number => {
    hands.event(claim, { type, reason, message }, source)
    return hands.pace(15_000)
  }
  const name = claim.spec.storageClassName
  if (name === undefined || name === '')
    return warn('FailedBinding', 'no persistent volumes available for this claim and no storage class is set', 'Normal')
  const storageClass = classOf(hands, claim)
  if (storageClass === undefined) return warn('ProvisioningFailed', `storageclass.storage.k8s.io "${name}" not found`)
  const node = claim.metadata.annotations?.[selectedNode]
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && node === undefined) {
    return warn('WaitForFirstConsumer', 'waiting for first consumer to be created before binding', 'Normal')
  }
  const { provisioner } = storageClass
  if (provisioner === inTree)
    return warn('FailedBinding', 'no persistent volumes available for this claim and no storage class is set', 'Normal')
  annotate(hands, claim, provisioner)
  const driver = hands.get('csidrivers.storage.k8s.io', undefined, provisioner)
  if (driver === undefined) {
    return warn(
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
      'Normal',
    )
  }
  provision(hands, claim, storageClass, node)
  return undefined
}

function annotate(hands: Hands, claim: Claim, provisioner: string): void {
  if (claim.metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] === provisioner) return
  hands.update('persistentvolumeclaims', claim, (object) => {
    object.metadata.annotations = {
      ...object.metadata.annotations,
      'volume.beta.kubernetes.io/storage-provisioner': provisioner,
      'volume.kubernetes.io/storage-provisioner': provisioner,
    }
  })
}

function provision(hands: Hands, claim: Claim, storageClass: StorageClass, node: string | undefined): void {
  const { namespace, name, uid = '' } = claim.metadata
  const { provisioner } = storageClass
  const agent = { component: `${provisioner}_csi-controller-0` }
  const volume = `pvc-${uid}`
  const size = claim.spec.resources.requests['storage'] ?? '1Gi'
  const zone = hands.get('nodes', undefined, node ?? '')?.metadata.labels?.['topology.kubernetes.io/zone']
  hands.event(
    claim,
    {
      type: 'Normal',
      reason: 'Provisioning',
      message: `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
    },
    agent,
  )
  hands.create('persistentvolumes', undefined, volumeOf(claim, storageClass, volume, zone), 'csi-provisioner')
  const created = hands.get('persistentvolumes', undefined, volume)
  if (created !== undefined) hands.status('persistentvolumes', created, { phase: 'Bound' })
  hands.event(
    claim,
    { type: 'Normal', reason: 'ProvisioningSucceeded', message: `Successfully provisioned volume ${volume}` },
    agent,
  )
  hands.update('persistentvolumeclaims', claim, (object) => {
    ;(object as unknown as Claim).spec.volumeName = volume
    object.metadata.annotations = {
      ...object.metadata.annotations,
      'pv.kubernetes.io/bind-completed': 'yes',
      'pv.kubernetes.io/bound-by-controller': 'yes',
    }
  })
  const live = hands.get<Claim>('persistentvolumeclaims', namespace, name)
  if (live !== undefined)
    hands.status('persistentvolumeclaims', live, {
      phase: 'Bound',
      accessModes: [...claim.spec.accessModes],
      capacity: { storage: size },
    })
}

/** The volume that a provisioner makes for a claim, in the zone of the node that was chosen. */
function volumeOf(claim: Claim, storageClass: StorageClass, volume: string, zone: string | undefined): Fields {
  const { namespace, name, uid = '' } = claim.metadata
  const { provisioner } = storageClass
  const zoneKey = 'topology.kubernetes.io/zone'
  const term = { matchExpressions: [{ key: zoneKey, operator: 'In', values: [zone] }] }
  return {
    metadata: {
      name: volume,
      annotations: { 'pv.kubernetes.io/provisioned-by': provisioner },
      ...(zone === undefined ? {} : { labels: { [zoneKey]: zone } }),
    },
    spec: {
      capacity: { storage: claim.spec.resources.requests['storage'] ?? '1Gi' },
      accessModes: [...claim.spec.accessModes],
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name,
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      csi: { driver: provisioner, volumeHandle: `vol-${uid.replaceAll('-', '').slice(0, 17)}`, fsType: 'ext4' },
      ...(zone === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [term] } } }),
    },
  }
}

/** A claim that is being deleted stays while a pod uses it; its volume goes with it where the policy says so. */
function release(hands: Hands, claim: Claim): undefined {
  const used = hands
    .list<Pod>('pods', claim.metadata.namespace)
    .some(
      (pod) =>
        pod.status.phase !== 'Succeeded' &&
        pod.status.phase !== 'Failed' &&
        claimNamesOf(pod).includes(claim.metadata.name),
    )
  if (used) return
  hands.update('persistentvolumeclaims', claim, (object) => {
    object.metadata.finalizers = (object.metadata.finalizers ?? []).filter(
      (finalizer) => finalizer !== 'kubernetes.io/pvc-protection',
    )
  })
  const volume = hands.get<KubeObject & { spec: { persistentVolumeReclaimPolicy?: string } }>(
    'persistentvolumes',
    undefined,
    claim.spec.volumeName ?? '',
  )
  if (volume === undefined) return
  if (volume.spec.persistentVolumeReclaimPolicy !== 'Delete') {
    hands.status('persistentvolumes', volume, { phase: 'Released' })
    return
  }
  hands.update('persistentvolumes', volume, (object) => {
    object.metadata.finalizers = []
  })
  hands.remove('persistentvolumes', volume)
}
