import type { Condition, IntOrString, LabelSelector, Metadata, NameRef, TargetRef, Typed } from './meta.ts'
import type { PodTemplate } from './pod.ts'
import type { PersistentVolumeClaimSpec } from './storage.ts'

export type WorkloadStatus = {
  readonly observedGeneration?: number
  readonly replicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
  readonly unavailableReplicas?: number
  readonly updatedReplicas?: number
  readonly currentReplicas?: number
  readonly currentRevision?: string
  readonly updateRevision?: string
  readonly conditions?: readonly Condition[]
  // DaemonSet
  readonly desiredNumberScheduled?: number
  readonly currentNumberScheduled?: number
  readonly numberReady?: number
  readonly numberAvailable?: number
  readonly numberUnavailable?: number
  readonly numberMisscheduled?: number
  readonly updatedNumberScheduled?: number
}

export type DeploymentSpec = {
  readonly replicas?: number
  readonly selector?: LabelSelector
  readonly template?: PodTemplate
  readonly paused?: boolean
  readonly progressDeadlineSeconds?: number
  readonly minReadySeconds?: number
  readonly revisionHistoryLimit?: number
  readonly strategy?: {
    readonly type?: string
    readonly rollingUpdate?: { readonly maxSurge?: IntOrString; readonly maxUnavailable?: IntOrString }
  }
}

export type Deployment = Typed<'Deployment', DeploymentSpec, WorkloadStatus>

export type ReplicaSet = Typed<'ReplicaSet', DeploymentSpec, WorkloadStatus>

export type StatefulSetSpec = DeploymentSpec & {
  readonly serviceName?: string
  readonly podManagementPolicy?: string
  readonly volumeClaimTemplates?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly spec?: PersistentVolumeClaimSpec
  }[]
  readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } }
  readonly ordinals?: { readonly start?: number }
}

export type StatefulSet = Typed<'StatefulSet', StatefulSetSpec, WorkloadStatus>

export type DaemonSet = Typed<
  'DaemonSet',
  DeploymentSpec & { readonly updateStrategy?: { readonly type?: string } },
  WorkloadStatus
>

export type ControllerRevision = {
  readonly apiVersion: string
  readonly kind: 'ControllerRevision'
  readonly metadata: Metadata
  readonly revision?: number
  readonly data?: unknown
}

export type JobSpec = {
  readonly parallelism?: number
  readonly completions?: number
  readonly backoffLimit?: number
  readonly activeDeadlineSeconds?: number
  readonly suspend?: boolean
  readonly ttlSecondsAfterFinished?: number
  readonly completionMode?: string
  readonly managedBy?: string
  readonly template?: PodTemplate
}

export type Job = Typed<
  'Job',
  JobSpec,
  {
    readonly active?: number
    readonly succeeded?: number
    readonly failed?: number
    readonly ready?: number
    readonly startTime?: string
    readonly completionTime?: string
    readonly conditions?: readonly Condition[]
  }
>

export type CronJob = Typed<
  'CronJob',
  {
    readonly schedule?: string
    readonly timeZone?: string
    readonly suspend?: boolean
    readonly concurrencyPolicy?: string
    readonly startingDeadlineSeconds?: number
    readonly jobTemplate?: { readonly spec?: JobSpec }
  },
  {
    readonly lastScheduleTime?: string
    readonly lastSuccessfulTime?: string
    readonly active?: readonly { readonly name?: string; readonly uid?: string }[]
  }
>

export type HorizontalPodAutoscaler = Typed<
  'HorizontalPodAutoscaler',
  {
    readonly scaleTargetRef?: TargetRef
    readonly minReplicas?: number
    readonly maxReplicas?: number
    readonly metrics?: readonly {
      readonly type?: string
      readonly resource?: {
        readonly name?: string
        readonly target?: {
          readonly type?: string
          readonly averageUtilization?: number
          readonly averageValue?: string
          readonly value?: string
        }
      }
      readonly containerResource?: {
        readonly name?: string
        readonly container?: string
        readonly target?: { readonly type?: string; readonly averageUtilization?: number }
      }
      readonly pods?: { readonly metric?: NameRef }
      readonly object?: { readonly metric?: NameRef; readonly describedObject?: TargetRef }
      readonly external?: { readonly metric?: NameRef }
    }[]
  },
  {
    readonly currentReplicas?: number
    readonly desiredReplicas?: number
    readonly lastScaleTime?: string
    readonly conditions?: readonly Condition[]
    readonly currentMetrics?: readonly {
      readonly type?: string
      readonly resource?: {
        readonly name?: string
        readonly current?: { readonly averageUtilization?: number; readonly averageValue?: string }
      }
    }[]
  }
>

export type PodDisruptionBudget = Typed<
  'PodDisruptionBudget',
  {
    readonly minAvailable?: IntOrString
    readonly maxUnavailable?: IntOrString
    readonly selector?: LabelSelector
    readonly unhealthyPodEvictionPolicy?: string
  },
  {
    readonly currentHealthy?: number
    readonly desiredHealthy?: number
    readonly disruptionsAllowed?: number
    readonly expectedPods?: number
    readonly conditions?: readonly Condition[]
  }
>
