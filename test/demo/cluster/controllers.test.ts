import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Behaviour } from '../../../src/demo/cluster/kubelet/behaviour.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'
import type { Fields, KubeObject } from '../../../src/demo/cluster/types.ts'
import { node } from '../../../src/demo/cluster/world/nodes.ts'
import { call, patchType } from './request.ts'

type Loose = KubeObject & { spec: Record<string, never>; status: Record<string, never> }
const images: Record<string, Behaviour> = {
  'reg.dev/app:1': { listensOn: [8080] },
  'reg.dev/app:2': { listensOn: [8080] },
  'reg.dev/bad:1': { starts: () => ({ exitCode: 3, after: 200, lines: ['boom'] }) },
  'reg.dev/job:1': { endsAfter: 2_000, greets: ['working'] },
  'reg.dev/private:1': { pull: 'unauthorized' },
}

let cluster: SimulatedCluster
let count = 0
let space = ''

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'controllers', controllers: false, images })
  for (let number = 1; number <= 3; number++) cluster.store.apply(node(number, '2026-11-20T10:00:00Z'))
  cluster.controllers.tick(1_000)
})
afterAll(() => cluster.close())
beforeEach(() => {
  space = `space-${++count}`
  cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } })
})

const container = (image: string, rest: Fields = {}): Fields => ({
  name: 'app',
  image,
  ports: [{ containerPort: 8080 }],
  ...rest,
})
const template = (image: string, rest: Fields = {}): Fields => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [container(image, rest)] },
})
const deployment = (image: string, replicas = 3, rest: Fields = {}): Fields => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: space },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: template(image, { readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 2 } }),
    ...rest,
  },
})
const get = (resource: string, name: string): Loose => cluster.store.get(resource, space, name) as Loose
const list = (resource: string): Loose[] => [...cluster.store.list(resource, space)] as Loose[]
const conditions = (object: Loose): Record<string, string> =>
  Object.fromEntries(
    ((object.status['conditions'] ?? []) as { type: string; reason: string }[]).map((entry) => [
      entry.type,
      entry.reason,
    ]),
  )
const messages = (reason: string): string[] =>
  (list('events') as unknown as { reason: string; message: string }[])
    .filter((event) => event.reason === reason)
    .map((event) => event.message)

describe('Deployments', () => {
  it('roll out one surge pod at a time and never below what is allowed', () => {
    cluster.store.apply(deployment('reg.dev/app:1'))
    cluster.controllers.tick(10_000)
    let least = 3
    let most = 3
    const stop = cluster.store.subscribe((change) => {
      if (change.resource !== 'pods' || change.object.metadata.namespace !== space) return
      const live = list('pods').filter((pod) => pod.metadata.deletionTimestamp === undefined)
      const ready = live.filter((pod) =>
        (pod.status['conditions'] as unknown as { type: string; status: string }[] | undefined)?.some(
          (entry) => entry.type === 'Ready' && entry.status === 'True',
        ),
      )
      least = Math.min(least, ready.length)
      const wanted = list('replicasets.apps').reduce((sum, set) => sum + Number(set.spec['replicas']), 0)
      most = Math.max(most, wanted)
    })
    cluster.store.apply(deployment('reg.dev/app:2'))
    cluster.controllers.tick(30_000)
    stop()
    expect([least, most]).toEqual([3, 4])
    const web = get('deployments.apps', 'web')
    expect(web.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 })
    expect(conditions(web)).toEqual({ Available: 'MinimumReplicasAvailable', Progressing: 'NewReplicaSetAvailable' })
    expect(web.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2')
    expect(
      list('replicasets.apps')
        .map((set) => set.spec['replicas'])
        .sort(),
    ).toEqual([0, 3])
  })

  it('go back to an earlier ReplicaSet under a new revision', () => {
    for (const image of ['reg.dev/app:1', 'reg.dev/app:2', 'reg.dev/app:1']) {
      cluster.store.apply(deployment(image, 2))
      cluster.controllers.tick(20_000)
    }
    const sets = list('replicasets.apps')
    expect(sets).toHaveLength(2)
    const current = sets.find((set) => set.spec['replicas'] === (2 as never))
    expect(current?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    })
  })

  it('report a rollout that makes no progress, and one that is paused', () => {
    cluster.store.apply(deployment('reg.dev/app:1', 2, { progressDeadlineSeconds: 60 }))
    cluster.controllers.tick(10_000)
    cluster.store.apply(deployment('reg.dev/private:1', 2, { progressDeadlineSeconds: 60 }))
    cluster.controllers.tick(90_000)
    expect(conditions(get('deployments.apps', 'web'))['Progressing']).toBe('ProgressDeadlineExceeded')
    expect(messages('Failed').some((text) => text.includes('pull access denied'))).toBe(true)
    cluster.store.patch('deployments.apps', space, 'web', { spec: { paused: true } })
    cluster.controllers.tick(1_000)
    expect(conditions(get('deployments.apps', 'web'))['Progressing']).toBe('DeploymentPaused')
  })

  it('take their pods and ReplicaSets with them, unless these are orphaned', async () => {
    cluster.store.apply(deployment('reg.dev/app:1', 1))
    cluster.controllers.tick(5_000)
    await call(cluster, 'DELETE', `/apis/apps/v1/namespaces/${space}/deployments/web`, {
      body: { propagationPolicy: 'Orphan' },
    })
    cluster.controllers.tick(5_000)
    expect(cluster.store.get('deployments.apps', space, 'web')).toBeUndefined()
    const [set] = list('replicasets.apps')
    expect(set?.metadata.ownerReferences ?? []).toEqual([])
    const path = `/apis/apps/v1/namespaces/${space}/replicasets/${set?.metadata.name}`
    const held = await call(cluster, 'DELETE', path, { body: { propagationPolicy: 'Foreground' } })
    expect(held.body.metadata.finalizers).toEqual(['foregroundDeletion'])
    cluster.controllers.tick(10_000)
    expect((await call(cluster, 'GET', path)).code).toBe(404)
    expect(list('pods')).toEqual([])
  })
})

describe('other workloads', () => {
  it('StatefulSets come up in order, each with its claim', () => {
    cluster.store.apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: 'ebs.csi.aws.com' },
      spec: {},
    })
    cluster.store.apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'gp3' },
      provisioner: 'ebs.csi.aws.com',
      volumeBindingMode: 'WaitForFirstConsumer',
    })
    cluster.store.apply({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: space },
      spec: {
        serviceName: 'db',
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: template('reg.dev/app:1', {
          readinessProbe: { tcpSocket: { port: 8080 } },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        }),
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              accessModes: ['ReadWriteOnce'],
              storageClassName: 'gp3',
              resources: { requests: { storage: '1Gi' } },
            },
          },
        ],
      },
    })
    cluster.controllers.tick(0)
    expect(list('pods').map((pod) => pod.metadata.name)).toEqual(['db-0'])
    cluster.controllers.tick(10_000)
    expect(list('pods').map((pod) => pod.metadata.name)).toEqual(['db-0', 'db-1'])
    expect(list('persistentvolumeclaims').map((claim) => claim.status['phase'])).toEqual(['Bound', 'Bound'])
    expect(get('statefulsets.apps', 'db').status).toMatchObject({ readyReplicas: 2, availableReplicas: 2 })
  })

  it('DaemonSets run on every node that may', () => {
    cluster.store.patch('nodes', undefined, 'worker-3', {
      spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] },
    })
    cluster.store.apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: space },
      spec: { selector: { matchLabels: { app: 'web' } }, template: template('reg.dev/app:1') },
    })
    cluster.controllers.tick(5_000)
    expect(
      list('pods')
        .map((pod) => pod.spec['nodeName'])
        .sort(),
    ).toEqual(['worker-1', 'worker-2'])
    cluster.store.patch('nodes', undefined, 'worker-3', { spec: { taints: null } })
    cluster.controllers.tick(5_000)
    expect(get('daemonsets.apps', 'agent').status).toMatchObject({ desiredNumberScheduled: 3, numberReady: 3 })
  })

  it('Jobs finish, or fail when their limit is reached; CronJobs start them on time', () => {
    const spec = (image: string): Fields => ({
      backoffLimit: 1,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'j', image }] } },
    })
    cluster.store.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'good', namespace: space },
      spec: spec('reg.dev/job:1'),
    })
    cluster.store.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'bad', namespace: space },
      spec: spec('reg.dev/bad:1'),
    })
    cluster.store.apply({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'every', namespace: space },
      spec: { schedule: '*/5 * * * *', jobTemplate: { spec: spec('reg.dev/job:1') } },
    })
    cluster.controllers.tick(60_000)
    expect(conditions(get('jobs.batch', 'good'))).toEqual({
      SuccessCriteriaMet: 'CompletionsReached',
      Complete: 'CompletionsReached',
    })
    expect(conditions(get('jobs.batch', 'bad'))).toEqual({
      FailureTarget: 'BackoffLimitExceeded',
      Failed: 'BackoffLimitExceeded',
    })
    expect(get('jobs.batch', 'bad').status['failed']).toBe(2)
    cluster.controllers.tick(600_000)
    const started = list('jobs.batch').filter((job) => job.metadata.ownerReferences?.[0]?.kind === 'CronJob')
    expect([2, 3]).toContain(started.length)
    expect(list('pods').find((pod) => pod.metadata.name.startsWith('every'))?.metadata.labels?.['job-name']).toMatch(
      /^every-\d+$/,
    )
  })
})

describe('what surrounds them', () => {
  it('Services list the pods they select, ready or not', () => {
    cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: space },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    })
    cluster.store.apply(deployment('reg.dev/app:1', 2))
    cluster.controllers.tick(5_000)
    const [slice] = list('endpointslices.discovery.k8s.io') as unknown as {
      endpoints: { conditions: { ready: boolean } }[]
      ports: { port: number }[]
    }[]
    expect(slice?.endpoints.map((endpoint) => endpoint.conditions.ready)).toEqual([true, true])
    expect(slice?.ports[0]?.port).toBe(8080)
    cluster.store.patch('services', space, 'web', { spec: { selector: { app: 'wbe' } } })
    cluster.controllers.tick(1_000)
    expect(get('endpoints', 'web')).not.toHaveProperty('subsets')
  })

  it('disruption budgets stop evictions with 429, two of them with 500, and a dry run spends nothing', async () => {
    cluster.store.apply(deployment('reg.dev/app:1', 2))
    cluster.store.apply({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: space },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    })
    cluster.controllers.tick(5_000)
    const [first, second] = list('pods').map((pod) => pod.metadata.name)
    const evict = (name: string | undefined, query = '') =>
      call(cluster, 'POST', `/api/v1/namespaces/${space}/pods/${name}/eviction${query}`, {
        user: 'writer',
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } },
      })
    expect((await evict(first, '?dryRun=All')).code).toBe(201)
    expect((await evict(first)).code).toBe(201)
    const refused = await evict(second)
    expect(refused.code).toBe(429)
    expect(refused.body.details.causes[0]).toMatchObject({
      reason: 'DisruptionBudget',
      message: 'The disruption budget web needs 1 healthy pods and has 2 currently',
    })
    cluster.controllers.tick(10_000)
    cluster.store.apply({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'other', namespace: space },
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } },
    })
    cluster.controllers.tick(1_000)
    expect((await evict(second)).code).toBe(500)
  })

  it('a quota is kept exactly, also when pods go', () => {
    cluster.store.apply({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace: space },
      spec: { hard: { pods: '2' } },
    })
    cluster.store.apply(deployment('reg.dev/app:1', 3))
    cluster.controllers.tick(5_000)
    expect(list('pods')).toHaveLength(2)
    expect(conditions(get('deployments.apps', 'web'))['ReplicaFailure']).toBe('FailedCreate')
    expect(messages('FailedCreate')[0]).toMatch(
      /^Error creating: pods "web-\w+-\w{5}" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2$/,
    )
    cluster.store.patch('resourcequotas', space, 'q', { spec: { hard: { pods: '5' } } })
    cluster.controllers.tick(120_000)
    expect(list('pods')).toHaveLength(3)
    expect(get('resourcequotas', 'q').status['used']).toEqual({ pods: '3' })
  })

  it('the scheduler says why, in the words of the real one', async () => {
    const pod = (name: string, rest: Fields): void =>
      void cluster.store.apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: space },
        spec: { containers: [container('reg.dev/app:1')], ...rest },
      })
    pod('picky', { nodeSelector: { disk: 'ssd' } })
    pod('big', { containers: [container('reg.dev/app:1', { resources: { requests: { cpu: '64', memory: '1Ti' } } })] })
    pod('claims', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'none' } }] })
    cluster.controllers.tick(1_000)
    await call(cluster, 'PATCH', '/api/v1/nodes/worker-1', {
      user: 'writer',
      body: { spec: { unschedulable: true } },
      type: patchType.merge,
    })
    pod('late', { nodeSelector: { 'kubernetes.io/hostname': 'worker-1' } })
    cluster.controllers.tick(1_000)
    const preemption =
      'no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.'
    expect(messages('FailedScheduling')).toEqual(
      expect.arrayContaining([
        `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. ${preemption}`,
        `0/3 nodes are available: 3 Insufficient cpu, 3 Insufficient memory. ${preemption}`,
        '0/3 nodes are available: persistentvolumeclaim "none" not found. not found',
        `0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector. ${preemption}`,
      ]),
    )
    await call(cluster, 'PATCH', '/api/v1/nodes/worker-1', {
      user: 'writer',
      body: { spec: { unschedulable: null } },
      type: patchType.merge,
    })
    cluster.controllers.tick(5_000)
    expect(get('pods', 'late').spec['nodeName']).toBe('worker-1')
  })

  it('a node that falls silent loses its pods after their tolerance, and takes them back clean', () => {
    cluster.store.apply(deployment('reg.dev/app:1', 3))
    cluster.controllers.tick(5_000)
    cluster.machines.powerOff('worker-2')
    cluster.controllers.tick(70_000)
    expect(get('deployments.apps', 'web').status['readyReplicas']).toBe(2)
    cluster.controllers.tick(310_000)
    expect(get('deployments.apps', 'web').status['readyReplicas']).toBe(3)
    expect(
      list('pods')
        .filter((pod) => pod.metadata.deletionTimestamp !== undefined)
        .map((pod) => pod.spec['nodeName']),
    ).toEqual(['worker-2'])
    cluster.machines.powerOn('worker-2')
    cluster.controllers.tick(60_000)
    expect(list('pods')).toHaveLength(3)
  })
})
