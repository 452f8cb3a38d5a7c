import { z } from 'zod'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { patchRequest } from './change/patch.ts'
import { blastOfRollout, rolloutSucceeds, specOf } from './change/workload.ts'

/**
 * Lets a paused Deployment go on: everything that was changed of its template meanwhile rolls now. Success is that rollout.
 * Undone by pause-rollout, which stops it where it is then.
 */
export const action: Action = defineAction({
  id: 'resume-rollout',
  title: 'Resume',
  kinds: ['Deployment.apps'],
  needs: [],
  input: z.strictObject({}),
  draft: ({ target, related, mark }) => {
    const name = refText(refOf(target))
    if (specOf(target).paused !== true) return refused('already-there', `${name} is not paused.`)
    const request = patchRequest(target, mark, [
      { op: 'test', path: '/spec/paused', value: true },
      { op: 'remove', path: '/spec/paused' },
    ])
    if (isRefusal(request)) return request
    const blast = blastOfRollout(target, related)
    return {
      change: { kind: 'cluster-write', request },
      risk: 'medium',
      blast: { ...blast, notes: ['what was changed of its template while it was paused rolls now', ...blast.notes] },
      success: rolloutSucceeds(target),
      undo: { kind: 'action', action: 'pause-rollout', target: refOf(target), input: {}, summary: 'pause it again' },
      summary: `Resume ${name}`,
    }
  },
})
