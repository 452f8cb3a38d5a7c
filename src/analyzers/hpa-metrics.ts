import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type Container, type HorizontalPodAutoscaler, refOf } from '../domain/kubernetes.ts'
import { lookup } from '../domain/lookup.ts'
import { nearestName } from '../domain/near-name.ts'
import { type ObjectRef, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { parseQuantity } from '../domain/quantity.ts'
import { lasted } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { scalerRef, targetContainers, targetOf, targetRef } from './reading/scale-target.ts'

type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number]
type Case = {
  readonly view: ClusterView
  readonly hpa: HorizontalPodAutoscaler
  readonly target: ObjectRef
  readonly active: Condition | undefined
  readonly containers: readonly Container[]
}

const graceSeconds = 180

const blind = ({ view, hpa, active }: Case): boolean =>
  active?.status === 'False'
    ? active.reason !== 'ScalingDisabled' && lasted(active.lastTransitionTime, view.now, graceSeconds)
    : active === undefined && lasted(hpa.metadata.creationTimestamp, view.now, 600)

const base = (one: Case) => ({
  severity: 'warning' as const,
  object: scalerRef(one.view, one.hpa),
  affects: [one.target],
  ...(one.active?.lastTransitionTime === undefined ? {} : { since: one.active.lastTransitionTime }),
})

const said = ({ hpa, active }: Case) =>
  active === undefined || active.status !== 'False'
    ? []
    : [
        observe(
          'status',
          refOf(hpa),
          `ScalingActive is False (${active.reason ?? ''}): ${active.message ?? ''}`,
          active.lastTransitionTime,
        ),
      ]

const lacksRequest = (container: Container, resource: string): boolean =>
  container.resources?.requests?.[resource] === undefined && container.resources?.limits?.[resource] === undefined

/** Utilization is use divided by request, so every container that is counted needs a request. */
const withoutRequests = (
  one: Case,
  metric: Metric,
): { readonly resource: string; readonly containers: readonly string[] } | undefined => {
  const { resource, containerResource } = metric
  const kind = resource ?? containerResource
  const target = resource?.target ?? containerResource?.target
  const name = kind?.name
  if (name === undefined || (target?.averageUtilization === undefined && target?.type !== 'Utilization'))
    return undefined
  const counted =
    containerResource === undefined
      ? one.containers
      : one.containers.filter((container) => container.name === containerResource.container)
  const lacking = counted.filter((container) => lacksRequest(container, name)).map((container) => container.name)
  return lacking.length === 0 ? undefined : { resource: name, containers: lacking }
}

const missingRequests = (one: Case): Finding | undefined => {
  const told = /missing request for (\S+?)(?: in container (\S+))?(?: of| pod|$|\s)/i.exec(one.active?.message ?? '')
  const computed = (one.hpa.spec?.metrics ?? []).flatMap((metric) => withoutRequests(one, metric) ?? [])[0]
  // A condition that tells of something else (no metrics API) is not about requests.
  if (told === null && (computed === undefined || one.active !== undefined || !blind(one))) return undefined
  if (told !== null && !blind(one)) return undefined
  const resource = computed?.resource ?? told?.[1] ?? 'cpu'
  const containers = computed?.containers ?? [told?.[2] ?? ''].filter((name) => name !== '')
  const { target } = one
  const [container] = containers
  return {
    ...base(one),
    code: 'hpa-missing-requests',
    summary: `${refText(base(one).object)} cannot compute ${resource} utilization: container ${some(containers) || '(not told)'} of ${refText(target)} has no ${resource} request`,
    evidence: [
      ...said(one),
      observe('spec', target, `no resources.requests.${resource} in ${some(containers, 5) || 'a container'}`),
    ],
    confidence: told === null ? 0.85 : 0.96,
    fix: [
      `kubectl -n ${target.namespace ?? ''} set resources ${target.kind.toLowerCase()}/${target.name}${container === undefined ? '' : ` -c ${container}`} --requests=${resource}=<usual use>`,
      'Sidecars count too: give each container a request, or use a ContainerResource metric.',
    ],
    prevention: ['Set default requests with a LimitRange in namespaces that autoscale.'],
    facts: { resource, ...(container === undefined ? {} : { container }) },
  }
}

const wrongContainer = (one: Case): Finding | undefined => {
  for (const metric of one.hpa.spec?.metrics ?? []) {
    const name = metric.containerResource?.container
    const names = one.containers.map((container) => container.name)
    if (name === undefined || names.length === 0 || names.includes(name)) continue
    const near = nearestName(name, names)
    return {
      ...base(one),
      code: 'hpa-wrong-metric',
      summary: `${refText(base(one).object)} measures container ${name}, which ${refText(one.target)} does not have (only ${some(names)})${near === undefined ? '' : `; did you mean ${near}?`}`,
      evidence: [
        observe(
          'spec',
          refOf(one.hpa),
          `containerResource ${metric.containerResource?.name ?? ''} of container ${name}`,
        ),
        ...said(one),
      ],
      confidence: 0.95,
      fix: [
        `kubectl -n ${one.hpa.metadata.namespace ?? ''} edit hpa ${one.hpa.metadata.name} (containerResource.container)`,
      ],
      facts: { container: name, ...(near === undefined ? {} : { nearestKey: near }) },
    }
  }
  return undefined
}

const metricNames = (hpa: HorizontalPodAutoscaler): readonly string[] =>
  (hpa.spec?.metrics ?? []).flatMap(
    (metric) => metric.pods?.metric?.name ?? metric.object?.metric?.name ?? metric.external?.metric?.name ?? [],
  )

const apiOf: Readonly<Record<string, string>> = {
  FailedGetPodsMetric: 'custom.metrics.k8s.io',
  FailedGetObjectMetric: 'custom.metrics.k8s.io',
  FailedGetExternalMetric: 'external.metrics.k8s.io',
}

const unknownMetric = (one: Case): Finding | undefined => {
  const { active } = one
  const reason = active?.reason ?? ''
  const group = lookup(apiOf, reason)
  const ambiguous = reason === 'AmbiguousSelector'
  const invalid = reason === 'InvalidSelector' || reason === 'InvalidMetricSourceType'
  const container = reason === 'FailedGetContainerResourceMetric'
  if (active?.status !== 'False' || !blind(one) || (group === undefined && !ambiguous && !invalid && !container))
    return undefined
  const service = group === undefined ? undefined : one.view.all('APIService').find((api) => api.spec?.group === group)
  const down = service !== undefined && conditionOf(service.status?.conditions, 'Available')?.status === 'False'
  const names = metricNames(one.hpa)
  const what =
    group === undefined
      ? short(active.message ?? reason, 200)
      : `metric ${some(names) || '(not named)'} is not served by ${group}${service === undefined && one.view.complete('APIService') ? ' (no adapter is registered)' : ''}: ${short(active.message ?? '', 180)}`
  return {
    ...base(one),
    code: 'hpa-wrong-metric',
    summary: `${refText(base(one).object)} gets no metric for ${refText(one.target)}: ${what}`,
    evidence: said(one),
    confidence: 0.9,
    ...(down ? { symptom: true } : {}),
    dependsOn: service === undefined ? [] : [refOf(service)],
    fix:
      group === undefined
        ? [`kubectl -n ${one.hpa.metadata.namespace ?? ''} describe hpa ${one.hpa.metadata.name}`]
        : [
            `kubectl get --raw /apis/${group}/v1beta1 | head`,
            `Correct the metric name in the HPA, or the rules of the metrics adapter (${names.join(', ')}).`,
          ],
    facts: { metric: names[0] ?? '' },
  }
}

/** A memory-only autoscaler that stays calm while every pod uses up its CPU. */
const wrongResource = (one: Case): Finding | undefined => {
  const metrics = one.hpa.spec?.metrics ?? []
  if (metrics.length === 0 || !metrics.every((metric) => metric.resource?.name === 'memory')) return undefined
  if ((one.hpa.status?.currentReplicas ?? 0) >= (one.hpa.spec?.maxReplicas ?? 0)) return undefined
  const use = cpuUse(one)
  if (use === undefined || use.share < 0.9) return undefined
  return {
    ...base(one),
    code: 'hpa-wrong-metric',
    summary: `${refText(base(one).object)} scales on memory only, while the pods of ${refText(one.target)} use ${Math.round(use.share * 100)} % of their CPU ${use.of}: it will not scale out`,
    evidence: [
      observe(
        'metric',
        one.target,
        `cpu use ${Math.round(use.share * 100)} % of ${use.of} on average over ${use.pods} pods`,
      ),
      observe(
        'spec',
        refOf(one.hpa),
        `metrics: ${metrics.map((metric) => metric.resource?.name ?? '').join(', ')}; replicas ${one.hpa.status?.currentReplicas ?? '?'} of at most ${one.hpa.spec?.maxReplicas ?? '?'}`,
      ),
    ],
    confidence: 0.78,
    fix: [
      `Add a cpu Utilization metric: kubectl -n ${one.hpa.metadata.namespace ?? ''} edit hpa ${one.hpa.metadata.name}`,
    ],
    facts: { metric: 'memory', suggestedMetric: 'cpu' },
  }
}

const cpuUse = (one: Case): { readonly share: number; readonly of: string; readonly pods: number } | undefined => {
  const bounds = one.containers.map((container) =>
    parseQuantity(container.resources?.limits?.['cpu'] ?? container.resources?.requests?.['cpu']),
  )
  const bound = bounds.reduce<number>((sum, value) => sum + (value ?? 0), 0)
  const shares = one.view.podsOf(one.target).flatMap((pod) => {
    const usage = one.view.get('PodMetrics', pod.metadata.namespace, pod.metadata.name)
    const used = usage?.containers?.reduce((sum, container) => sum + (parseQuantity(container.usage?.['cpu']) ?? 0), 0)
    return used === undefined || bound === 0 ? [] : [used / bound]
  })
  if (shares.length === 0) return undefined
  const limited = one.containers.some((container) => container.resources?.limits?.['cpu'] !== undefined)
  return {
    share: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    of: limited ? 'limit' : 'request',
    pods: shares.length,
  }
}

const check = (view: ClusterView, hpa: HorizontalPodAutoscaler): readonly Finding[] => {
  const target = targetRef(hpa.metadata.namespace, hpa.spec?.scaleTargetRef)
  if (targetOf(view, target)?.replicas === 0) return []
  const one: Case = {
    view,
    hpa,
    target,
    active: conditionOf(hpa.status?.conditions, 'ScalingActive'),
    containers: targetContainers(view, target),
  }
  const found = wrongContainer(one) ?? missingRequests(one) ?? unknownMetric(one) ?? wrongResource(one)
  return found === undefined ? [] : [found]
}

/** Autoscalers that are blind or look at the wrong thing: missing requests, unknown metrics or containers, the wrong resource. */
export const analyzer: Analyzer = {
  id: 'hpa-metrics',
  codes: ['hpa-missing-requests', 'hpa-wrong-metric'],
  needs: ['horizontalpodautoscalers'],
  analyze: (view) => view.all('HorizontalPodAutoscaler').flatMap((hpa) => check(view, hpa)),
}
