import { afterEach, describe, expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { type PrometheusAccess, prometheusMetrics } from '../../src/collectors/prometheus.ts'
import { prometheusSettings } from '../../src/config.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import { withMetrics } from '../../src/snapshot/with-metrics.ts'
import { type FakePrometheus, fakePrometheus, type Held } from './fake-prometheus.ts'

const now = '2026-11-20T10:00:00Z'
const uid = '0f8fad5b-d9cb-469f-a165-70867728950e'

const podOf = (name: string, status: object, spec: object = {}): KubeObject =>
  objectFromJson({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', uid, creationTimestamp: '2026-11-20T08:00:00Z' },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'app', image: 'acme/app:1', resources: { limits: { memory: '256Mi', cpu: '200m' } } }],
      ...spec,
    },
    status: { phase: 'Running', ...status },
  }) as KubeObject

const killed = {
  exitCode: 137,
  reason: 'OOMKilled',
  startedAt: '2026-11-20T09:30:00Z',
  finishedAt: '2026-11-20T09:57:00Z',
}
const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 2m40s' }
const oom = podOf('cart.7d9', {
  conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-20T09:57:00Z' }],
  containerStatuses: [
    { name: 'app', ready: false, restartCount: 6, state: { waiting }, lastState: { terminated: killed } },
  ],
})
const well = podOf('web-0', {
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-20T08:00:10Z' }],
  containerStatuses: [
    { name: 'app', ready: true, restartCount: 0, state: { running: { startedAt: '2026-11-20T08:00:05Z' } } },
  ],
})

const viewOf = (...objects: KubeObject[]) =>
  createView({ cluster: 'prod', now, coverage: { checked: ['pods'], unavailable: [] }, read: 'files', objects })

const ofApp = (metric: string, values: Held['values'], more: Held['labels'] = {}): Held => ({
  labels: { __name__: metric, namespace: 'shop', pod: 'cart.7d9', container: 'app', ...more },
  values,
})
const memory = 'container_memory_working_set_bytes'
const mebi = (amount: number) => String(amount * 2 ** 20)
const leak = ofApp(
  memory,
  [28, 24, 20, 16, 12, 8, 4].map((minutes) => [minutes, mebi(250 - minutes * 7)] as const),
)

let prometheus: FakePrometheus | undefined
afterEach(() => prometheus?.close())

const read = async (
  options: Parameters<typeof fakePrometheus>[0],
  access: Partial<PrometheusAccess> = {},
  view = viewOf(oom, well),
) => {
  prometheus = await fakePrometheus(options)
  return prometheusMetrics({ url: prometheus.url, ...access })(view)
}

it('is where the environment says', () => {
  const PROMETHEUS_URL = 'https://prometheus.example.com/prom/'
  const url = 'https://prometheus.example.com/prom'
  expect(prometheusSettings({ PROMETHEUS_URL, PROMETHEUS_TOKEN: 'sesame' })).toEqual({ url, token: 'sesame' })
  expect(prometheusSettings({ PROMETHEUS_URL: 'ftp://prometheus' })).toBeUndefined()
  expect(prometheusSettings({})).toBeUndefined()
})

describe('what is asked', () => {
  it('is the last half hour of what fails, by name, with the token', async () => {
    const { metrics, unavailable } = await read({ held: [leak], token: 'sesame' }, { token: 'sesame' })
    expect(unavailable).toEqual([])
    expect(metrics).toEqual([
      expect.objectContaining({ metric: memory, labels: { namespace: 'shop', pod: 'cart.7d9', container: 'app' } }),
    ])
    expect(metrics[0]?.points[0]).toEqual(['2026-11-20T09:32:00.000Z', 54 * 2 ** 20])
    expect(prometheus?.wrong).toEqual([])
    expect(prometheus?.asked).toHaveLength(4)
    for (const { query, start, end, step } of prometheus?.asked ?? []) {
      expect(query).toContain('{namespace=~"shop",pod=~"cart[.]7d9",')
      expect([end, end - start, step]).toEqual([Date.parse(now) / 1000, 1800, '60'])
    }
  })

  it('is nothing where nothing fails', async () => {
    const answer = await read({ held: [leak] }, {}, viewOf(well))
    expect(answer).toEqual({ metrics: [], asked: false, unavailable: [] })
    expect(prometheus?.asked).toEqual([])
  })

  it('is bounded for a cluster in which everything fails', async () => {
    const many = Array.from({ length: 300 }, (_, index) =>
      podOf(`batch-${index}`, {
        containerStatuses: [{ name: 'app', ready: false, restartCount: 1, state: { waiting } }],
      }),
    )
    await read({}, {}, viewOf(...many))
    expect(prometheus?.asked).toHaveLength(4)
    expect(prometheus?.asked[0]?.query.split('|')).toHaveLength(20)
  })

  it('is the fill of the claims that failing pods mount', async () => {
    const labels = { namespace: 'shop', persistentvolumeclaim: 'data' }
    const claim = objectFromJson({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    }) as KubeObject
    const mounts = { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] }
    const pod = podOf(
      'db-0',
      { containerStatuses: [{ name: 'app', ready: false, restartCount: 1, state: { waiting } }] },
      mounts,
    )
    const view = viewOf(pod, claim)
    prometheus = await fakePrometheus({
      held: [
        { labels: { __name__: 'kubelet_volume_stats_available_bytes', ...labels }, values: [[1, '0']] },
        { labels: { __name__: 'kubelet_volume_stats_capacity_bytes', ...labels }, values: [[1, mebi(1000)]] },
      ],
    })
    const measured = await withMetrics(view, prometheusMetrics({ url: prometheus.url }))
    expect(prometheus.asked).toHaveLength(8)
    const { rootCauses } = diagnose(measured, { analyzers: await loadAnalyzers() })
    expect(rootCauses.map(({ code, object }) => `${code} ${object.name}`)).toContain('volume-full data')
  })
})

describe('what it means', () => {
  it('tells a leak from a spike', async () => {
    const analyzers = await loadAnalyzers()
    prometheus = await fakePrometheus({ held: [leak] })
    const view = viewOf(oom, well)
    const without = diagnose(view, { analyzers })
    const measured = await withMetrics(view, prometheusMetrics({ url: prometheus.url }))
    const answer = diagnose(measured, { analyzers })
    expect(answer.coverage.checked).toContain('metrics')
    expect([without, answer].map(({ rootCauses }) => rootCauses[0]?.code)).toEqual(['oom-killed', 'oom-killed'])
    expect(JSON.stringify(without.rootCauses)).not.toMatch(/leak|grew|grows/)
    expect(JSON.stringify(answer.rootCauses)).toMatch(/leak|grew|grows/)
  })

  it('joins the runs of a container, and counts copies once', async () => {
    const counter = 'container_cpu_usage_seconds_total'
    const { metrics } = await read({
      held: [
        ofApp(
          counter,
          [
            [20, '100'],
            [19, '160'],
          ],
          { id: 'a', prometheus_replica: '0' },
        ),
        ofApp(counter, [[19, '159']], { id: 'a', prometheus_replica: '1' }),
        ofApp(
          counter,
          [
            [10, '1'],
            [9, '61'],
            [8, 'NaN'],
          ],
          { id: 'b' },
        ),
      ],
    })
    expect(metrics).toHaveLength(1)
    expect(metrics[0]?.points.map(([, value]) => value)).toEqual([100, 160, 1, 61])
  })

  it('takes nothing from another cluster that has a pod of the same name', async () => {
    const other = '/kubepods.slice/kubepods-pod99999999_d9cb_469f_a165_70867728950e.slice'
    const own = `/kubepods/burstable/pod${uid}/5f1c`
    const strangers = [ofApp(memory, [[1, '7']], { id: other }), ofApp(memory, [[1, '8']], { id: own })]
    expect((await read({ held: strangers })).metrics.map(({ points }) => points[0]?.[1])).toEqual([8])
    await prometheus?.close()
    const named = [
      ofApp(memory, [[1, '7']], { cluster: 'staging' }),
      ofApp(memory, [[2, '8']], { cluster: 'prod' }),
      ofApp(memory, [[3, '9']]),
    ]
    const shared = await read({ held: named }, { shared: true })
    expect(shared.metrics.flatMap(({ points }) => points.map(([, value]) => value))).toEqual([8])
  })
})

describe('what cannot be read', () => {
  const matrix = (result: unknown) => JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })
  it.each([
    ['unauthorized', { token: 'other' }],
    ['forbidden', { instead: () => ({ status: 403 }) }],
    ['throttled', { instead: () => ({ status: 429 }) }],
    ['unreachable', { instead: () => ({ status: 503 }) }],
    ['unreachable', { instead: () => ({ status: 302, location: 'http://127.0.0.1:1/' }) }],
    ['malformed', { instead: () => ({ body: '<html>Sign in</html>' }) }],
    ['malformed', { instead: () => ({ body: matrix([{ metric: { pod: 1 }, values: [] }]) }) }],
    [
      'malformed',
      { instead: () => ({ body: JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } }) }) },
    ],
    ['malformed', { instead: () => ({ body: matrix('none') }) }],
    ['truncated', { instead: () => ({ body: ' '.repeat(5 * 2 ** 20) }) }],
    ['not-served', {}],
  ] as const)('is said as %s, and changes no answer', async (reason, options) => {
    const analyzers = await loadAnalyzers()
    const view = viewOf(oom, well)
    prometheus = await fakePrometheus(options)
    const measured = await withMetrics(view, prometheusMetrics({ url: prometheus.url, token: 'sesame' }))
    expect(measured.coverage.unavailable).toEqual([expect.objectContaining({ source: 'metrics', reason })])
    expect(measured.coverage.checked).not.toContain('metrics')
    const [before, after] = [view, measured].map((one) => diagnose(one, { analyzers }))
    expect(after?.rootCauses).toEqual(before?.rootCauses)
    expect(after?.verdict).toBe(before?.verdict)
    expect(JSON.stringify(after)).not.toContain('sesame')
  })

  it('ends with the signal of the case', async () => {
    prometheus = await fakePrometheus({ instead: () => ({ never: true }) })
    const source = prometheusMetrics({ url: prometheus.url })
    const { unavailable } = await source(viewOf(oom), { signal: AbortSignal.timeout(100) })
    expect(unavailable).toEqual([expect.objectContaining({ source: 'metrics', reason: 'timeout' })])
  })

  it('keeps what the other queries found', async () => {
    const { metrics, unavailable } = await read({
      held: [leak],
      instead: (query) => (query.startsWith(memory) ? undefined : { status: 500 }),
    })
    expect(metrics.map(({ metric }) => metric)).toEqual([memory])
    expect(unavailable).toHaveLength(1)
  })
})
