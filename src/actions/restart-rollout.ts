import { z } from 'zod'
import { textAt } from '../domain/at.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { type Op, patchRequest, setAnnotation } from './change/patch.ts'
import { blastOfRollout, cannotRoll, rolloutSucceeds, workloadKinds } from './change/workload.ts'

const restartedAt = 'kubectl.kubernetes.io/restartedAt'

/** Replaces the pods one by one from the same template. `restartedAt` is the plan's time, so a replay changes nothing. */
export const action: Action = defineAction({
  id: 'restart-rollout',
  title: 'Restart',
  kinds: [...workloadKinds],
  needs: [],
  input: z.strictObject({}),
  draft: ({ target, related, mark, at }) => {
    const stuck = cannotRoll(target)
    if (stuck !== undefined) return stuck
    const template = ['spec', 'template'] as const
    const old = textAt(target, ...template, 'metadata', 'annotations', restartedAt)
    const guard: readonly Op[] =
      old === undefined
        ? []
        : [
            {
              op: 'test',
              path: '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt',
              value: old,
            },
          ]
    const request = patchRequest(target, mark, [...guard, ...setAnnotation(target, template, restartedAt, at)])
    if (isRefusal(request)) return request
    return {
      change: { kind: 'cluster-write', request },
      risk: 'low',
      blast: blastOfRollout(target, related),
      success: rolloutSucceeds(target),
      undo: { kind: 'none', reason: 'a restart changes nothing that could be put back' },
      summary: `Restart ${refText(refOf(target))}`,
    }
  },
})
