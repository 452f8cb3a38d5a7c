import type { LimitRange, PodSpec, ResourceQuota } from './kubernetes.ts'
import { withDefaults } from './limit-range.ts'
import type { Amounts } from './pod-resources.ts'
import { podRequests } from './pod-resources.ts'
import { parseQuantity } from './quantity.ts'

/** One resource of a quota that a new pod would take over the line. Amounts in base units. */
export type OverQuota = {
  readonly resource: string
  readonly wants: number
  readonly used: number
  readonly hard: number
}

const completed = (spec: PodSpec, ranges: readonly LimitRange[]): PodSpec => ({
  ...spec,
  ...(spec.initContainers === undefined
    ? {}
    : {
        initContainers: spec.initContainers.map((one) => ({ ...one, resources: withDefaults(one.resources, ranges) })),
      }),
  containers: (spec.containers ?? []).map((one) => ({ ...one, resources: withDefaults(one.resources, ranges) })),
})

const limitsOf = (spec: PodSpec): Amounts =>
  podRequests({
    ...spec,
    containers: (spec.containers ?? []).map(({ resources, ...one }) => ({
      ...one,
      resources: { requests: resources?.limits ?? {} },
    })),
    initContainers: (spec.initContainers ?? []).map(({ resources, ...one }) => ({
      ...one,
      resources: { requests: resources?.limits ?? {} },
    })),
    ...(spec.resources === undefined ? {} : { resources: { requests: spec.resources.limits ?? {} } }),
  })

const demandOf = (resource: string, requests: Amounts, limits: Amounts): number => {
  if (resource === 'pods' || resource === 'count/pods') return 1
  if (resource.startsWith('limits.')) return limits[resource.slice('limits.'.length)] ?? 0
  return requests[resource.replace(/^requests\./, '')] ?? 0
}

const compute = /^(?:(requests|limits)\.)?(cpu|memory)$/

const bestEffort = (spec: PodSpec): boolean =>
  (spec.containers ?? []).every(({ resources }) =>
    ['cpu', 'memory'].every(
      (name) => resources?.requests?.[name] === undefined && resources?.limits?.[name] === undefined,
    ),
  )

const inScope = (scope: string, spec: PodSpec): boolean | undefined => {
  switch (scope) {
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined
    case 'BestEffort':
      return bestEffort(spec)
    case 'NotBestEffort':
      return !bestEffort(spec)
    default:
      return undefined
  }
}

/** Whether a quota counts this pod; undefined where one of its scopes cannot be judged from the pod alone. */
export const countsPod = (quota: ResourceQuota, spec: PodSpec): boolean | undefined => {
  const verdicts = (quota.spec?.scopes ?? []).map((scope) => inScope(scope, spec))
  for (const { scopeName, operator, values = [] } of quota.spec?.scopeSelector?.matchExpressions ?? []) {
    if (scopeName !== 'PriorityClass') {
      verdicts.push(inScope(scopeName ?? '', spec))
      continue
    }
    const has = spec.priorityClassName
    if (operator === 'In') verdicts.push(has !== undefined && values.includes(has))
    else if (operator === 'Exists') verdicts.push(has !== undefined)
    else verdicts.push(undefined)
  }
  if (verdicts.includes(false)) return false
  return verdicts.includes(undefined) ? undefined : true
}

/** What of a quota one more such pod would exceed, by the quota's own status. */
export const overQuota = (
  quota: ResourceQuota,
  template: PodSpec,
  ranges: readonly LimitRange[],
): readonly OverQuota[] => {
  const spec = completed(template, ranges)
  const [requests, limits] = [podRequests(spec), limitsOf(spec)]
  return Object.entries(quota.status?.hard ?? quota.spec?.hard ?? {}).flatMap(([resource, text]) => {
    const [hard, used] = [parseQuantity(text), parseQuantity(quota.status?.used?.[resource])]
    const wants = demandOf(resource, requests, limits)
    return hard === undefined || used === undefined || wants === 0 || used + wants <= hard * (1 + 1e-9)
      ? []
      : [{ resource, wants, used, hard }]
  })
}

/** The requests and limits that a quota demands of every container and that some container does not state: `limits.memory`. */
export const unstated = (
  quota: ResourceQuota,
  template: PodSpec,
  ranges: readonly LimitRange[],
): readonly { readonly container: string; readonly resource: string }[] => {
  const spec = completed(template, ranges)
  return Object.keys(quota.status?.hard ?? quota.spec?.hard ?? {}).flatMap((resource) => {
    const [, which = 'requests', name = ''] = compute.exec(resource) ?? []
    if (name === '') return []
    const side = which === 'limits' ? 'limits' : 'requests'
    if (spec.resources?.[side]?.[name] !== undefined) return []
    return [...(spec.initContainers ?? []), ...(spec.containers ?? [])]
      .filter((one) => one.resources?.[side]?.[name] === undefined)
      .map((one) => ({ container: one.name, resource }))
  })
}
