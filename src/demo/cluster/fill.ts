import { templateHash } from './controllers/template-hash.ts'
import type { ObjectStore } from './store/object-store.ts'
import type { Fields, KubeObject } from './types.ts'
import { node } from './world/nodes.ts'

/** How big a world is wanted. */
export type Fill = {
  readonly pods: number
  /** Pods of one Deployment; 5 when not given. */
  readonly replicas?: number
  /** Pods on one node; 50 when not given. */
  readonly podsPerNode?: number
  readonly namespaces?: number
  /** Events about each pod; 1 when not given. */
  readonly events?: number
}

/** What was made. */
export type Filled = {
  readonly pods: number
  readonly nodes: number
  readonly deployments: number
  readonly namespaces: number
  readonly events: number
}

type Put = ObjectStore['load']

/**
 * Fills a cluster with that many healthy pods with their Deployments, ReplicaSets, Services and nodes, as large answers need them:
 * written straight into storage, complete with status, so that it takes seconds and no controller has to run.
 */
export function fill(store: ObjectStore, wanted: Fill): Filled {
  const put = store.load
  const replicas = wanted.replicas ?? 5
  const deployments = Math.ceil(wanted.pods / replicas)
  const nodes = Math.ceil(wanted.pods / (wanted.podsPerNode ?? 50))
  const namespaces = wanted.namespaces ?? Math.max(1, Math.ceil(deployments / 20))
  const now = new Date().toISOString().slice(0, 19)
  const stamp = `${now}Z`
  const first = store.list('nodes').length
  for (let number = 1; number <= nodes; number++) put('nodes', bare(node(first + number, stamp), stamp))
  for (let number = 0; number < namespaces; number++)
    store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${number}` } })
  let pods = 0
  let events = 0
  for (let number = 0; number < deployments; number++) {
    const namespace = `team-${number % namespaces}`
    const count = Math.min(replicas, wanted.pods - pods)
    const set = workload(put, namespace, `app-${number}`, count, stamp)
    for (let index = 0; index < count; index++) {
      const pod = put('pods', podOf(set, pods, `worker-${first + 1 + (pods % nodes)}`, stamp))
      for (let event = 0; event < (wanted.events ?? 1); event++) put('events', eventOf(pod, event, stamp))
      events += wanted.events ?? 1
      pods++
    }
  }
  return { pods, nodes, deployments, namespaces, events }
}

let serial = 0

/** An object with the bookkeeping that admission would have given it. */
function bare(object: Fields, stamp: string): Fields {
  serial++
  const uid = `${serial.toString(16).padStart(8, '0')}-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`
  const metadata = object['metadata'] as Fields
  return { ...object, metadata: { ...metadata, uid, creationTimestamp: stamp } }
}

type Set = { namespace: string; app: string; hash: string; name: string; uid: string; template: Fields }

function workload(put: Put, namespace: string, app: string, replicas: number, stamp: string): Set {
  const labels = { 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': namespace, team: namespace }
  const template = { metadata: { labels }, spec: podSpec(app) }
  const hash = templateHash(template)
  const made = put('deployments.apps', bare(deploymentOf({ namespace, app, replicas, stamp, hash }, template), stamp))
  const setLabels = { ...labels, 'pod-template-hash': hash }
  const setTemplate = { ...template, metadata: { labels: setLabels } }
  const set = put(
    'replicasets.apps',
    bare(replicaSetOf({ namespace, app, replicas, stamp, hash }, setTemplate, made), stamp),
  )
  put('services', bare(serviceOf(namespace, app, labels), stamp))
  return { namespace, app, hash, name: `${app}-${hash}`, uid: uidOf(set), template: setTemplate }
}

type Size = { namespace: string; app: string; replicas: number; stamp: string; hash: string }

const counts = (replicas: number): Fields => ({
  replicas,
  readyReplicas: replicas,
  availableReplicas: replicas,
  observedGeneration: 1,
  terminatingReplicas: 0,
})

function deploymentOf(
  { namespace, app, replicas, stamp, hash }: Size,
  template: { metadata: { labels: Fields } },
): Fields {
  const condition = (type: string, reason: string, message: string): Fields => ({
    type,
    status: 'True',
    reason,
    message,
    lastTransitionTime: stamp,
    lastUpdateTime: stamp,
  })
  const { labels } = template.metadata
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: app,
      namespace,
      generation: 1,
      labels,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
    },
    spec: {
      replicas,
      selector: { matchLabels: { 'app.kubernetes.io/name': app } },
      template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {
      ...counts(replicas),
      updatedReplicas: replicas,
      conditions: [
        condition('Available', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'),
        condition('Progressing', 'NewReplicaSetAvailable', `ReplicaSet "${app}-${hash}" has successfully progressed.`),
      ],
    },
  }
}

function replicaSetOf(
  { namespace, app, replicas, hash }: Size,
  template: { metadata: { labels: Fields } },
  made: KubeObject,
): Fields {
  const annotations = {
    'deployment.kubernetes.io/desired-replicas': String(replicas),
    'deployment.kubernetes.io/revision': '1',
  }
  const { labels } = template.metadata
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${app}-${hash}`,
      namespace,
      generation: 1,
      labels,
      annotations,
      ownerReferences: [owner('apps/v1', 'Deployment', app, made)],
    },
    spec: {
      replicas,
      selector: { matchLabels: { 'app.kubernetes.io/name': app, 'pod-template-hash': hash } },
      template,
    },
    status: { ...counts(replicas), fullyLabeledReplicas: replicas },
  }
}

const serviceOf = (namespace: string, app: string, labels: Fields): Fields => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: app, namespace, labels },
  spec: {
    type: 'ClusterIP',
    clusterIP: address('10.97', serial),
    selector: { 'app.kubernetes.io/name': app },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    sessionAffinity: 'None',
  },
  status: { loadBalancer: {} },
})

const uidOf = (object: KubeObject): string => object.metadata.uid ?? ''

const owner = (apiVersion: string, kind: string, name: string, object: KubeObject): Fields => ({
  apiVersion,
  kind,
  name,
  uid: uidOf(object),
  controller: true,
  blockOwnerDeletion: true,
})

const address = (prefix: string, number: number): string =>
  `${prefix}.${Math.floor(number / 250) % 250}.${(number % 250) + 2}`

function podSpec(app: string): Fields {
  const probe = {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  }
  return {
    containers: [
      {
        name: 'app',
        image: `registry.acme.dev/fill/${app}:1.0.0`,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ containerPort: 8080, protocol: 'TCP' }],
        env: ['LOG_LEVEL', 'REGION', 'FEATURE_FLAGS', 'OTEL_SERVICE_NAME'].map((name) => ({
          name,
          value: `${app}-${name.toLowerCase()}`,
        })),
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        readinessProbe: probe,
        livenessProbe: probe,
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        volumeMounts: [
          { name: 'kube-api-access', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
        ],
      },
    ],
    volumes: [
      {
        name: 'kube-api-access',
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          ],
        },
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    serviceAccount: 'default',
    securityContext: {},
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
  }
}

const managed: Fields[] = ['kube-controller-manager', 'kubelet'].map((manager) => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time: '2026-11-20T10:00:00Z',
  fieldsType: 'FieldsV1',
  fieldsV1: {
    'f:metadata': {
      'f:generateName': {},
      'f:labels': { '.': {}, 'f:app.kubernetes.io/name': {}, 'f:pod-template-hash': {}, 'f:team': {} },
      'f:ownerReferences': { '.': {} },
    },
    'f:spec': {
      'f:containers': {
        'k:{"name":"app"}': {
          '.': {},
          'f:image': {},
          'f:imagePullPolicy': {},
          'f:name': {},
          'f:resources': {},
          'f:terminationMessagePath': {},
          'f:terminationMessagePolicy': {},
        },
      },
      'f:dnsPolicy': {},
      'f:enableServiceLinks': {},
      'f:restartPolicy': {},
      'f:schedulerName': {},
      'f:securityContext': {},
      'f:terminationGracePeriodSeconds': {},
    },
  },
  ...(manager === 'kubelet' ? { subresource: 'status' } : {}),
}))

function podOf(set: Set, number: number, nodeName: string, stamp: string): Fields {
  const name = `${set.name}-${number.toString(36).padStart(5, 'b')}`
  const condition = (type: string): Fields => ({
    type,
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: stamp,
    observedGeneration: 1,
  })
  const image = `registry.acme.dev/fill/${set.app}:1.0.0`
  const { labels } = set.template['metadata'] as { labels: Fields }
  return bare(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        generateName: `${set.name}-`,
        namespace: set.namespace,
        generation: 1,
        labels,
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: set.name,
            uid: set.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
        managedFields: managed,
      },
      spec: { ...(set.template['spec'] as Fields), nodeName },
      status: {
        phase: 'Running',
        observedGeneration: 1,
        conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
          condition,
        ),
        hostIP: '10.20.1.11',
        hostIPs: [{ ip: '10.20.1.11' }],
        podIP: address('10.245', number),
        podIPs: [{ ip: address('10.245', number) }],
        startTime: stamp,
        containerStatuses: [
          {
            name: 'app',
            state: { running: { startedAt: stamp } },
            lastState: {},
            ready: true,
            restartCount: 0,
            image,
            imageID: `${image}@sha256:${'0'.repeat(64)}`,
            containerID: `containerd://${number.toString(16).padStart(64, '0')}`,
            started: true,
          },
        ],
        qosClass: 'Burstable',
      },
    },
    stamp,
  )
}

function eventOf(pod: KubeObject, number: number, stamp: string): Fields {
  const { name, namespace, uid } = pod.metadata
  const reasons = ['Scheduled', 'Pulled', 'Created', 'Started']
  return bare(
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${number.toString(16)}`, namespace },
      involvedObject: { kind: 'Pod', namespace, name, uid, apiVersion: 'v1', fieldPath: 'spec.containers{app}' },
      reason: reasons[number % reasons.length],
      message: 'Container started',
      source: { component: 'kubelet', host: 'worker-1' },
      firstTimestamp: stamp,
      lastTimestamp: stamp,
      count: 1,
      type: 'Normal',
      eventTime: null,
      reportingComponent: 'kubelet',
      reportingInstance: 'worker-1',
    },
    stamp,
  )
}
