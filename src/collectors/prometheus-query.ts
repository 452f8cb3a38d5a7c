import type { Read } from '../domain/coverage.ts'
import type { MetricSeries, MetricsQuery } from '../snapshot/view.ts'
import { askPrometheus, type PrometheusAccess } from './reading/ask-prometheus.ts'

/** One query ends within this, in ms; Prometheus is told as well, so that it does not go on for nobody. */
const deadline = 8_000
const mostSeries = 20
const points = 60

/**
 * Asks Prometheus one query over the last minutes of a view: at most 20 series of 60 points. Where it holds several clusters,
 * only series that name this one in the label `cluster` are given. Never throws.
 */
export const prometheusQuery =
  (access: PrometheusAccess): MetricsQuery =>
  async (view, { query, minutes, signal }) => {
    const end = Date.parse(view.now) / 1_000
    const parameters = new URLSearchParams({
      query,
      start: String(end - minutes * 60),
      end: String(end),
      step: String(Math.max(15, Math.ceil((minutes * 60) / points))),
      timeout: `${deadline / 1_000}s`,
      limit: String(mostSeries * 5),
    })
    const until = AbortSignal.any([signal, AbortSignal.timeout(deadline)])
    const answer = await askPrometheus(access, `/api/v1/query_range?${parameters}`, until, deadline / 1_000)
    if (answer.kind !== 'ok') return answer
    const ours = answer.value.filter(({ metric }) => access.shared !== true || metric['cluster'] === view.cluster)
    if (ours.length === 0 && answer.value.length > 0) return notOurs(view.cluster)
    return { kind: 'ok', value: ours.slice(0, mostSeries).map(seriesOf) }
  }

const notOurs = (cluster: string): Read<readonly MetricSeries[]> => ({
  kind: 'unreadable',
  reason: 'not-served',
  message: `Prometheus holds several clusters; only series with the label cluster="${cluster}" can be given`,
})

const seriesOf = ({
  metric: { __name__: name = '', ...labels },
  values,
}: {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (readonly [number, string])[]
}): MetricSeries => ({
  metric: name,
  labels,
  points: values.map(([at, value]) => [new Date(at * 1_000).toISOString(), Number(value)] as const),
})
