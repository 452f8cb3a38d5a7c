import { writeFileSync } from 'node:fs'
import { startSimulatedCluster } from '../../src/demo/cluster/start.ts'

/** A process of its own that serves a big cluster, so that the app's memory and time are measured without it. */
const [folder = '.', size = '5000'] = process.argv.slice(2)
const pods = Number(size)
const perDeployment = 5
const nodes = Math.max(3, Math.round(pods / 50))
const started = '2026-11-20T08:00:00Z'

const cluster = await startSimulatedCluster({ name: 'big', controllers: false })
const { store } = cluster
const setStatus = (
  resource: string,
  namespace: string | undefined,
  name: string,
  status: Record<string, unknown>,
): void => {
  store.patchStatus(resource, namespace, name, { status })
}
const namespaceOf = (index: number): string => `team-${index % 20}`
const template = (app: string) => ({
  metadata: { labels: { app } },
  spec: {
    containers: [
      {
        name: 'app',
        image: `registry.acme.dev/${app}:1.4.2`,
        ports: [{ containerPort: 8080 }],
        env: [{ name: 'PORT', value: '8080' }],
        resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '128Mi' } },
        readinessProbe: { httpGet: { path: '/healthz', port: 8080 } },
      },
    ],
  },
})
const labels = (app: string) => ({ matchLabels: { app } })

for (let index = 0; index < 20; index += 1)
  store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(index) } })
for (let index = 0; index < nodes; index += 1) {
  const name = `node-${index}`
  store.apply({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `eu-1${'abc'[index % 3]}` },
    },
  })
  const room = { cpu: '16', memory: '64Gi', pods: '110' }
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'False',
    lastTransitionTime: started,
  }))
  setStatus('nodes', undefined, name, {
    allocatable: room,
    capacity: room,
    conditions: [...conditions, { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: started }],
  })
}

for (let index = 0; index < pods / perDeployment; index += 1) {
  const [app, namespace] = [`app-${index}`, namespaceOf(index)]
  // One workload in a hundred is broken, so that there is something to find.
  const broken = index % 100 === 7
  const owner = store.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace, labels: { app } },
    spec: { replicas: perDeployment, selector: labels(app), template: template(app) },
  })
  const ready = broken ? 0 : perDeployment
  setStatus('deployments.apps', namespace, app, {
    observedGeneration: 1,
    replicas: perDeployment,
    updatedReplicas: perDeployment,
    readyReplicas: ready,
    availableReplicas: ready,
  })
  const controller = (kind: string, name: string, uid: string) => [
    { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true },
  ]
  const set = store.apply({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${app}-66fb4d559b`,
      namespace,
      labels: { app },
      ownerReferences: controller('Deployment', app, owner.metadata.uid ?? ''),
    },
    spec: { replicas: perDeployment, selector: labels(app), template: template(app) },
  })
  store.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, namespace },
    spec: { selector: { app }, ports: [{ port: 80, targetPort: 8080 }] },
  })
  for (let replica = 0; replica < perDeployment; replica += 1) {
    const name = `${app}-66fb4d559b-p${replica}`
    store.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: { app },
        ownerReferences: controller('ReplicaSet', set.metadata.name, set.metadata.uid ?? ''),
      },
      spec: { ...template(app).spec, nodeName: `node-${(index * perDeployment + replica) % nodes}` },
    })
    const state = broken
      ? {
          waiting: {
            reason: 'ImagePullBackOff',
            message: `Back-off pulling image "registry.acme.dev/${app}:1.4.2": not found`,
          },
        }
      : { running: { startedAt: started } }
    const conditions = ['PodScheduled', 'Initialized'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: started,
    }))
    setStatus('pods', namespace, name, {
      phase: broken ? 'Pending' : 'Running',
      startTime: started,
      podIP: `10.${index % 200}.${replica}.7`,
      conditions: [
        ...conditions,
        { type: 'Ready', status: broken ? 'False' : 'True', lastTransitionTime: started },
        { type: 'ContainersReady', status: broken ? 'False' : 'True', lastTransitionTime: started },
      ],
      containerStatuses: [
        {
          name: 'app',
          image: `registry.acme.dev/${app}:1.4.2`,
          imageID: 'sha256:1',
          ready: !broken,
          started: !broken,
          restartCount: 0,
          state,
        },
      ],
    })
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.1`, namespace },
      involvedObject: { kind: 'Pod', apiVersion: 'v1', name, namespace },
      type: broken ? 'Warning' : 'Normal',
      reason: broken ? 'Failed' : 'Pulled',
      message: broken ? 'Failed to pull image: not found' : 'Successfully pulled image',
      count: 1,
      firstTimestamp: started,
      lastTimestamp: started,
      source: { component: 'kubelet' },
    }
    store.apply(event)
  }
}
writeFileSync(`${folder}/reader.kubeconfig`, cluster.kubeconfig('reader'), { mode: 0o600 })
writeFileSync(`${folder}/writer.kubeconfig`, cluster.kubeconfig('writer'), { mode: 0o600 })
process.stdout.write('ready\n')
let looked = 0
setInterval(() => {
  for (const one of cluster.requests.slice(looked))
    if (one.method === 'PATCH' && !one.dryRun) process.stdout.write(`write ${Date.parse(one.at)}\n`)
  looked = cluster.requests.length
}, 20).unref()
process.once('SIGTERM', () => void cluster.close().then(() => process.exit(0)))
