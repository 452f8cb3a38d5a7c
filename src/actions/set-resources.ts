import { z } from 'zod'
import type { Resources } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import type { Risk } from '../domain/plan.ts'
import { parseQuantity } from '../domain/quantity.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { type Action, defineAction } from './action.ts'
import { type Op, patchRequest, pointer } from './change/patch.ts'
import { blastOfRollout, cannotRoll, containerIn, rolloutSucceeds, workloadKinds } from './change/workload.ts'

// Bounds that no container of a sane cluster crosses: 1m to 256 cores, 4Mi to 4Ti.
const bounds = { cpu: [0.001, 256], memory: [4 * 2 ** 20, 4 * 2 ** 40] } as const
const resources = ['cpu', 'memory'] as const

const quantity = (resource: keyof typeof bounds) =>
  z
    .string()
    .max(20)
    .refine(
      (text) => {
        const value = parseQuantity(text)
        return (
          text === text.trim() && value !== undefined && value >= bounds[resource][0] && value <= bounds[resource][1]
        )
      },
      `is not a sensible ${resource} quantity such as ${resource === 'cpu' ? '500m' : '512Mi'}`,
    )

const amounts = z.strictObject({ cpu: quantity('cpu').optional(), memory: quantity('memory').optional() })
const input = z
  .strictObject({ container: z.string().max(63).optional(), requests: amounts.optional(), limits: amounts.optional() })
  .refine((value) => Object.keys({ ...value.requests, ...value.limits }).length > 0, 'names no resource to set')

type Input = z.output<typeof input>

/** Sets requests and limits of one container. It can raise, lower or add them, never remove one. */
export const action: Action = defineAction({
  id: 'set-resources',
  title: 'Set resources',
  kinds: [...workloadKinds],
  needs: [],
  input,
  draft: ({ target, related, mark }, wanted) => {
    const stuck = cannotRoll(target)
    if (stuck !== undefined) return stuck
    const found = containerIn(target, wanted.container)
    if (isRefusal(found)) return found
    const { container, path } = found
    const now = container.resources ?? {}
    const next = merged(now, wanted)
    const wrong = inconsistent(next)
    if (wrong !== undefined) return wrong
    const changes = changesOf(now, wanted)
    if (changes.length === 0)
      return refused('already-there', `Container ${container.name} has these resources already.`)
    const request = patchRequest(target, mark, [
      { op: 'test', path: pointer(...path, 'name'), value: container.name },
      ...guard(container.resources, path),
      { op: container.resources === undefined ? 'add' : 'replace', path: pointer(...path, 'resources'), value: next },
    ])
    if (isRefusal(request)) return request
    return {
      change: { kind: 'cluster-write', request },
      risk: riskOf(now, next),
      blast: blastOfRollout(target, related),
      success: rolloutSucceeds(target),
      undo: undoOf(changes, container.name ?? '', refOf(target)),
      summary: `Set ${changes.map((change) => change.text).join(', ')} on ${refText(refOf(target))} (${container.name})`,
    }
  },
})

const merged = (now: Resources, wanted: Input): Resources => ({
  ...now,
  ...(wanted.requests === undefined ? {} : { requests: { ...now.requests, ...defined(wanted.requests) } }),
  ...(wanted.limits === undefined ? {} : { limits: { ...now.limits, ...defined(wanted.limits) } }),
})

const defined = (amount: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(amount).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

const inconsistent = ({ requests, limits }: Resources): Refusal | undefined => {
  for (const resource of resources) {
    const [request, limit] = [parseQuantity(requests?.[resource]), parseQuantity(limits?.[resource])]
    if (request !== undefined && limit !== undefined && request > limit)
      return refused(
        'request-over-limit',
        `The ${resource} request ${requests?.[resource]} would be more than its limit ${limits?.[resource]}.`,
      )
  }
  return undefined
}

type Amount = {
  readonly where: 'requests' | 'limits'
  readonly resource: string
  readonly from: string | undefined
  readonly text: string
}

const changesOf = (now: Resources, wanted: Input): readonly Amount[] =>
  (['requests', 'limits'] as const).flatMap((where) =>
    resources.flatMap((resource) => {
      const [from, to] = [now[where]?.[resource], wanted[where]?.[resource]]
      if (to === undefined || parseQuantity(from) === parseQuantity(to)) return []
      const text = `${resource} ${where === 'limits' ? 'limit' : 'request'} ${from ?? 'none'} → ${to}`
      return [{ where, resource, from, text }]
    }),
  )

const guard = (now: Resources | undefined, path: readonly (string | number)[]): readonly Op[] =>
  now === undefined ? [] : [{ op: 'test', path: pointer(...path, 'resources'), value: now }]

const undoOf = (changes: readonly Amount[], container: string, target: ReturnType<typeof refOf>) => {
  // An amount that was not there cannot be put back: this action never removes one.
  if (changes.some((change) => change.from === undefined))
    return { kind: 'none', reason: 'a limit or request was added; taking it away again is not offered' } as const
  const input: Record<string, Record<string, string>> = {}
  for (const { where, resource, from } of changes)
    if (from !== undefined) input[where] = { ...input[where], [resource]: from }
  return {
    kind: 'action',
    action: 'set-resources',
    target,
    input: { container, ...input },
    summary: `set the old amounts again`,
  } as const
}

const riskOf = (now: Resources, next: Resources): Risk => {
  const lowered = resources.some(
    (resource) => (parseQuantity(next.limits?.[resource]) ?? 0) < (parseQuantity(now.limits?.[resource]) ?? 0),
  )
  const grown = resources.some((resource) => {
    const old = parseQuantity(now.limits?.[resource]) ?? parseQuantity(now.requests?.[resource])
    const value = parseQuantity(next.limits?.[resource]) ?? parseQuantity(next.requests?.[resource])
    return old !== undefined && value !== undefined && value > old * 4
  })
  return lowered || grown ? 'high' : 'medium'
}
