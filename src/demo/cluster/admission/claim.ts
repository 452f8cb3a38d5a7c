import type { Ground } from '../registry/context.ts'
import type { AdmissionChange } from '../registry/registry.ts'
import { fieldsAt } from '../types.ts'

const isDefault = 'storageclass.kubernetes.io/is-default-class'

/** A new claim gets its protection finalizer, and the default class where it names none. */
export function claimDefaults({ storage }: Ground, { after }: AdmissionChange): void {
  const spec = fieldsAt(after, 'spec')
  after.metadata.finalizers = [...new Set([...(after.metadata.finalizers ?? []), 'kubernetes.io/pvc-protection'])]
  if (spec['storageClassName'] !== undefined) return
  const fallback = storage
    .list('storageclasses.storage.k8s.io')
    .find((entry) => entry.metadata.annotations?.[isDefault] === 'true')
  if (fallback !== undefined) spec['storageClassName'] = fallback.metadata.name
}

/** A new volume gets its protection finalizer. */
export function protectVolumes({ after }: AdmissionChange): void {
  after.metadata.finalizers = [...new Set([...(after.metadata.finalizers ?? []), 'kubernetes.io/pv-protection'])]
}
