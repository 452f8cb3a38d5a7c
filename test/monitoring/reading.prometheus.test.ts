import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { prometheusMetrics } from '../../src/collectors/prometheus.ts'
import { prometheusQuery } from '../../src/collectors/prometheus-query.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import { withMetrics } from '../../src/snapshot/with-metrics.ts'
import { type Exporter, type Program, startExporter, startPrometheus } from './real-prometheus.ts'

const begun = Date.now()
const at = (minutesAgo: number): string => new Date(begun - minutesAgo * 60_000).toISOString()
const uid = '0f8fad5b-d9cb-469f-a165-70867728950e'
const podOf = (name: string, status: object, spec: object = {}): KubeObject =>
  objectFromJson({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid, creationTimestamp: at(300) },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'app', image: 'acme/app:1', resources: { limits: { memory: '256Mi', cpu: '200m' } } }],
      ...spec,
    },
    status: { phase: 'Running', ...status },
  }) as KubeObject
const killed = podOf(
  'cart-7d9f',
  {
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(3) }],
    containerStatuses: [
      {
        name: 'app',
        ready: false,
        restartCount: 6,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 2m40s' } },
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', startedAt: at(29), finishedAt: at(3) } },
      },
    ],
  },
  { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'cart-data' } }] },
)
const claim = objectFromJson({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'cart-data', namespace: 'shop', uid: 'claim-1', creationTimestamp: at(300) },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  status: { phase: 'Bound' },
}) as KubeObject
const well = podOf('web-0', {
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(299) }],
  containerStatuses: [{ name: 'app', ready: true, restartCount: 0, state: { running: { startedAt: at(299) } } }],
})
const viewNow = (...objects: readonly KubeObject[]) =>
  createView({
    cluster: 'prod-eu1',
    now: new Date().toISOString(),
    coverage: { checked: ['pods'], unavailable: [] },
    read: 'files',
    objects: [...objects, claim],
  })

const id = `id="/kubepods/burstable/pod${uid}/5f1c"`
const ofApp = (pod: string) => `namespace="shop",pod="${pod}",container="app",${id}`
const mebi = (amount: number): number => amount * 2 ** 20
/** What cAdvisor and the kubelet of this node show now. */
const shown = [
  '# TYPE container_memory_working_set_bytes gauge',
  `container_memory_working_set_bytes{${ofApp('cart-7d9f')}} ${mebi(250)}`,
  `container_memory_working_set_bytes{${ofApp('web-0')}} ${mebi(40)}`,
  `container_memory_working_set_bytes{namespace="shop",pod="cart-7d9f",container=""} ${mebi(251)}`,
  '# TYPE kubelet_volume_stats_available_bytes gauge',
  'kubelet_volume_stats_available_bytes{namespace="shop",persistentvolumeclaim="cart-data"} 1000',
  'kubelet_volume_stats_capacity_bytes{namespace="shop",persistentvolumeclaim="cart-data"} 1073741824',
].join('\n')
/** Half an hour of a leak at this target, from before the server was started. */
const historyOf = (target: string): string =>
  [
    '# TYPE container_memory_working_set_bytes gauge',
    ...Array.from({ length: 28 }, (_, index) => {
      const minutes = 30 - index
      const time = (begun - minutes * 60_000) / 1_000
      return `container_memory_working_set_bytes{${ofApp('cart-7d9f')},instance="${target}",job="kubelet"} ${mebi(250 - minutes * 7)} ${time}`
    }),
    '# EOF\n',
  ].join('\n')

describe('what is read of a real Prometheus', () => {
  let exporter: Exporter
  let prometheus: Program
  beforeAll(async () => {
    exporter = await startExporter(shown)
    prometheus = await startPrometheus({ target: exporter.target, history: historyOf(exporter.target) })
  })
  afterAll(async () => {
    prometheus?.stop()
    await exporter?.close()
  })
  const access = () => ({ url: prometheus.url })
  const scraped = () =>
    expect.poll(
      async () => {
        const { metrics } = await prometheusMetrics(access())(viewNow(killed, well))
        return metrics.filter(({ metric }) => metric.startsWith('kubelet_volume_stats')).length
      },
      { timeout: 20_000 },
    )

  it('is the series of what fails and of the claims it mounts, the old ones and the scraped ones joined', async () => {
    await scraped().toBe(2)
    const read = await prometheusMetrics(access())(viewNow(killed, well))
    expect(read.unavailable).toEqual([])
    expect(
      [...new Set(read.metrics.map(({ labels }) => labels['pod'] ?? labels['persistentvolumeclaim']))].sort(),
    ).toEqual(['cart-7d9f', 'cart-data'])
    const memory = read.metrics.filter(({ metric }) => metric === 'container_memory_working_set_bytes')
    expect(memory).toHaveLength(1)
    expect(memory[0]?.labels).toEqual({ namespace: 'shop', pod: 'cart-7d9f', container: 'app' })
    const points = memory[0]?.points ?? []
    expect(points.length).toBeGreaterThanOrEqual(25)
    expect(points.at(-1)?.[1]).toBe(mebi(250))
    expect(points[0]?.[1]).toBeLessThan(mebi(60))
  })

  it('tells a leak from a spike, and a volume that is full', async () => {
    const analyzers = await loadAnalyzers()
    const view = await withMetrics(viewNow(killed, well), prometheusMetrics(access()))
    const { rootCauses } = diagnose(view, { analyzers })
    const oom = rootCauses.find(({ code }) => code === 'oom-killed')
    expect(`${oom?.summary} ${oom?.explanation.join(' ')}`).toMatch(/leak|grows|rises|grew/i)
    expect(rootCauses.map(({ code, object }) => `${code} ${object.name}`)).toContain('volume-full cart-data')
  })

  it('asks nothing where nothing fails, and says so where it holds nothing of what does', async () => {
    expect(await prometheusMetrics(access())(viewNow(well))).toMatchObject({ asked: false, metrics: [] })
    const other = objectFromJson({
      ...killed,
      metadata: { ...killed.metadata, name: 'other-1', uid: 'x' },
      spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'acme/app:1' }] },
    }) as KubeObject
    const read = await prometheusMetrics(access())(viewNow(other))
    expect(read).toMatchObject({ asked: true, unavailable: [{ source: 'metrics', reason: 'not-served' }] })
  })

  const ask = (query: string) =>
    prometheusQuery(access())(viewNow(killed), { query, minutes: 30, signal: AbortSignal.timeout(10_000) })

  it('answers a question of its own language', async () => {
    const answer = await ask('max by (pod) (container_memory_working_set_bytes{container!=""})')
    const pods = answer.kind === 'ok' ? answer.value.map(({ labels }) => labels['pod']) : []
    expect([...pods].sort()).toEqual(['cart-7d9f', 'web-0'])
  })

  it('says in its words what is wrong with a query', async () => {
    expect(await ask('max by (pod) (')).toMatchObject({
      kind: 'unreadable',
      message: expect.stringMatching(/parse error/),
    })
  })

  it('is unreadable, not empty, once it is gone', async () => {
    const gone = await prometheusMetrics({ url: 'http://127.0.0.1:9' })(viewNow(killed))
    expect(gone.metrics).toEqual([])
    expect(gone.unavailable).toHaveLength(1)
    expect(gone.unavailable[0]?.reason).not.toBe('not-served')
  })
})
