import type { MetricSeries } from '../../snapshot/view.ts'
import type { RangeSeries } from './prometheus-answer.ts'

type Point = readonly [seconds: number, value: number]

/**
 * One series for each object out of what may be several: the runs of a container follow one another (each restart gives
 * cAdvisor's `id` and `name` new values), while copies (two Prometheus replicas, a kubelet scraped twice) overlap and only
 * the fullest counts. Values that are not finite are left out; `keep` names the labels that stay.
 */
export const joinSeries = (
  metric: string,
  all: readonly RangeSeries[],
  keep: readonly string[],
): readonly MetricSeries[] => {
  const byObject = new Map<string, { readonly labels: Readonly<Record<string, string>>; readonly runs: Point[][] }>()
  for (const one of all) {
    const labels = Object.fromEntries(keep.map((name) => [name, one.metric[name] ?? '']))
    const run = one.values
      .map(([at, text]): Point => [at, Number(text)])
      .filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value))
      .sort(([a], [b]) => a - b)
    const key = JSON.stringify(labels)
    const known = byObject.get(key)
    if (run.length === 0) continue
    if (known === undefined) byObject.set(key, { labels, runs: [run] })
    else known.runs.push(run)
  }
  return [...byObject.values()].map(({ labels, runs }) => ({
    metric,
    labels,
    points: joined(runs).map(([at, value]) => [new Date(at * 1000).toISOString(), value] as const),
  }))
}

const firstOf = (run: readonly Point[]): number => run[0]?.[0] ?? 0
const lastOf = (run: readonly Point[]): number => run.at(-1)?.[0] ?? 0

const joined = (runs: readonly (readonly Point[])[]): readonly Point[] => {
  const fullest = [...runs].sort((a, b) => b.length - a.length || firstOf(a) - firstOf(b))
  const kept: (readonly Point[])[] = []
  for (const run of fullest) {
    if (kept.every((other) => lastOf(run) < firstOf(other) || firstOf(run) > lastOf(other))) kept.push(run)
  }
  return kept.sort((a, b) => firstOf(a) - firstOf(b)).flat()
}
