import { z } from 'zod'
import { textAt } from '../domain/at.ts'
import { expectedOf } from '../domain/expected.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { checkedManifest, neverWritten } from '../domain/manifest.ts'
import { refText } from '../domain/object.ts'
import type { Undo } from '../domain/plan.ts'
import { manifestOf } from '../domain/prior.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { deleteRequest } from './change/delete.ts'
import { goesWith, readForDelete } from './change/goes-with.ts'
import { wholeKinds } from './change/whole.ts'

const input = z.strictObject({ propagation: z.enum(['Foreground', 'Background', 'Orphan']).optional() })

/**
 * Deletes one object, bound to its uid: what it takes along (owner references, endpoints, claims and their data) is counted
 * before and stands on the card. A pod that a controller keeps is evicted instead, which asks its PodDisruptionBudget.
 */
export const action: Action = defineAction({
  id: 'delete-object',
  title: 'Delete',
  kinds: wholeKinds,
  never: neverWritten,
  needs: [],
  needsOf: readForDelete,
  input,
  draft: ({ target, related }, { propagation = 'Background' }) => {
    const ref = refOf(target)
    const controller = target.metadata.ownerReferences?.find((owner) => owner.controller === true)
    if (controller !== undefined)
      return refused(
        'controlled',
        `${controller.kind} ${controller.name} makes ${refText(ref)} and would make it again. ${target.kind === 'Pod' ? 'Evict the pod' : 'Change that'} instead.`,
      )
    const expected = expectedOf(target)
    if (expected === undefined) return refused('no-uid', 'The object was read without its uid, so it cannot be pinned.')
    const request = deleteRequest(ref, { preconditions: expected, propagationPolicy: propagation })
    if (isRefusal(request)) return request
    const lost = goesWith(target, related)
    const stays = propagation === 'Orphan'
    const { uid: _, ...gone } = ref
    return {
      change: { kind: 'cluster-write', request },
      risk: 'high',
      blast: {
        pods: stays ? 0 : lost.pods.length,
        workloads: lost.pods.length > 0 && !stays ? 1 : 0,
        services: stays ? 0 : lost.services.length,
        objects: [ref, ...(stays ? [] : lost.objects)],
        notes: stays ? ['what it owns stays, and belongs to nobody then'] : lost.notes,
      },
      success: { kind: 'gone', target: gone, uid: expected.uid, within: propagation === 'Foreground' ? 300 : 120 },
      undo: wayBack(target),
      summary: `Delete ${refText(ref)}`,
    }
  },
})

/** Making the object again from what was captured: only where that brings back what there was. */
const wayBack = (target: KubeObject): Undo => {
  const none = (reason: string): Undo => ({ kind: 'none', reason })
  if (target.kind === 'PersistentVolumeClaim') return none('a claim made again would not hold the data of this one')
  if (target.kind === 'Pod') return none('a bare pod made again has lost what it held; make it from its manifest')
  if (target.kind === 'Job') return none('made again it would run again')
  if (textAt(target, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete')
    return none('its claims are deleted with their data')
  const manifest = manifestOf(target)
  const checked = checkedManifest(manifest)
  if (isRefusal(checked)) return none(`it could not be made again here: ${checked.reason}`)
  const { uid: _, ...ref } = refOf(target)
  return { kind: 'action', action: 'apply-object', target: ref, input: { manifest }, summary: madeAgain(target) }
}

const madeAgain = (target: KubeObject): string => {
  switch (target.kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return 'make it again as it was, with new pods and a new history'
    case 'Service':
      return textAt(target, 'spec', 'type') === 'LoadBalancer'
        ? 'make it again; its load balancer may get another address'
        : 'make it again as it was'
    default:
      return 'make it again as it was'
  }
}
