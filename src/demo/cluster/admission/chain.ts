import type { Ground } from '../registry/context.ts'
import type { Admission, AdmissionChange } from '../registry/registry.ts'
import { claimDefaults, protectVolumes } from './claim.ts'
import { limitRange } from './limit-range.ts'
import { namespaceLifecycle } from './namespace.ts'
import { podDefaults } from './pod.ts'
import { quota } from './quota.ts'
import { createAllocator } from './service-address.ts'

/** The admission plugins of an ordinary cluster, in their order. */
export function createAdmission(ground: Ground): Admission {
  const allocate = createAllocator(ground)
  return {
    mutate: (change) => {
      namespaceLifecycle(ground, change)
      if (change.operation !== 'create') return
      if (change.resource.kind === 'Pod') {
        limitRange.mutate(ground, change)
        podDefaults(ground, change)
      }
      if (change.resource.kind === 'Namespace') labelNamespace(change)
      if (change.resource.kind === 'PersistentVolumeClaim') claimDefaults(ground, change)
      if (change.resource.kind === 'PersistentVolume') protectVolumes(change)
      if (change.resource.kind === 'Service') allocate(change)
    },
    validate: (change) => {
      if (change.operation !== 'create') return () => {}
      if (change.resource.kind === 'Pod') limitRange.validate(ground, change)
      return quota(ground, change)
    },
  }
}

function labelNamespace({ after }: AdmissionChange): void {
  after.metadata.labels = { ...after.metadata.labels, 'kubernetes.io/metadata.name': after.metadata.name }
  const spec = (after['spec'] ?? {}) as Record<string, unknown>
  after['spec'] = { ...spec, finalizers: ['kubernetes'] }
}
