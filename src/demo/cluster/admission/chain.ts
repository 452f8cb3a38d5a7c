import type { Ground } from '../registry/context.ts'
import type { Admission } from '../registry/registry.ts'
import { fieldsAt, listAt, type OpenObject } from '../types.ts'
import { claimDefaults, protectVolumes, resizeAllowed } from './claim.ts'
import { jobLabels } from './job.ts'
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
      if (change.resource.kind === 'Namespace')
        change.after['spec'] = { ...fieldsAt(change.after, 'spec'), finalizers: ['kubernetes'] }
      if (change.resource.kind === 'PersistentVolumeClaim') claimDefaults(ground, change)
      if (change.resource.kind === 'PersistentVolume') protectVolumes(change)
      if (change.resource.kind === 'Service') allocate(change)
      if (change.resource.kind === 'Job') jobLabels(change)
      if (change.resource.kind === 'Node') taintNewNode(change.after)
    },
    validate: (change) => {
      if (change.operation === 'update' && change.resource.kind === 'PersistentVolumeClaim')
        resizeAllowed(ground, change)
      if (change.operation !== 'create') return () => {}
      if (change.resource.kind === 'Pod') limitRange.validate(ground, change)
      return quota(ground, change)
    },
  }
}

/** A node takes no pods until the node controller has seen it ready. */
function taintNewNode(node: OpenObject): void {
  const spec = fieldsAt(node, 'spec')
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }
  const held = listAt(spec, 'taints')
  if (!held.some((entry) => fieldsAt({ entry }, 'entry')['key'] === taint.key))
    node['spec'] = { ...spec, taints: [...held, taint] }
}
