import { trueAt } from '../../domain/at.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { refText } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { Draft, DraftContext } from '../action.ts'
import { patchRequest } from './patch.ts'

/** Whether a node takes no new pods. */
export const isCordoned = (node: KubeObject): boolean => trueAt(node, 'spec', 'unschedulable')

/** The draft that makes a node unschedulable or schedulable; the two actions are each other's way back. */
export const draftCordon = ({ target, related, mark }: DraftContext, cordon: boolean): Draft | Refusal => {
  const name = refText(refOf(target))
  if (isCordoned(target) === cordon)
    return refused('already-there', `${name} is ${cordon ? 'cordoned' : 'schedulable'} already.`)
  const request = patchRequest(
    target,
    mark,
    cordon
      ? [{ op: 'add', path: '/spec/unschedulable', value: true }]
      : [
          { op: 'test', path: '/spec/unschedulable', value: true },
          { op: 'remove', path: '/spec/unschedulable' },
        ],
  )
  if (isRefusal(request)) return request
  const { uid: _, ...node } = refOf(target)
  const here = related.pods.filter(
    (pod) => (pod.spec as { readonly nodeName?: string } | undefined)?.nodeName === target.metadata.name,
  ).length
  return {
    change: { kind: 'cluster-write', request },
    risk: cordon ? 'medium' : 'low',
    blast: {
      pods: 0,
      workloads: 0,
      services: 0,
      objects: [refOf(target)],
      notes: [cordon ? `no new pods go there; the ${here} that run there stay` : 'new pods may go there again'],
    },
    success: {
      kind: 'field-equals',
      target: node,
      path: ['spec', 'unschedulable'],
      value: cordon ? true : null,
      within: 30,
    },
    undo: {
      kind: 'action',
      action: cordon ? 'uncordon-node' : 'cordon-node',
      target: refOf(target),
      input: {},
      summary: cordon ? 'uncordon it' : 'cordon it again',
    },
    summary: `${cordon ? 'Cordon' : 'Uncordon'} ${name}`,
  }
}
