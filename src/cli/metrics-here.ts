import { prometheusMetrics } from '../collectors/prometheus.ts'
import { prometheusSettings } from '../config.ts'
import type { MetricsSource } from '../snapshot/view.ts'

/** The Prometheus that PROMETHEUS_URL names, for the command line; nothing where it names none. */
export const metricsHere = (clusters: number): MetricsSource | undefined => {
  const access = prometheusSettings()
  return access === undefined ? undefined : prometheusMetrics({ ...access, shared: clusters > 1 })
}
