import { matchesLabels } from '../domain/selector.ts'
import { groupBy } from './order.ts'
import type { ClusterView, MetricsSource } from './view.ts'

/**
 * The same view with the series of a metrics source added; the view itself where there is no source or nothing to ask. What
 * could not be read lowers coverage and changes nothing else.
 */
export const withMetrics = async (
  view: ClusterView,
  source: MetricsSource | undefined,
  options: { readonly focus?: string; readonly signal?: AbortSignal } = {},
): Promise<ClusterView> => {
  if (source === undefined) return view
  const read = await source(view, options)
  if (!read.asked) return view
  const metrics = [...view.metrics, ...read.metrics]
  const series = groupBy(metrics, (one) => one.metric)
  const { checked, unavailable, ...kept } = view.coverage
  const answered = read.unavailable.length === 0
  const coverage = {
    ...kept,
    checked: answered ? [...new Set([...checked, 'metrics'])].sort() : checked,
    // Numbers that Prometheus gave need no metrics server; those that neither gave are missing once.
    unavailable: [...unavailable.filter((one) => one.source !== 'metrics'), ...read.unavailable],
  }
  return {
    ...view,
    coverage,
    metrics,
    get workloads() {
      return view.workloads
    },
    series: (metric, labels = {}) => (series.get(metric) ?? []).filter((one) => matchesLabels(labels, one.labels)),
  }
}
