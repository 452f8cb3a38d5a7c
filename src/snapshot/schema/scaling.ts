import type {
  HorizontalPodAutoscaler,
  NodeMetrics,
  PodDisruptionBudget,
  PodMetrics,
  TargetRef,
} from '../../domain/kubernetes.ts'
import { conditions, controllerConditions, labelSelector, localName, metadata, quantities } from './meta.ts'
import { f, int, intOrString, list, message, quantity, text, time } from './shape.ts'

type Some<T> = NonNullable<T>
type Spec = Some<HorizontalPodAutoscaler['spec']>
type Metric = Some<Spec['metrics']>[number]
type Status = Some<HorizontalPodAutoscaler['status']>

/** autoscaling CrossVersionObjectReference. */
const scaleTarget = message<TargetRef>({
  kind: f(1, text),
  name: f(2, text),
  apiVersion: f(3, text),
  namespace: f(0, text),
  uid: f(0, text),
})

const target = message<Some<Some<Metric['resource']>['target']>>({
  type: f(1, text),
  value: f(2, quantity),
  averageValue: f(3, quantity),
  averageUtilization: f(4, int),
})

const metric = message<Metric>({
  type: f(1, text),
  object: f(2, message<Some<Metric['object']>>({ describedObject: f(1, scaleTarget), metric: f(3, localName) })),
  pods: f(3, message<Some<Metric['pods']>>({ metric: f(1, localName) })),
  resource: f(4, message<Some<Metric['resource']>>({ name: f(1, text), target: f(2, target) })),
  external: f(5, message<Some<Metric['external']>>({ metric: f(1, localName) })),
  containerResource: f(
    7,
    message<Some<Metric['containerResource']>>({ name: f(1, text), target: f(2, target), container: f(3, text) }),
  ),
})

const current = message<Some<Status['currentMetrics']>[number]>({
  type: f(1, text),
  resource: f(
    4,
    message<Some<Some<Status['currentMetrics']>[number]['resource']>>({
      name: f(1, text),
      current: f(
        2,
        message<{ averageUtilization?: number; averageValue?: string }>({
          averageValue: f(2, quantity),
          averageUtilization: f(3, int),
        }),
      ),
    }),
  ),
})

export const horizontalPodAutoscaler = message<Omit<HorizontalPodAutoscaler, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Spec>({
      scaleTargetRef: f(1, scaleTarget),
      minReplicas: f(2, int),
      maxReplicas: f(3, int),
      metrics: f(4, list(metric)),
    }),
  ),
  status: f(
    3,
    message<Status>({
      lastScaleTime: f(2, time),
      currentReplicas: f(3, int),
      desiredReplicas: f(4, int),
      currentMetrics: f(5, list(current)),
      conditions: f(6, controllerConditions),
    }),
  ),
})

export const podDisruptionBudget = message<Omit<PodDisruptionBudget, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Some<PodDisruptionBudget['spec']>>({
      minAvailable: f(1, intOrString),
      selector: f(2, labelSelector),
      maxUnavailable: f(3, intOrString),
      unhealthyPodEvictionPolicy: f(4, text),
    }),
  ),
  status: f(
    3,
    message<Some<PodDisruptionBudget['status']>>({
      disruptionsAllowed: f(3, int),
      currentHealthy: f(4, int),
      desiredHealthy: f(5, int),
      expectedPods: f(6, int),
      conditions: f(7, conditions),
    }),
  ),
})

export const podMetrics = message<Omit<PodMetrics, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  timestamp: f(2, time),
  containers: f(
    4,
    list(message<Some<PodMetrics['containers']>[number]>({ name: f(1, text), usage: f(2, quantities) })),
  ),
})

export const nodeMetrics = message<Omit<NodeMetrics, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  timestamp: f(2, time),
  usage: f(4, quantities),
})
