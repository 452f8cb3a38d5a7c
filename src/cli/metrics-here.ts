import { prometheusMetrics } from '../collectors/prometheus.ts'
import { prometheusQuery } from '../collectors/prometheus-query.ts'
import { prometheusSettings } from '../config.ts'
import type { MetricsQuery, MetricsSource } from '../snapshot/view.ts'

/** The Prometheus that PROMETHEUS_URL names, for the command line; nothing where it names none. */
export const metricsHere = (clusters: number): MetricsSource | undefined => {
  const access = prometheusSettings()
  return access === undefined ? undefined : prometheusMetrics({ ...access, shared: clusters > 1 })
}

/** The same Prometheus for one query at a time. */
export const queryHere = (clusters: number): MetricsQuery | undefined => {
  const access = prometheusSettings()
  return access === undefined ? undefined : prometheusQuery({ ...access, shared: clusters > 1 })
}
