import type { PersistentVolume, PersistentVolumeClaim } from './kubernetes.ts'
import { lookup } from './lookup.ts'
import { bytesText, parseQuantity } from './quantity.ts'
import { matchesSelector, selectorText } from './selector.ts'

/** Why the volume controller would not bind this volume to this claim; empty where it would. `taken` is set where another claim holds it. */
export type VolumeMatch = {
  readonly volume: PersistentVolume
  readonly faults: readonly string[]
  readonly taken: boolean
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

/** Access modes as kubectl shows them: `RWO,RWX`. */
export const modesText = (modes: readonly string[] | undefined): string =>
  (modes ?? []).map((mode) => lookup(shortModes, mode) ?? mode).join(',')

const holder = (volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined => {
  const held = volume.spec?.claimRef
  if (held?.name === undefined) return undefined
  const same = held.name === claim.metadata.name && held.namespace === claim.metadata.namespace
  if (same && (held.uid === undefined || held.uid === claim.metadata.uid)) return undefined
  const whose = `${held.namespace ?? ''}/${held.name}`
  if (same) return `still refers to an earlier claim of that name (${volume.status?.phase ?? 'Released'})`
  return volume.status?.phase === 'Released'
    ? `Released by ${whose}, its claimRef was not cleared`
    : `bound to ${whose}`
}

/** The arithmetic of static binding: class, size, access modes, volume mode, selector, and who holds it. */
export const matchVolume = (claim: PersistentVolumeClaim, volume: PersistentVolume): VolumeMatch => {
  const faults: string[] = []
  const held = holder(volume, claim)
  if (held !== undefined) faults.push(held)
  const [wantsClass, hasClass] = [claim.spec?.storageClassName ?? '', volume.spec?.storageClassName ?? '']
  if (wantsClass !== hasClass) faults.push(`class is "${hasClass}", wanted "${wantsClass}"`)
  const [wants, has] = [claim.spec?.resources?.requests?.['storage'], volume.spec?.capacity?.['storage']].map(
    parseQuantity,
  )
  if (wants !== undefined && has !== undefined && has < wants) {
    faults.push(`size is ${bytesText(has)}, wanted ${bytesText(wants)}`)
  }
  const modes = volume.spec?.accessModes ?? []
  if (!(claim.spec?.accessModes ?? []).every((mode) => modes.includes(mode))) {
    faults.push(`access modes are ${modes.join(', ')}, wanted ${(claim.spec?.accessModes ?? []).join(', ')}`)
  }
  const [wantsMode, hasMode] = [claim.spec?.volumeMode ?? 'Filesystem', volume.spec?.volumeMode ?? 'Filesystem']
  if (wantsMode !== hasMode) faults.push(`volume mode is ${hasMode}, wanted ${wantsMode}`)
  const { selector, volumeName } = claim.spec ?? {}
  if (selector !== undefined && !matchesSelector(selector, volume.metadata.labels)) {
    faults.push(`labels do not match ${selectorText(selector)}`)
  }
  if (volumeName !== undefined && volumeName !== volume.metadata.name) faults.push(`claim wants ${volumeName} by name`)
  return { volume, faults, taken: held !== undefined }
}
