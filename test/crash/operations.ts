import { carryOutOperation } from '../../src/demo/argocd-operation.ts'
import type { SimulatedCluster } from '../../src/demo/cluster/start.ts'
import type { Fields } from '../../src/demo/cluster/types.ts'
import { type Action, onCheckout, space } from './cells.ts'

type Kind = { readonly apiVersion: string; readonly kind: string; readonly resource: string; readonly name: string }
type Live = { readonly metadata: Fields; readonly spec: Fields; readonly status?: Fields } & Fields

const live = ({ store }: SimulatedCluster, { resource, name }: Kind, cell: number): Live | undefined =>
  store.get(resource, space(cell), name) as unknown as Live | undefined

const seeded =
  ({ apiVersion, kind, resource, name }: Kind, body: Fields, status?: Fields) =>
  ({ store }: SimulatedCluster, cell: number): void => {
    const namespace = space(cell)
    store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    store.apply({ apiVersion, kind, metadata: { name, namespace }, ...body })
    if (status !== undefined) store.patchStatus(resource, namespace, name, { status })
  }

const on = (
  kind: Kind,
  action: { readonly id: string; readonly input?: Fields } & Pick<Action, 'seed' | 'play'>,
  holds: (object: Live) => boolean,
): Action => ({
  input: {},
  ...action,
  method: 'PATCH',
  target: (cell) => ({ apiVersion: kind.apiVersion, kind: kind.kind, namespace: space(cell), name: kind.name }),
  holds: (cluster, cell) => {
    const found = live(cluster, kind, cell)
    return found !== undefined && holds(found)
  },
})

const cronJob: Kind = { apiVersion: 'batch/v1', kind: 'CronJob', resource: 'cronjobs.batch', name: 'nightly' }
const job: Kind = { apiVersion: 'batch/v1', kind: 'Job', resource: 'jobs.batch', name: 'migrate' }
const claim: Kind = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  resource: 'persistentvolumeclaims',
  name: 'data',
}
const service: Kind = { apiVersion: 'v1', kind: 'Service', resource: 'services', name: 'web' }
const hpa: Kind = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers.autoscaling',
  name: 'web',
}
const application: Kind = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  resource: 'applications.argoproj.io',
  name: 'web',
}

const jobSpec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'x:1' }] } } }
const seedCronJob = (suspend: boolean) =>
  seeded(cronJob, { spec: { schedule: '0 3 * * *', suspend, jobTemplate: { spec: jobSpec } } })
const seedJob = (suspend: boolean) => seeded(job, { spec: { ...jobSpec, suspend } }, suspend ? {} : { active: 1 })

/** What the Job controller does: the condition, the counters and the start follow `suspend`. */
const playJob = (cluster: SimulatedCluster, cell: number): void => {
  const found = live(cluster, job, cell)
  if (found === undefined) return
  const suspended = found.spec['suspend'] === true
  const known = JSON.stringify(found.status ?? {}).includes('"Suspended","status":"True"')
  if (suspended === known) return
  const status = suspended
    ? { active: null, startTime: null, conditions: [{ type: 'Suspended', status: 'True' }] }
    : { active: 1, startTime: '2026-11-20T10:00:00Z', conditions: [{ type: 'Suspended', status: 'False' }] }
  cluster.store.patchStatus(job.resource, space(cell), job.name, { status })
}

const seedClaim = (cluster: SimulatedCluster, cell: number): void => {
  cluster.store.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner: 'csi.acme.dev',
    allowVolumeExpansion: true,
  })
  const storage = { storage: '10Gi' }
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: storage } }
  seeded(claim, { spec }, { phase: 'Bound', capacity: storage })(cluster, cell)
}

/** What a resizer does: the capacity follows what is asked for. */
const playClaim = (cluster: SimulatedCluster, cell: number): void => {
  const found = live(cluster, claim, cell)
  const requests = (found?.spec['resources'] as { requests?: Fields } | undefined)?.requests
  if (requests === undefined || JSON.stringify(found?.status?.['capacity']) === JSON.stringify(requests)) return
  cluster.store.patchStatus(claim.resource, space(cell), claim.name, { status: { capacity: requests } })
}

const seedService = (cluster: SimulatedCluster, cell: number): void => {
  seeded(service, { spec: { selector: { app: 'wbe' }, ports: [{ port: 80 }] } })(cluster, cell)
  cluster.store.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: space(cell), labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'x:1' }] },
  })
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  cluster.store.patchStatus('pods', space(cell), 'web', { status })
}

/** What the endpoint controller does: the pod that is selected now is behind the Service. */
const playService = (cluster: SimulatedCluster, cell: number): void => {
  const found = live(cluster, service, cell)
  if (JSON.stringify(found?.spec['selector']) !== '{"app":"web"}') return
  if (cluster.store.get('endpointslices.discovery.k8s.io', space(cell), 'web-1') !== undefined) return
  cluster.store.apply({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: space(cell), labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.7'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'web' } }],
  })
}

const seedHpa = seeded(
  hpa,
  {
    spec: {
      minReplicas: 1,
      maxReplicas: 4,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    },
  },
  { currentReplicas: 2, desiredReplicas: 2 },
)

/** What the autoscaler does: it keeps to its bounds. */
const playHpa = (cluster: SimulatedCluster, cell: number): void => {
  const found = live(cluster, hpa, cell)
  const wanted = Math.max(2, Number(found?.spec['minReplicas'] ?? 2))
  if (found === undefined || found.status?.['desiredReplicas'] === wanted) return
  cluster.store.patchStatus(hpa.resource, space(cell), hpa.name, { status: { desiredReplicas: wanted } })
}

const revision = 'c'.repeat(40)
const seedApplication = seeded(application, {
  spec: { source: { repoURL: 'https://github.com/acme/deploy' }, project: 'default' },
  status: {
    sync: { status: 'OutOfSync', revision },
    health: { status: 'Healthy' },
    reconciledAt: '2026-11-20T10:00:00Z',
  },
})

/** What Argo CD does: what is asked for, and then it is in sync. */
const playApplication = (cluster: SimulatedCluster, cell: number): void => {
  const found = live(cluster, application, cell)
  const annotations = (found?.metadata['annotations'] ?? {}) as Fields
  const synced = found?.['operation'] !== undefined
  if (!synced && annotations['argocd.argoproj.io/refresh'] === undefined) return
  const actor = { user: 'argocd', manager: 'argocd-controller' }
  const where = [application.resource, space(cell), application.name] as const
  carryOutOperation(cluster.store, where, { revision, objects: [], at: new Date().toISOString() }, actor)
  if (synced) cluster.store.patch(...where, { status: { sync: { status: 'Synced', revision } } }, actor)
}

const paused = (cluster: SimulatedCluster, cell: number): void => {
  pause.seed(cluster, cell)
  cluster.store.patch('deployments.apps', space(cell), 'checkout', { spec: { paused: true } })
}
const pause = onCheckout('pause-rollout', {}, (spec) => spec.paused === true)

/** The operations that are single patches, as far as the simulated cluster serves what they are about. */
export const operations: readonly Action[] = [
  pause,
  { ...onCheckout('resume-rollout', {}, (spec) => spec.paused !== true), seed: paused },
  onCheckout('set-env', { name: 'MODE', value: 'fast' }, ({ template }) =>
    JSON.stringify(template).includes('{"name":"MODE","value":"fast"}'),
  ),
  on(cronJob, { id: 'suspend-cronjob', seed: seedCronJob(false) }, ({ spec }) => spec['suspend'] === true),
  on(cronJob, { id: 'resume-cronjob', seed: seedCronJob(true) }, ({ spec }) => spec['suspend'] === false),
  on(job, { id: 'suspend-job', seed: seedJob(false), play: playJob }, ({ spec }) => spec['suspend'] === true),
  on(job, { id: 'resume-job', seed: seedJob(true), play: playJob }, ({ spec }) => spec['suspend'] === false),
  on(claim, { id: 'expand-volume', input: { size: '15Gi' }, seed: seedClaim, play: playClaim }, ({ spec }) =>
    JSON.stringify(spec['resources']).includes('15Gi'),
  ),
  on(
    hpa,
    { id: 'set-autoscaler-bounds', input: { min: 3 }, seed: seedHpa, play: playHpa },
    ({ spec }) => spec['minReplicas'] === 3,
  ),
  on(
    service,
    { id: 'set-selector', input: { selector: { app: 'web' } }, seed: seedService, play: playService },
    ({ spec }) => JSON.stringify(spec['selector']) === '{"app":"web"}',
  ),
  on(application, { id: 'sync-application', seed: seedApplication, play: playApplication }, ({ status }) =>
    JSON.stringify(status?.['sync']).includes('"Synced"'),
  ),
  on(
    application,
    { id: 'refresh-application', seed: seedApplication, play: playApplication },
    ({ status }) => String(status?.['reconciledAt']) > '2026-11-20T10:00:00Z',
  ),
]
