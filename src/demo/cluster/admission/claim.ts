import type { Ground } from '../registry/context.ts'
import { forbidden, invalid } from '../registry/errors.ts'
import type { AdmissionChange } from '../registry/registry.ts'
import { quantity } from '../schema/quantity.ts'
import { fieldsAt, type OpenObject } from '../types.ts'

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

/** A claim grows only where its class lets it, and never shrinks below what it has. */
export function resizeAllowed({ storage }: Ground, { resource, before, after, subresource }: AdmissionChange): void {
  const sizeOf = (object: OpenObject | undefined): string => {
    const requests = fieldsAt(fieldsAt(fieldsAt(object, 'spec'), 'resources'), 'requests')
    return String(requests['storage'] ?? '0')
  }
  const [old, wanted] = [quantity(sizeOf(before)), quantity(sizeOf(after))]
  if (subresource !== undefined || wanted === old) return
  const { name } = after.metadata
  const held = String(fieldsAt(fieldsAt(before, 'status'), 'capacity')['storage'] ?? '0')
  if (wanted < quantity(held))
    throw invalid(resource, name, [
      {
        type: 'FieldValueForbidden',
        field: 'spec.resources.requests.storage',
        detail: 'field can not be less than status.capacity',
      },
    ])
  const storageClass = storage.get(
    'storageclasses.storage.k8s.io',
    undefined,
    String(fieldsAt(after, 'spec')['storageClassName'] ?? ''),
  ) as OpenObject | undefined
  if (wanted > old && storageClass?.['allowVolumeExpansion'] !== true)
    throw forbidden(
      resource,
      name,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    )
}

/** A new volume gets its protection finalizer. */
export function protectVolumes({ after }: AdmissionChange): void {
  after.metadata.finalizers = [...new Set([...(after.metadata.finalizers ?? []), 'kubernetes.io/pv-protection'])]
}
