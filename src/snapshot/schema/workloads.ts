import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  DeploymentSpec,
  Job,
  JobSpec,
  ReplicaSet,
  StatefulSet,
  StatefulSetSpec,
  WorkloadStatus,
} from '../../domain/kubernetes.ts'
import { controllerConditions, deploymentConditions, labelSelector, metadata, probedConditions } from './meta.ts'
import { podTemplate } from './pod.ts'
import { bool, type Field, f, int, intOrString, list, message, positive, raw, text, time } from './shape.ts'
import { claimSpec } from './storage.ts'

const rollingUpdate = message<NonNullable<NonNullable<DeploymentSpec['strategy']>['rollingUpdate']>>({
  maxUnavailable: f(1, intOrString),
  maxSurge: f(2, intOrString),
})
const strategy = message<NonNullable<DeploymentSpec['strategy']>>({
  type: f(1, text),
  rollingUpdate: f(2, rollingUpdate),
})

/** The spec fields that the kinds share, by their number in each kind; 0 where the kind has no such field. */
const specFields = (numbers: {
  readonly replicas: number
  readonly selector: number
  readonly template: number
  readonly minReadySeconds: number
  readonly strategy?: number
  readonly revisionHistoryLimit?: number
  readonly paused?: number
  readonly progressDeadlineSeconds?: number
}) => ({
  replicas: f(numbers.replicas, int),
  selector: f(numbers.selector, labelSelector),
  template: f(numbers.template, podTemplate),
  minReadySeconds: f(numbers.minReadySeconds, int),
  strategy: f(numbers.strategy ?? 0, strategy),
  revisionHistoryLimit: f(numbers.revisionHistoryLimit ?? 0, int),
  paused: f(numbers.paused ?? 0, bool),
  progressDeadlineSeconds: f(numbers.progressDeadlineSeconds ?? 0, int),
})

const statusShape = (
  numbers: { readonly [P in keyof WorkloadStatus]?: number },
  conditions: Field<NonNullable<WorkloadStatus['conditions']>>,
) => {
  const count = (name: keyof WorkloadStatus) => f(numbers[name] ?? 0, int)
  return message<WorkloadStatus>({
    observedGeneration: count('observedGeneration'),
    replicas: count('replicas'),
    readyReplicas: count('readyReplicas'),
    availableReplicas: count('availableReplicas'),
    unavailableReplicas: count('unavailableReplicas'),
    updatedReplicas: count('updatedReplicas'),
    currentReplicas: count('currentReplicas'),
    currentRevision: f(numbers.currentRevision ?? 0, text),
    updateRevision: f(numbers.updateRevision ?? 0, text),
    conditions,
    desiredNumberScheduled: count('desiredNumberScheduled'),
    currentNumberScheduled: count('currentNumberScheduled'),
    numberReady: count('numberReady'),
    numberAvailable: count('numberAvailable'),
    numberUnavailable: count('numberUnavailable'),
    numberMisscheduled: count('numberMisscheduled'),
    updatedNumberScheduled: count('updatedNumberScheduled'),
  })
}

export const deployment = message<Omit<Deployment, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<DeploymentSpec>(
      specFields({
        replicas: 1,
        selector: 2,
        template: 3,
        strategy: 4,
        minReadySeconds: 5,
        revisionHistoryLimit: 6,
        paused: 7,
        progressDeadlineSeconds: 9,
      }),
    ),
  ),
  status: f(
    3,
    statusShape(
      {
        observedGeneration: 1,
        replicas: 2,
        updatedReplicas: 3,
        availableReplicas: 4,
        unavailableReplicas: 5,
        readyReplicas: 7,
      },
      f(6, deploymentConditions),
    ),
  ),
})

export const replicaSet = message<Omit<ReplicaSet, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(2, message<DeploymentSpec>(specFields({ replicas: 1, selector: 2, template: 3, minReadySeconds: 4 }))),
  status: f(
    3,
    statusShape(
      { replicas: 1, observedGeneration: 3, readyReplicas: 4, availableReplicas: 5 },
      f(6, controllerConditions),
    ),
  ),
})

const claimTemplate = message<NonNullable<StatefulSetSpec['volumeClaimTemplates']>[number]>({
  metadata: f(1, message<{ name?: string }>({ name: f(1, text) })),
  spec: f(2, claimSpec),
})

export const statefulSet = message<Omit<StatefulSet, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<StatefulSetSpec>({
      ...specFields({ replicas: 1, selector: 2, template: 3, revisionHistoryLimit: 8, minReadySeconds: 9 }),
      volumeClaimTemplates: f(4, list(claimTemplate)),
      serviceName: f(5, text),
      podManagementPolicy: f(6, text),
      updateStrategy: f(
        7,
        message<NonNullable<StatefulSetSpec['updateStrategy']>>({
          type: f(1, text),
          rollingUpdate: f(2, message<{ partition?: number }>({ partition: f(1, int) })),
        }),
      ),
      ordinals: f(11, message<{ start?: number }>({ start: f(1, int) })),
    }),
  ),
  status: f(
    3,
    statusShape(
      {
        observedGeneration: 1,
        replicas: 2,
        readyReplicas: 3,
        currentReplicas: 4,
        updatedReplicas: 5,
        currentRevision: 6,
        updateRevision: 7,
        availableReplicas: 11,
      },
      f(10, controllerConditions),
    ),
  ),
})

export const daemonSet = message<Omit<DaemonSet, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<NonNullable<DaemonSet['spec']>>({
      ...specFields({ replicas: 0, selector: 1, template: 2, minReadySeconds: 4, revisionHistoryLimit: 6 }),
      updateStrategy: f(3, message<{ type?: string }>({ type: f(1, text) })),
    }),
  ),
  status: f(
    3,
    statusShape(
      {
        currentNumberScheduled: 1,
        numberMisscheduled: 2,
        desiredNumberScheduled: 3,
        numberReady: 4,
        observedGeneration: 5,
        updatedNumberScheduled: 6,
        numberAvailable: 7,
        numberUnavailable: 8,
      },
      f(10, controllerConditions),
    ),
  ),
})

export const controllerRevision = message<Omit<ControllerRevision, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  data: f(2, raw),
  revision: f(3, int),
})

const jobSpec = message<JobSpec>({
  parallelism: f(1, int),
  completions: f(2, int),
  activeDeadlineSeconds: f(3, int),
  template: f(6, podTemplate),
  backoffLimit: f(7, int),
  ttlSecondsAfterFinished: f(8, int),
  completionMode: f(9, text),
  suspend: f(10, bool),
  managedBy: f(15, text),
})

export const job = message<Omit<Job, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(2, jobSpec),
  status: f(
    3,
    message<NonNullable<Job['status']>>({
      conditions: f(1, probedConditions),
      startTime: f(2, time),
      completionTime: f(3, time),
      active: f(4, positive),
      succeeded: f(5, positive),
      failed: f(6, positive),
      ready: f(9, int),
    }),
  ),
})

export const cronJob = message<Omit<CronJob, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<NonNullable<CronJob['spec']>>({
      schedule: f(1, text),
      startingDeadlineSeconds: f(2, int),
      concurrencyPolicy: f(3, text),
      suspend: f(4, bool),
      jobTemplate: f(5, message<{ spec?: JobSpec }>({ spec: f(2, jobSpec) })),
      timeZone: f(8, text),
    }),
  ),
  status: f(
    3,
    message<NonNullable<CronJob['status']>>({
      active: f(1, list(message<{ name?: string; uid?: string }>({ name: f(3, text), uid: f(4, text) }))),
      lastScheduleTime: f(4, time),
      lastSuccessfulTime: f(5, time),
    }),
  ),
})
