import { labelSelector } from '../registry/label-selector.ts'
import { withCondition } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { type Hands, keyOf, splitKey } from './hands.ts'
import { type Autoscaler, type Condition, type Deployment, isActive, type Pod } from './objects.ts'

const resource = 'horizontalpodautoscalers.autoscaling'
const source = { component: 'horizontal-pod-autoscaler' }
const every = 15_000

/** What metrics-server knows: average CPU use of pods in percent of their requests and in cores. */
export type Utilization = (pods: readonly Pod[]) => { percent: number; average: number } | undefined

/** Sizes Deployments and StatefulSets by CPU use. */
export function autoscalerController(hands: Hands, utilization: Utilization): Controller {
  return {
    name: 'horizontal-pod-autoscaler',
    watches: {
      [resource]: (object, change) =>
        change?.type === 'MODIFIED' &&
        change.previous?.metadata.generation === object.metadata.generation &&
        change.previous !== undefined &&
        sameSpec(change.previous, object)
          ? []
          : [keyOf(object)],
    },
    reconcile: (key) => {
      const autoscaler = hands.get<Autoscaler>(resource, ...splitKey(key))
      if (autoscaler === undefined) return undefined
      sync(hands, autoscaler, utilization)
      return hands.pace(every)
    },
  }
}

const sameSpec = (a: object, b: object): boolean =>
  JSON.stringify((a as Autoscaler).spec) === JSON.stringify((b as Autoscaler).spec)

const targets: Readonly<Record<string, string>> = { Deployment: 'deployments.apps', StatefulSet: 'statefulsets.apps' }

type Setter = (condition: Condition) => void

function sync(hands: Hands, autoscaler: Autoscaler, utilization: Utilization): void {
  const { kind, name } = autoscaler.spec.scaleTargetRef
  let conditions = autoscaler.status.conditions ?? []
  const set: Setter = (condition) => {
    conditions = withCondition(conditions, condition, hands.clock.stamp())
  }
  const target = hands.get<Deployment>(targets[kind] ?? '', autoscaler.metadata.namespace, name)
  const status =
    target === undefined
      ? withoutTarget(hands, autoscaler, set)
      : withTarget(hands, autoscaler, target, utilization, set)
  hands.status(resource, autoscaler, { ...autoscaler.status, ...status, conditions })
}

type Part = Partial<Autoscaler['status']>

function withoutTarget(hands: Hands, autoscaler: Autoscaler, set: Setter): Part {
  const { kind, name } = autoscaler.spec.scaleTargetRef
  const why = `${kind.toLowerCase()}s.apps "${name}" not found`
  hands.event(autoscaler, { type: 'Warning', reason: 'FailedGetScale', message: why }, source)
  const message = `the HPA controller was unable to get the target's current scale: ${why}`
  set({ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message })
  return { currentReplicas: 0, desiredReplicas: 0 }
}

function withTarget(
  hands: Hands,
  autoscaler: Autoscaler,
  target: Deployment,
  utilization: Utilization,
  set: Setter,
): Part {
  const selects = labelSelector(target.spec.selector)
  const pods = hands
    .list<Pod>('pods', autoscaler.metadata.namespace)
    .filter((pod) => selects(pod.metadata.labels) && isActive(pod))
  const metric = autoscaler.spec.metrics.find((entry) => entry.resource?.name === 'cpu')
  const wanted = metric?.resource?.target.averageUtilization
  const measured = isMeasured(hands) ? utilization(pods) : undefined
  const current = target.spec.replicas
  if (wanted === undefined || measured === undefined) {
    reportBlindness(hands, autoscaler, target, pods, set)
    return { currentReplicas: current, desiredReplicas: autoscaler.status.desiredReplicas ?? current }
  }
  set({
    type: 'AbleToScale',
    status: 'True',
    reason: 'ReadyForNewScale',
    message: 'recommended size matches current size',
  })
  const found =
    'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)'
  set({ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', message: found })
  const desired = rescale(hands, autoscaler, target, { ratio: measured.percent / wanted, pods: pods.length }, set)
  const use = { averageUtilization: measured.percent, averageValue: `${Math.round(measured.average * 1000)}m` }
  return {
    ...(desired === current ? {} : { lastScaleTime: hands.clock.stamp() }),
    currentReplicas: current,
    desiredReplicas: desired,
    currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: use } }],
  }
}

/** Neither measured nor requested: the autoscaler says which, and leaves the size as it is. */
function reportBlindness(
  hands: Hands,
  autoscaler: Autoscaler,
  target: Deployment,
  pods: readonly Pod[],
  set: Setter,
): void {
  const container = target.spec.template.spec.containers[0]?.name
  const why = isMeasured(hands)
    ? `missing request for cpu in container ${container} of Pod ${pods[0]?.metadata.name ?? ''}`
    : 'unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)'
  const failed = `failed to get cpu utilization: ${why}`
  const first = `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${failed}`
  hands.event(autoscaler, { type: 'Warning', reason: 'FailedGetResourceMetric', message: failed }, source)
  hands.event(autoscaler, { type: 'Warning', reason: 'FailedComputeMetricsReplicas', message: first }, source)
  const got = "the HPA controller was able to get the target's current scale"
  set({ type: 'AbleToScale', status: 'True', reason: 'SucceededGetScale', message: got })
  const message = `the HPA was unable to compute the replica count: ${failed}`
  set({ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message })
}

const stabilization = 300_000

/** The new size, applied to the target; down only five minutes after the last change. */
function rescale(
  hands: Hands,
  autoscaler: Autoscaler,
  target: Deployment,
  use: { ratio: number; pods: number },
  set: Setter,
): number {
  const { minReplicas, maxReplicas, scaleTargetRef } = autoscaler.spec
  const current = target.spec.replicas
  const raw = Math.abs(use.ratio - 1) <= 0.1 ? current : Math.ceil(use.ratio * use.pods)
  const since = hands.clock.now() - Date.parse(autoscaler.status.lastScaleTime ?? '1970-01-01T00:00:00Z')
  const settled = raw < current && since < stabilization ? current : raw
  const desired = Math.min(maxReplicas, Math.max(minReplicas, settled))
  set(limited(raw, autoscaler))
  if (desired === current || current === 0) return current
  hands.update(targets[scaleTargetRef.kind] ?? '', target, (object) => {
    ;(object as unknown as Deployment).spec.replicas = desired
  })
  const reason =
    desired > current ? 'cpu resource utilization (percentage of request) above target' : 'All metrics below target'
  hands.event(
    autoscaler,
    { type: 'Normal', reason: 'SuccessfulRescale', message: `New size: ${desired}; reason: ${reason}` },
    source,
  )
  return desired
}

function limited(raw: number, { spec }: Autoscaler): Condition {
  if (raw > spec.maxReplicas)
    return {
      type: 'ScalingLimited',
      status: 'True',
      reason: 'TooManyReplicas',
      message: 'the desired replica count is more than the maximum replica count',
    }
  if (raw < spec.minReplicas)
    return {
      type: 'ScalingLimited',
      status: 'True',
      reason: 'TooFewReplicas',
      message: 'the desired replica count is less than the minimum replica count',
    }
  return {
    type: 'ScalingLimited',
    status: 'False',
    reason: 'DesiredWithinRange',
    message: 'the desired count is within the acceptable range',
  }
}

/** Is metrics.k8s.io served? */
function isMeasured(hands: Hands): boolean {
  const service = hands.get<Autoscaler>('apiservices.apiregistration.k8s.io', undefined, 'v1beta1.metrics.k8s.io')
  return (
    service?.status.conditions?.some((condition) => condition.type === 'Available' && condition.status === 'True') ===
    true
  )
}
