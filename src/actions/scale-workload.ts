import { z } from 'zod'
import type { BlastRadius } from '../domain/change.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import type { Risk } from '../domain/plan.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { patchRequest } from './change/patch.ts'
import { autoscalersOf, blastOfRollout, rolloutSucceeds, specOf } from './change/workload.ts'

/** Sets the number of replicas. Refuses where an autoscaler owns the number, and more than 1,000 or ten times as many. */
export const action: Action = defineAction({
  id: 'scale-workload',
  title: 'Scale',
  kinds: ['Deployment.apps', 'StatefulSet.apps'],
  needs: ['autoscalers'],
  input: z.strictObject({ replicas: z.int().min(0).max(1000) }),
  draft: ({ target, related, mark }, { replicas }) => {
    const name = refText(refOf(target))
    const now = specOf(target).replicas ?? 1
    const hpa = autoscalersOf(target, related)[0]
    if (hpa !== undefined && now > 0)
      return refused(
        'autoscaled',
        `HorizontalPodAutoscaler ${hpa.metadata.name} owns the replicas of ${name}; change its bounds instead.`,
      )
    if (replicas === now) return refused('already-there', `${name} already has ${now} replicas.`)
    if (replicas > Math.max(10, now * 10))
      return refused('too-much', `${replicas} is more than ten times what ${name} has now (${now}).`)
    const request = patchRequest(target, mark, [
      { op: 'test', path: '/spec/replicas', value: now },
      { op: 'replace', path: '/spec/replicas', value: replicas },
    ])
    if (isRefusal(request)) return request
    const rollout = blastOfRollout(target, related)
    const blast: BlastRadius = { ...rollout, pods: Math.abs(replicas - now) }
    return {
      change: { kind: 'cluster-write', request },
      risk: riskOf(now, replicas, rollout.services),
      blast,
      success: rolloutSucceeds(target),
      undo: {
        kind: 'action',
        action: 'scale-workload',
        target: refOf(target),
        input: { replicas: now },
        summary: `scale back to ${now}`,
      },
      summary: `Scale ${name} from ${now} to ${replicas} replicas`,
    }
  },
})

const riskOf = (from: number, to: number, services: number): Risk => {
  if (to === 0) return services > 0 ? 'high' : 'medium'
  return to < from ? 'medium' : 'low'
}
