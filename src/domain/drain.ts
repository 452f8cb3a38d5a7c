import { listAt, textAt } from './at.ts'
import type { KubeObject } from './kubernetes.ts'

/**
 * What a drain does about a pod: `evict` it, or leave it because it is a static pod of the node (`mirror`), is kept there by
 * a DaemonSet, has finished, or is going already. `bare`: evicted it would be gone for good, since nothing makes it again.
 */
export type OnDrain = 'evict' | 'bare' | 'mirror' | 'daemonset' | 'finished' | 'going'

/** What a drain does about this pod. */
export const onDrain = (pod: KubeObject): OnDrain => {
  const controller = pod.metadata.ownerReferences?.find((owner) => owner.controller === true)
  if (controller?.kind === 'Node' || pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined)
    return 'mirror'
  const phase = textAt(pod, 'status', 'phase')
  if (phase === 'Succeeded' || phase === 'Failed') return 'finished'
  if (pod.metadata.deletionTimestamp !== undefined) return 'going'
  if (controller?.kind === 'DaemonSet') return 'daemonset'
  return controller === undefined ? 'bare' : 'evict'
}

/** The volumes of a pod that live on its node and are lost with it. */
export const localVolumes = (pod: KubeObject): readonly string[] =>
  listAt(pod, 'spec', 'volumes').flatMap((volume) => {
    const name = textAt(volume, 'name')
    const local = typeof volume === 'object' && volume !== null && 'emptyDir' in volume
    const memory = textAt(volume, 'emptyDir', 'medium') === 'Memory'
    return local && !memory && name !== undefined ? [name] : []
  })
