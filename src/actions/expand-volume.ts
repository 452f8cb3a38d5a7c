import { z } from 'zod'
import { listAt, textAt, trueAt } from '../domain/at.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { bytesText, parseQuantity } from '../domain/quantity.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction, type Related } from './action.ts'
import { patchRequest } from './change/patch.ts'

const most = 64 * 2 ** 40
const size = z
  .string()
  .max(20)
  .refine((text) => /^\d+(\.\d+)?[KMGT]i?$/.test(text), 'is not a size such as 20Gi')

/**
 * Makes a bound volume claim larger, where its StorageClass allows it. Never smaller and at most ten times as large. There is
 * no way back: Kubernetes cannot shrink a volume, and the card says so. More than twice the size is a high risk.
 */
export const action: Action = defineAction({
  id: 'expand-volume',
  title: 'Expand',
  kinds: ['PersistentVolumeClaim'],
  needs: ['storageClasses', 'namespacePods'],
  input: z.strictObject({ size }),
  draft: ({ target, related, mark }, input) => {
    const name = refText(refOf(target))
    const asked = textAt(target, 'spec', 'resources', 'requests', 'storage')
    const [from, to] = [parseQuantity(asked), parseQuantity(input.size)]
    const no = cannotExpand(target, related)
    if (no !== undefined) return no
    if (asked === undefined || from === undefined || to === undefined)
      return refused('size-unknown', `${name} does not say how large it is.`)
    if (to === from) return refused('already-there', `${name} asks for ${asked} already.`)
    if (to < from) return refused('cannot-shrink', `${name} has ${asked}; a volume cannot be made smaller.`)
    if (to > from * 10 || to > most)
      return refused('too-much', `${input.size} is more than ten times what ${name} has now (${asked}), or than 64Ti.`)
    const path = '/spec/resources/requests/storage'
    const request = patchRequest(target, mark, [
      { op: 'test', path, value: asked },
      { op: 'replace', path, value: input.size },
    ])
    if (isRefusal(request)) return request
    const { uid: _, ...claim } = refOf(target)
    return {
      change: { kind: 'cluster-write', request },
      risk: to > from * 2 ? 'high' : 'medium',
      blast: { pods: 0, workloads: 0, services: 0, objects: [refOf(target)], notes: notesOf(target, related) },
      success: {
        kind: 'fields-hold',
        target: claim,
        all: [
          { path: ['spec', 'resources', 'requests', 'storage'], is: 'at-least', value: input.size },
          { path: ['status', 'capacity', 'storage'], is: 'at-least', value: input.size },
        ],
        never: ['ControllerResizeInfeasible', 'NodeResizeInfeasible'].map((value) => ({
          path: ['status', 'allocatedResourceStatuses', 'storage'],
          is: 'equal',
          value,
        })),
        within: 600,
      },
      undo: { kind: 'none', reason: 'a volume that was made larger cannot be made smaller again' },
      summary: `Expand ${name} from ${asked} to ${input.size}`,
    }
  },
})

const cannotExpand = (claim: KubeObject, related: Related): Refusal | undefined => {
  const name = refText(refOf(claim))
  if (textAt(claim, 'status', 'phase') !== 'Bound')
    return refused('claim-not-bound', `${name} is not bound to a volume, so there is nothing to make larger.`)
  const className = textAt(claim, 'spec', 'storageClassName')
  const found = related.storageClasses?.find((one) => one.metadata.name === className)
  if (found === undefined)
    return refused('class-unknown', `The StorageClass of ${name} does not exist, so it cannot be made larger.`)
  if (!trueAt(found, 'allowVolumeExpansion'))
    return refused('class-forbids', `StorageClass ${found.metadata.name} does not allow volumes to be made larger.`)
  const under = conditions.find((type) => isTrue(claim, type))
  return under === undefined
    ? undefined
    : refused('resize-running', `${name} is being made larger already (${under}); wait until that has ended.`)
}

const conditions = ['Resizing', 'FileSystemResizePending'] as const
const isTrue = (claim: KubeObject, type: string): boolean =>
  listAt(claim, 'status', 'conditions').some((one) => textAt(one, 'type') === type && textAt(one, 'status') === 'True')

const notesOf = (claim: KubeObject, related: Related): readonly string[] => {
  const users = (related.namespacePods ?? []).filter((pod) =>
    listAt(pod, 'spec', 'volumes').some(
      (volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') === claim.metadata.name,
    ),
  )
  const pods = users.map((pod) => pod.metadata.name).slice(0, 3)
  const set = users
    .flatMap((pod) => pod.metadata.ownerReferences ?? [])
    .find((owner) => owner.controller === true && owner.kind === 'StatefulSet')
  const capacity = parseQuantity(textAt(claim, 'status', 'capacity', 'storage'))
  return [
    users.length === 0 ? 'no pod uses it now: the file system grows when one mounts it' : `used by ${pods.join(', ')}`,
    ...(capacity === undefined ? [] : [`it has ${bytesText(capacity)} now`]),
    ...(set === undefined ? [] : [`StatefulSet ${set.name} makes the claims of further replicas at the old size`]),
    'it costs what the larger volume costs, and cannot be undone',
  ]
}
