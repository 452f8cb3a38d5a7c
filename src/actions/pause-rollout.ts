import { z } from 'zod'
import { numberAt } from '../domain/at.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { patchRequest } from './change/patch.ts'
import { autoscalersOf, specOf } from './change/workload.ts'

/**
 * Stops a Deployment's rollout where it is: old and new pods stay as they are. Success is that the controller has seen it.
 * Undone by resume-rollout.
 */
export const action: Action = defineAction({
  id: 'pause-rollout',
  title: 'Pause',
  kinds: ['Deployment.apps'],
  needs: [],
  input: z.strictObject({}),
  draft: ({ target, related, mark }) => {
    const name = refText(refOf(target))
    const { paused, replicas = 1 } = specOf(target)
    if (paused === true) return refused('already-there', `${name} is paused already.`)
    const request = patchRequest(target, mark, [{ op: 'add', path: '/spec/paused', value: true }])
    if (isRefusal(request)) return request
    const { uid: _, ...object } = refOf(target)
    const updated = numberAt(target, 'status', 'updatedReplicas') ?? 0
    const hpa = autoscalersOf(target, related)[0]
    const notes = [
      updated >= replicas
        ? 'no rollout is under way; later changes of the template wait'
        : `the rollout stays where it is: ${updated} of ${replicas} pods are of the new template`,
      ...(hpa === undefined ? [] : [`HorizontalPodAutoscaler ${hpa.metadata.name} goes on scaling it`]),
    ]
    return {
      change: { kind: 'cluster-write', request },
      risk: 'low',
      blast: { pods: 0, workloads: 1, services: 0, objects: [refOf(target)], notes },
      success: {
        kind: 'fields-hold',
        target: object,
        all: [
          { path: ['spec', 'paused'], is: 'equal', value: true },
          {
            path: ['status', 'observedGeneration'],
            is: 'at-least',
            value: (target.metadata.generation ?? 0) + 1,
          },
        ],
        within: 60,
      },
      undo: { kind: 'action', action: 'resume-rollout', target: refOf(target), input: {}, summary: 'resume it' },
      summary: `Pause ${name}`,
    }
  },
})
