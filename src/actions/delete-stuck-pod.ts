import { z } from 'zod'
import { conditionOf, conditionsAt, textAt } from '../domain/at.ts'
import { expectedOf } from '../domain/expected.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { timeOf } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import { type Action, defineAction } from './action.ts'
import { deleteRequest } from './change/delete.ts'
import { goesWith } from './change/goes-with.ts'

/** How long after its grace period a pod must be terminating before it counts as stuck, in ms. */
const patience = 300_000

/**
 * Takes a pod that should be gone off the API: one that has been terminating for 5 minutes past its grace period, on a node
 * that does not answer or is gone. Refuses where a kubelet still could end it, and where a finalizer holds it.
 */
export const action: Action = defineAction({
  id: 'delete-stuck-pod',
  title: 'Delete the stuck pod',
  kinds: ['Pod'],
  needs: ['nodes', 'namespacePods', 'services'],
  terminating: true,
  input: z.strictObject({}),
  draft: ({ target, related, at }) => {
    const ref = refOf(target)
    const name = refText(ref)
    const due = timeOf(target.metadata.deletionTimestamp)
    const now = timeOf(at)
    if (due === undefined || now === undefined)
      return refused('not-terminating', `${name} is not being deleted. Evict it instead.`)
    if (now - due < patience)
      return refused(
        'not-stuck',
        `${name} was to be gone at ${target.metadata.deletionTimestamp}; it gets 5 minutes more.`,
      )
    const finalizers = target.metadata.finalizers ?? []
    if (finalizers.length > 0)
      return refused('finalizer-holds', `${some(finalizers)} holds ${name}: deleting it again changes nothing.`)
    const node = textAt(target, 'spec', 'nodeName')
    const why = node === undefined ? 'it never had a node' : gone(related.nodes ?? [], node)
    if (why === undefined)
      return refused('node-answers', `Node ${node} answers, so its kubelet is still ending ${name}: look there first.`)
    const expected = expectedOf(target, true)
    if (expected === undefined) return refused('no-uid', 'The pod was read without its uid, so it cannot be pinned.')
    const request = deleteRequest(ref, { preconditions: expected, gracePeriodSeconds: 0 })
    if (isRefusal(request)) return request
    const { uid: _, ...named } = ref
    const ordered = target.metadata.ownerReferences?.some((owner) => owner.kind === 'StatefulSet') === true
    return {
      change: { kind: 'cluster-write', request },
      risk: 'high',
      blast: {
        pods: 1,
        workloads: 1,
        services: 0,
        objects: [ref],
        notes: [
          why,
          'its containers may still run there',
          ...(ordered
            ? ['of a StatefulSet: another one of the same name starts and may write to the same volume']
            : []),
          ...goesWith(target, related).notes,
        ],
      },
      success: { kind: 'gone', target: named, uid: expected.uid, within: 60 },
      undo: { kind: 'none', reason: 'the pod was ending already; its controller makes another' },
      summary: `Delete stuck ${refText(ref)} without waiting for its node`,
    }
  },
})

/** Why a node cannot end its pods; undefined where it is there and ready. */
const gone = (nodes: readonly KubeObject[], name: string): string | undefined => {
  const node = nodes.find((one) => one.metadata.name === name)
  if (node === undefined) return `node ${name} is gone`
  const ready = conditionOf(conditionsAt(node), 'Ready')?.status
  return ready === 'True' ? undefined : `node ${name} is not ready (${ready ?? 'nothing known'})`
}
