import { z } from 'zod'
import { numberAt, textAt } from '../domain/at.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import type { FieldExpectation } from '../domain/plan.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { type Op, patchRequest } from './change/patch.ts'

const bound = z.int().min(1).max(1000)
const input = z
  .strictObject({ min: bound.optional(), max: bound.optional() })
  .refine((value) => value.min !== undefined || value.max !== undefined, 'names no bound to set')

type Bounds = { readonly min: number; readonly max: number }

/**
 * Sets the bounds between which a HorizontalPodAutoscaler scales. Refuses what KEDA owns, a minimum over the maximum, and
 * more than ten times the maximum. Bounds that take pods away are a high risk. Undone by the old bounds.
 */
export const action: Action = defineAction({
  id: 'set-autoscaler-bounds',
  title: 'Set autoscaler bounds',
  kinds: ['HorizontalPodAutoscaler.autoscaling'],
  needs: [],
  input,
  draft: ({ target, mark }, wanted) => {
    const name = refText(refOf(target))
    const old: Bounds = {
      min: numberAt(target, 'spec', 'minReplicas') ?? 1,
      max: numberAt(target, 'spec', 'maxReplicas') ?? 0,
    }
    const next: Bounds = { min: wanted.min ?? old.min, max: wanted.max ?? old.max }
    const no = cannotSet(target, old, next)
    if (no !== undefined) return no
    const request = patchRequest(target, mark, [
      ...setting(target, 'minReplicas', next.min),
      ...setting(target, 'maxReplicas', next.max),
    ])
    if (isRefusal(request)) return request
    const now = numberAt(target, 'status', 'currentReplicas') ?? 0
    const forced = now === 0 ? 0 : Math.min(next.max, Math.max(next.min, now)) - now
    const { uid: _, ...object } = refOf(target)
    return {
      change: { kind: 'cluster-write', request },
      risk: forced < 0 ? 'high' : next.max > old.max ? 'low' : 'medium',
      blast: {
        pods: Math.abs(forced),
        workloads: 1,
        services: 0,
        objects: [refOf(target)],
        notes: [scaled(target, now, forced)],
      },
      success: { kind: 'fields-hold', target: object, all: proofOf(next, now), within: 120 },
      undo:
        old.min < 1
          ? { kind: 'none', reason: 'a minimum of zero is not set by this action' }
          : {
              kind: 'action',
              action: 'set-autoscaler-bounds',
              target: refOf(target),
              input: { min: old.min, max: old.max },
              summary: `set ${old.min} to ${old.max} again`,
            },
      summary: `Let ${name} scale between ${next.min} and ${next.max} (now ${old.min} to ${old.max})`,
    }
  },
})

const cannotSet = (hpa: KubeObject, old: Bounds, next: Bounds): Refusal | undefined => {
  const name = refText(refOf(hpa))
  const keda = hpa.metadata.ownerReferences?.find((owner) => owner.kind === 'ScaledObject')
  if (keda !== undefined)
    return refused('keda-owned', `KEDA's ScaledObject ${keda.name} owns ${name}; its bounds are set there.`)
  if (next.min === old.min && next.max === old.max)
    return refused('already-there', `${name} scales between ${old.min} and ${old.max} already.`)
  if (next.min > next.max)
    return refused('bounds-crossed', `A minimum of ${next.min} is more than the maximum of ${next.max}.`)
  if (next.max > Math.max(10, old.max * 10))
    return refused('too-much', `${next.max} is more than ten times what ${name} may reach now (${old.max}).`)
  return undefined
}

const setting = (hpa: KubeObject, field: 'minReplicas' | 'maxReplicas', value: number): readonly Op[] => {
  const old = numberAt(hpa, 'spec', field)
  const path = `/spec/${field}`
  if (old === value || (old === undefined && value === 1)) return []
  return [...(old === undefined ? [] : [{ op: 'test', path, value: old } as const]), { op: 'add', path, value }]
}

const scaled = (hpa: KubeObject, now: number, forced: number): string => {
  const what = `${textAt(hpa, 'spec', 'scaleTargetRef', 'kind') ?? 'what'} ${textAt(hpa, 'spec', 'scaleTargetRef', 'name') ?? 'it scales'}`
  if (forced !== 0) return `${what} goes from ${now} to ${now + forced} replicas at once`
  return now === 0
    ? `${what} is at zero, where an autoscaler does nothing`
    : `${what} keeps its ${now} replicas for now`
}

/** The bounds are there, and unless it stands at zero, the controller keeps to them. */
const proofOf = ({ min, max }: Bounds, now: number): readonly FieldExpectation[] => [
  { path: ['spec', 'minReplicas'], is: 'at-least', value: min },
  { path: ['spec', 'maxReplicas'], is: 'equal', value: max },
  ...(now === 0
    ? []
    : ([
        { path: ['status', 'desiredReplicas'], is: 'at-least', value: min },
        { path: ['status', 'desiredReplicas'], is: 'at-most', value: max },
      ] as const)),
]
