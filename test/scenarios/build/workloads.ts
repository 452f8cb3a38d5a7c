import { ago, condition, type Doc, days, type Extra, type Labels, obj, ownerRef, suffix } from './manifest.ts'
import { container, type PodOptions, pod } from './nodes-and-pods.ts'

export type DeploymentOptions = {
  readonly namespace: string
  readonly name: string
  readonly labels?: Labels
  readonly replicas?: number
  readonly containers?: readonly Doc[]
  readonly podSpec?: Extra
  readonly ready?: boolean
  readonly minutesOld?: number
  readonly revision?: number
  readonly spec?: Extra
  readonly status?: Extra
  readonly metadata?: Extra
  /** Applied to each of its pods. */
  readonly pod?: Partial<PodOptions>
}

const workloadStatus = (replicas: number, ready: boolean, at: string): Doc => ({
  observedGeneration: 1,
  replicas,
  updatedReplicas: replicas,
  ...(ready ? { readyReplicas: replicas, availableReplicas: replicas } : { unavailableReplicas: replicas }),
  conditions: [
    ready
      ? condition('Available', 'True', { reason: 'MinimumReplicasAvailable', lastTransitionTime: at })
      : condition('Available', 'False', { reason: 'MinimumReplicasUnavailable', lastTransitionTime: at }),
    condition('Progressing', 'True', { reason: 'NewReplicaSetAvailable', lastTransitionTime: at, lastUpdateTime: at }),
  ],
})

/** A Deployment with its ReplicaSet and its pods, in that order. */
export const deployment = (options: DeploymentOptions): readonly Doc[] => {
  const { namespace: ns, name, replicas = 1, ready = true, minutesOld = days(2), revision = 1 } = options
  const labels = options.labels ?? { app: name }
  const hash = suffix(9, ns, name, String(revision))
  const podLabels = { ...labels, 'pod-template-hash': hash }
  const containers = options.containers ?? [container(name)]
  const template = (own: Labels): Doc => ({
    metadata: { labels: own },
    spec: {
      containers,
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      ...options.podSpec,
    },
  })
  const annotations = { 'deployment.kubernetes.io/revision': String(revision) }
  const created = { creationTimestamp: ago(minutesOld), generation: 1, labels, annotations }
  const owner = obj(
    'apps/v1',
    'Deployment',
    ns,
    name,
    {
      spec: {
        replicas,
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        selector: { matchLabels: labels },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: template(labels),
        ...options.spec,
      },
      status: { ...workloadStatus(replicas, ready, ago(minutesOld)), ...options.status },
    },
    { ...created, ...options.metadata },
  )
  const replicaSet = obj(
    'apps/v1',
    'ReplicaSet',
    ns,
    `${name}-${hash}`,
    {
      spec: { replicas, selector: { matchLabels: podLabels }, template: template(podLabels) },
      status: {
        replicas,
        observedGeneration: 1,
        ...(ready ? { readyReplicas: replicas, availableReplicas: replicas } : {}),
      },
    },
    { ...created, labels: podLabels, ownerReferences: [ownerRef(owner)] },
  )
  const pods = Array.from({ length: replicas }, (_, index) =>
    pod({
      namespace: ns,
      name: `${name}-${hash}-${suffix(5, ns, name, String(index))}`,
      labels: podLabels,
      owner: replicaSet,
      containers,
      ready,
      minutesOld,
      nodeName: index % 2 === 0 ? 'worker-1' : 'worker-2',
      ...(options.podSpec === undefined ? {} : { spec: options.podSpec }),
      ...options.pod,
    }),
  )
  return [owner, replicaSet, ...pods]
}

export type DaemonSetOptions = {
  readonly namespace: string
  readonly name: string
  readonly labels?: Labels
  readonly containers?: readonly Doc[]
  readonly nodes?: readonly string[]
  readonly notReadyOn?: readonly string[]
  readonly podSpec?: Extra
  readonly pod?: Partial<PodOptions>
}

/** A DaemonSet with one pod per node; `pod` is applied to those that are not ready. */
export const daemonSet = (options: DaemonSetOptions): readonly Doc[] => {
  const { namespace: ns, name, nodes = ['worker-1', 'worker-2'], notReadyOn = [] } = options
  const labels = options.labels ?? { app: name }
  const containers = options.containers ?? [container(name)]
  const bad = notReadyOn.length
  const owner = obj('apps/v1', 'DaemonSet', ns, name, {
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate' },
      template: { metadata: { labels }, spec: { containers, ...options.podSpec } },
    },
    status: {
      observedGeneration: 1,
      desiredNumberScheduled: nodes.length,
      currentNumberScheduled: nodes.length,
      updatedNumberScheduled: nodes.length,
      numberReady: nodes.length - bad,
      numberAvailable: nodes.length - bad,
      ...(bad > 0 ? { numberUnavailable: bad } : {}),
      numberMisscheduled: 0,
    },
  })
  const pods = nodes.map((nodeName) =>
    pod({
      namespace: ns,
      name: `${name}-${suffix(5, ns, name, nodeName)}`,
      labels: { ...labels, 'controller-revision-hash': suffix(9, name) },
      owner,
      containers,
      nodeName,
      ...(options.podSpec === undefined ? {} : { spec: options.podSpec }),
      ...(notReadyOn.includes(nodeName) ? { ready: false, ...options.pod } : {}),
    }),
  )
  return [owner, ...pods]
}
