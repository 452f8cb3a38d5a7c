import type { Unreadable } from '../domain/coverage.ts'
import type { Pod } from '../domain/kubernetes.ts'
import { isNamespaceName, isObjectName } from '../domain/name.ts'
import type { ClusterView, MetricSeries, MetricsSource } from '../snapshot/view.ts'
import { askPrometheus, type PrometheusAccess } from './reading/ask-prometheus.ts'
import { claimsMounted, failingPods } from './reading/failing-pods.ts'
import { joinSeries } from './reading/join-series.ts'
import type { RangeSeries } from './reading/prometheus-answer.ts'

export type { PrometheusAccess } from './reading/ask-prometheus.ts'

/** How far back series go and how far apart their points are, in seconds. */
const span = 1800
const step = 60
/** All queries of one collection end within this, in ms. */
const deadline = 5_000

type Query = { readonly metric: string; readonly about: 'containers' | 'claims' }

/** All that is ever asked: eight range queries, each narrowed to the names of failing pods or of the claims they mount. */
const queries: readonly Query[] = [
  { metric: 'container_memory_working_set_bytes', about: 'containers' },
  { metric: 'container_cpu_usage_seconds_total', about: 'containers' },
  { metric: 'container_cpu_cfs_throttled_periods_total', about: 'containers' },
  { metric: 'container_cpu_cfs_periods_total', about: 'containers' },
  { metric: 'kubelet_volume_stats_available_bytes', about: 'claims' },
  { metric: 'kubelet_volume_stats_capacity_bytes', about: 'claims' },
  { metric: 'kubelet_volume_stats_inodes_free', about: 'claims' },
  { metric: 'kubelet_volume_stats_inodes', about: 'claims' },
]

/**
 * Reads the last 30 minutes of memory, CPU, throttling and volume fill of what fails in a view, within 5 s. Asks nothing
 * where nothing fails. Never throws: what could not be read is said as source `metrics`, and the rest is kept.
 */
export const prometheusMetrics =
  (access: PrometheusAccess): MetricsSource =>
  async (view, { focus, signal } = {}) => {
    const pods = failingPods(view, focus)
    const names = namesIn(view, pods)
    const wanted = queries.filter(({ about }) => names[about].size > 0)
    if (wanted.length === 0) return { metrics: [], asked: false, unavailable: [] }
    const limit = AbortSignal.timeout(deadline)
    const until = signal === undefined ? limit : AbortSignal.any([signal, limit])
    const answers = await Promise.all(
      wanted.map(async (query) => ({
        query,
        answer: await askPrometheus(access, rangePath(query, view, names), until, deadline / 1_000),
      })),
    )
    const uids = new Map(pods.map((pod) => [keyOf(pod.metadata.namespace, pod.metadata.name), pod.metadata.uid]))
    const metrics: MetricSeries[] = []
    const unread: Unreadable[] = []
    for (const { query, answer } of answers) {
      if (answer.kind === 'unreadable') {
        unread.push({ source: 'metrics', reason: answer.reason, message: answer.message })
      } else if (answer.kind === 'ok') {
        const ours = answer.value.filter(
          (series) =>
            names[query.about].has(nameOf(query, series)) && isOurs(series, view, uids, access.shared === true),
        )
        const keep =
          query.about === 'claims' ? ['namespace', 'persistentvolumeclaim'] : ['namespace', 'pod', 'container']
        metrics.push(...joinSeries(query.metric, ours, keep))
      }
    }
    if (metrics.length === 0 && unread.length === 0) {
      const message = 'Prometheus holds no series of the pods in question'
      return { metrics, asked: true, unavailable: [{ source: 'metrics', reason: 'not-served', message }] }
    }
    // One sentence is enough: what keeps one query from its answer mostly keeps all of them.
    return { metrics, asked: true, unavailable: unread.slice(0, 1) }
  }

const keyOf = (namespace: string | undefined, name: string | undefined): string => `${namespace ?? ''}/${name ?? ''}`

type Names = Readonly<Record<Query['about'], ReadonlySet<string>>>

/** Names stand in a query's text: only what is a Kubernetes name gets there. */
const namesIn = (view: ClusterView, pods: readonly Pod[]): Names => {
  const valid = (all: readonly Pick<Pod, 'metadata'>[]) =>
    new Set(
      all
        .filter(({ metadata }) => isNamespaceName(metadata.namespace) && isObjectName(metadata.name))
        .map(({ metadata }) => keyOf(metadata.namespace, metadata.name)),
    )
  return { containers: valid(pods), claims: valid(claimsMounted(view, pods)) }
}

const labelOf = ({ about }: Query): string => (about === 'claims' ? 'persistentvolumeclaim' : 'pod')

const nameOf = (query: Query, { metric }: RangeSeries): string => keyOf(metric['namespace'], metric[labelOf(query)])

const rangePath = (query: Query, view: ClusterView, names: Names): string => {
  const pairs = [...names[query.about]].map((key) => key.split('/'))
  const either = (index: number) =>
    [...new Set(pairs.map((pair) => pair[index] ?? ''))].map((name) => name.replaceAll('.', '[.]')).join('|')
  const containers = query.about === 'containers' ? ',container!="",container!="POD"' : ''
  const end = Date.parse(view.now) / 1000
  const parameters = new URLSearchParams({
    query: `${query.metric}{namespace=~"${either(0)}",${labelOf(query)}=~"${either(1)}"${containers}}`,
    start: String(end - span),
    end: String(end),
    step: String(step),
    timeout: `${deadline / 1000}s`,
  })
  return `/api/v1/query_range?${parameters}`
}

/**
 * Whether a series is of this cluster. cAdvisor's `id` holds the uid of the pod, which settles it. A label `cluster` with
 * the name of this one does as well; where Prometheus holds several clusters, nothing else will do.
 */
const isOurs = (
  { metric }: RangeSeries,
  view: ClusterView,
  uids: ReadonlyMap<string, string | undefined>,
  shared: boolean,
): boolean => {
  const uid = uids.get(keyOf(metric['namespace'], metric['pod']))
  const told = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})/.exec(metric['id'] ?? '')?.[1]
  if (uid !== undefined && told !== undefined) return told.replaceAll('_', '-') === uid
  return !shared || metric['cluster'] === view.cluster
}
