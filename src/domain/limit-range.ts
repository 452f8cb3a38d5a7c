import type { Container, LimitRange, PodSpec, Resources } from './kubernetes.ts'
import { parseQuantity } from './quantity.ts'

type Limit = NonNullable<NonNullable<LimitRange['spec']>['limits']>[number]

const limitsOf = (ranges: readonly LimitRange[], type: string): readonly Limit[] =>
  ranges.flatMap((range) => (range.spec?.limits ?? []).filter((limit) => limit.type === type))

// As the API server completes a LimitRange: a bound is a default where no default is stated.
const defaultsOf = (limit: Limit): Required<Resources> => {
  const limits = { ...limit.max, ...limit.default }
  return { limits, requests: { ...limit.min, ...limits, ...limit.defaultRequest } }
}

/** The resources of a container as admission completes them: limits stand in for requests, then the namespace's defaults. */
export const withDefaults = (resources: Resources | undefined, ranges: readonly LimitRange[]): Required<Resources> => {
  const limits: Record<string, string> = { ...resources?.limits }
  const requests: Record<string, string> = { ...resources?.limits, ...resources?.requests }
  for (const limit of limitsOf(ranges, 'Container')) {
    const defaults = defaultsOf(limit)
    for (const [name, amount] of Object.entries(defaults.limits)) limits[name] ??= amount
    for (const [name, amount] of Object.entries(defaults.requests)) requests[name] ??= amount
  }
  return { limits, requests }
}

const amountOf = (amounts: Readonly<Record<string, string>>, name: string): number | undefined =>
  parseQuantity(amounts[name])

const brokenBy = (container: Container, limit: Limit, ranges: readonly LimitRange[]): readonly string[] => {
  const { limits, requests } = withDefaults(container.resources, ranges)
  const broken: string[] = []
  for (const [name, text] of Object.entries(limit.min ?? {})) {
    const [bound, asked, most] = [parseQuantity(text), amountOf(requests, name), amountOf(limits, name)]
    if (bound === undefined) continue
    if (asked !== undefined && asked < bound)
      broken.push(`minimum ${name} usage per Container is ${text}, but request is ${requests[name]}`)
    else if (most !== undefined && most < bound)
      broken.push(`minimum ${name} usage per Container is ${text}, but limit is ${limits[name]}`)
  }
  for (const [name, text] of Object.entries(limit.max ?? {})) {
    const [bound, asked, most] = [parseQuantity(text), amountOf(requests, name), amountOf(limits, name)]
    if (bound === undefined) continue
    if (most !== undefined && most > bound)
      broken.push(`maximum ${name} usage per Container is ${text}, but limit is ${limits[name]}`)
    else if (asked !== undefined && asked > bound)
      broken.push(`maximum ${name} usage per Container is ${text}, but request is ${requests[name]}`)
  }
  for (const [name, text] of Object.entries(limit.maxLimitRequestRatio ?? {})) {
    const [bound, asked, most] = [parseQuantity(text), amountOf(requests, name), amountOf(limits, name)]
    if (bound === undefined || asked === undefined || most === undefined || asked === 0 || most / asked <= bound)
      continue
    broken.push(`${name} max limit to request ratio per Container is ${text}, but provided ratio is ${most / asked}`)
  }
  return broken
}

/** What a LimitRange would say no to in a pod, container by container; empty where it would let the pod in. */
export const limitRangeBreaks = (
  spec: PodSpec,
  range: LimitRange,
  ranges: readonly LimitRange[],
): readonly { readonly container: string; readonly rule: string }[] =>
  [...(spec.initContainers ?? []), ...(spec.containers ?? [])].flatMap((container) =>
    limitsOf([range], 'Container').flatMap((limit) =>
      brokenBy(container, limit, ranges).map((rule) => ({ container: container.name, rule })),
    ),
  )
