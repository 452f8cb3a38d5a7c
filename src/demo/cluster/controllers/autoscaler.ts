import { labelSelector } from '../registry/label-selector.ts'
import { withCondition } from './conditions.ts'
import { type Hands, keyOf, splitKey } from './hands.ts'
import type { Controller } from './manager.ts'
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

function sync(hands: Hands, autoscaler: Autoscaler, utilization: Utilization): void {
  const { kind, name } = autoscaler.spec.scaleTargetRef
  const { namespace } = autoscaler.metadata
  let conditions = autoscaler.status.conditions ?? []
  const set = (condition: Condition): void => {
    conditions = withCondition(conditions, condition, hands.clock.stamp())
  }
  const target = hands.get<Deployment>(targets[kind] ?? '', namespace, name)
  if (target === undefined) {
    const message = `the HPA controller was unable to get the target's current scale: ${kind.toLowerCase()}s.apps "${name}" not found`
    hands.event(
      autoscaler,
      { type: 'Warning', reason: 'FailedGetScale', message: `${kind.toLowerCase()}s.apps "${name}" not found` },
      source,
    )
    set({ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale', message })
    hands.status(resource, autoscaler, { ...autoscaler.status, currentReplicas: 0, desiredReplicas: 0, conditions })
    return
  }
  set({
    type: 'AbleToScale',
    status: 'True',
    reason: 'ReadyForNewScale',
    message: 'recommended size matches current size',
  })
  const pods = hands
    .list<Pod>('pods', namespace)
    .filter((pod) => labelSelector(target.spec.selector)(pod.metadata.labels) && isActive(pod))
  const current = target.spec.replicas
  const metric = autoscaler.spec.metrics.find((entry) => entry.resource?.name === 'cpu')
  const wanted = metric?.resource?.target.averageUtilization
  const measured = isMeasured(hands) ? utilization(pods) : undefined
  if (wanted === undefined || measured === undefined) {
    const message = isMeasured(hands)
      ? `the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container ${target.spec.template.spec.containers[0]?.name} of Pod ${pods[0]?.metadata.name ?? ''}`
      : 'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)'
    hands.event(
      autoscaler,
      {
        type: 'Warning',
        reason: 'FailedGetResourceMetric',
        message: message.replace('the HPA was unable to compute the replica count: ', ''),
      },
      source,
    )
    const first = message.replace('the HPA was unable to compute the replica count: ', '')
    hands.event(
      autoscaler,
      {
        type: 'Warning',
        reason: 'FailedComputeMetricsReplicas',
        message: `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${first}`,
      },
      source,
    )
    set({
      type: 'AbleToScale',
      status: 'True',
      reason: 'SucceededGetScale',
      message: "the HPA controller was able to get the target's current scale",
    })
    set({ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message })
    hands.status(resource, autoscaler, {
      ...autoscaler.status,
      currentReplicas: current,
      desiredReplicas: autoscaler.status.desiredReplicas ?? current,
      conditions,
    })
    return
  }
  set({
    type: 'ScalingActive',
    status: 'True',
    reason: 'ValidMetricFound',
    message:
      'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
  })
  const ratio = measured.percent / wanted
  const raw = Math.abs(ratio - 1) <= 0.1 ? current : Math.ceil(ratio * pods.length)
  const settled =
    raw < current && hands.clock.now() - Date.parse(autoscaler.status.lastScaleTime ?? '1970-01-01T00:00:00Z') < 300_000
      ? current
      : raw
  const desired = Math.min(autoscaler.spec.maxReplicas, Math.max(autoscaler.spec.minReplicas, settled))
  set(limited(raw, autoscaler))
  if (desired !== current && current > 0) {
    hands.update(targets[kind] ?? '', target, (object) => {
      ;(object as unknown as Deployment).spec.replicas = desired
    })
    const reason =
      desired > current ? 'cpu resource utilization (percentage of request) above target' : 'All metrics below target'
    hands.event(
      autoscaler,
      { type: 'Normal', reason: 'SuccessfulRescale', message: `New size: ${desired}; reason: ${reason}` },
      source,
    )
  }
  const cpu = `${Math.round(measured.average * 1000)}m`
  hands.status(resource, autoscaler, {
    ...autoscaler.status,
    ...(desired === current ? {} : { lastScaleTime: hands.clock.stamp() }),
    currentReplicas: current,
    desiredReplicas: desired,
    currentMetrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', current: { averageUtilization: measured.percent, averageValue: cpu } },
      },
    ],
    conditions,
  })
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
