import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type HorizontalPodAutoscaler, refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { parseQuantity } from '../domain/quantity.ts'
import { lasted, secondsSince } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { scalerRef, targetRef } from './reading/scale-target.ts'

/** The autoscaler's own tolerance. */
const tolerance = 1.1
const stuckSeconds = 600

type Excess = { readonly resource: string; readonly current: string; readonly target: string; readonly ratio: number }

const excessOf = (hpa: HorizontalPodAutoscaler): readonly Excess[] =>
  (hpa.spec?.metrics ?? []).flatMap((metric) => {
    const name = metric.resource?.name
    const now = hpa.status?.currentMetrics?.find((one) => one.resource?.name === name)?.resource?.current
    const wanted = metric.resource?.target
    if (name === undefined || now === undefined || wanted === undefined) return []
    if (wanted.averageUtilization !== undefined && now.averageUtilization !== undefined)
      return [
        {
          resource: name,
          current: `${now.averageUtilization} %`,
          target: `${wanted.averageUtilization} %`,
          ratio: now.averageUtilization / wanted.averageUtilization,
        },
      ]
    const [value, bound] = [parseQuantity(now.averageValue), parseQuantity(wanted.averageValue)]
    return value === undefined || bound === undefined || bound === 0
      ? []
      : [{ resource: name, current: now.averageValue ?? '', target: wanted.averageValue ?? '', ratio: value / bound }]
  })

const check = (view: ClusterView, hpa: HorizontalPodAutoscaler): Finding | undefined => {
  const max = hpa.spec?.maxReplicas
  const limited = conditionOf(hpa.status?.conditions, 'ScalingLimited')
  const capped = limited?.status === 'True' && limited.reason === 'TooManyReplicas'
  if (max === undefined || (hpa.status?.currentReplicas ?? 0) < max) return undefined
  const all = excessOf(hpa)
  const worst = [...all].sort((a, b) => b.ratio - a.ratio)[0]
  // Where the metric can be read, it decides; where not (custom metrics), the controller's word does, after a longer while.
  const pressed = worst === undefined ? capped : worst.ratio > tolerance
  const since = limited?.lastTransitionTime ?? hpa.status?.lastScaleTime
  if (!pressed || !lasted(since, view.now, worst === undefined ? 900 : stuckSeconds)) return undefined
  const object = scalerRef(view, hpa)
  const target = targetRef(hpa.metadata.namespace, hpa.spec?.scaleTargetRef)
  const minutes = Math.round((secondsSince(since, view.now) ?? 0) / 60)
  const wanted = worst === undefined ? undefined : Math.ceil(max * worst.ratio)
  return {
    code: 'hpa-at-max',
    severity: 'warning',
    object,
    summary: `${refText(object)} has held ${refText(target)} at its maximum of ${max} replicas for ${minutes} min${worst === undefined ? ' and wants more' : `, and ${worst.resource} is still at ${worst.current} against a target of ${worst.target} (about ${wanted ?? '?'} replicas would be needed)`}`,
    evidence: [
      ...(limited === undefined
        ? []
        : [
            observe(
              'status',
              refOf(hpa),
              `ScalingLimited is ${limited.status ?? ''} (${limited.reason ?? ''}): ${limited.message ?? ''}`,
              limited.lastTransitionTime,
            ),
          ]),
      observe(
        'status',
        refOf(hpa),
        `replicas ${hpa.status?.currentReplicas ?? '?'} of ${hpa.spec?.minReplicas ?? 1} to ${max}${all.map((one) => `; ${one.resource} ${one.current} of ${one.target}`).join('')}`,
      ),
    ],
    confidence: capped ? 0.9 : 0.78,
    affects: [target],
    ...(since === undefined ? {} : { since }),
    fix: [
      `Check first why the load is high; then, if the nodes have room: kubectl -n ${hpa.metadata.namespace ?? ''} patch hpa ${hpa.metadata.name} --type=merge -p '{"spec":{"maxReplicas":${wanted ?? max * 2}}}'`,
      'Or give each replica more resources.',
    ],
    prevention: ['Alert when an autoscaler has been at its maximum for 15 minutes.'],
    facts: { replicas: max, ...(wanted === undefined ? {} : { suggestedReplicas: wanted }) },
  }
}

/** Autoscalers that have stood at their maximum for long while the metric is still above its target. */
export const analyzer: Analyzer = {
  id: 'hpa-at-max',
  codes: ['hpa-at-max'],
  needs: ['horizontalpodautoscalers'],
  analyze: (view) => view.all('HorizontalPodAutoscaler').flatMap((hpa) => check(view, hpa) ?? []),
}
