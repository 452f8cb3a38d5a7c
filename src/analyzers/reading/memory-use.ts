import type { Pod } from '../../domain/kubernetes.ts'
import type { PodContainer } from '../../domain/pod-containers.ts'
import { bytesText, parseQuantity } from '../../domain/quantity.ts'
import { timeOf } from '../../domain/time.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** How a container's memory behaved before it was killed: `leak` grows all the time, `spike` fills up right after the start. */
export type MemoryUse = {
  readonly peak?: number
  readonly shape?: 'leak' | 'spike'
  readonly from?: number
  readonly minutes?: number
}

const metrics = ['container_memory_working_set_bytes', 'container_memory_rss', 'container_memory_usage_bytes'] as const

const pointsOf = (view: ClusterView, pod: Pod, container: string): readonly (readonly [string, number])[] => {
  for (const metric of metrics) {
    const labels = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container }
    const [series] = [...view.series(metric, labels)].sort((a, b) => b.points.length - a.points.length)
    if (series !== undefined && series.points.length > 0) return series.points
  }
  return []
}

/** What metrics tell about the memory of a container: its peak, and the shape of its last run with at least four points. */
export const memoryUse = (view: ClusterView, pod: Pod, container: string): MemoryUse => {
  const points = pointsOf(view, pod, container)
  if (points.length === 0) return {}
  const peak = Math.max(...points.map(([, value]) => value))
  // The longest stretch without a fall to less than half: one run of the process.
  let run: (readonly [string, number])[] = []
  let longest: (readonly [string, number])[] = []
  for (const point of points) {
    const before = run.at(-1)
    run = before !== undefined && point[1] < before[1] / 2 ? [point] : [...run, point]
    if (run.length > longest.length) longest = run
  }
  const [first, last] = [longest[0], longest.at(-1)]
  if (first === undefined || last === undefined || longest.length < 4) return { peak }
  const minutes = ((timeOf(last[0]) ?? 0) - (timeOf(first[0]) ?? 0)) / 60_000
  const rises = longest.slice(1).filter((point, index) => point[1] >= (longest[index]?.[1] ?? 0)).length
  const steady = rises >= (longest.length - 1) * 0.75 && last[1] >= first[1] * 1.5
  const early = (longest[1]?.[1] ?? 0) >= peak * 0.85 && first[1] < peak * 0.6
  const shape = early ? ('spike' as const) : steady && minutes >= 10 ? ('leak' as const) : undefined
  return { peak, from: first[1], minutes, ...(shape === undefined ? {} : { shape }) }
}

/** Whether metrics show the container at its memory limit (90 % or more). */
export const atMemoryLimit = (view: ClusterView, pod: Pod, unit: PodContainer): boolean => {
  const limit = parseQuantity(unit.container?.resources?.limits?.['memory'])
  const { peak } = memoryUse(view, pod, unit.name)
  return limit !== undefined && peak !== undefined && peak >= limit * 0.9
}

/** A limit with room: half more than now, or a quarter above the peak, rounded up to 16Mi (128Mi from 1Gi on). */
export const suggestedLimit = (limit: number, peak: number | undefined): string => {
  const wanted = Math.max(limit * 1.5, (peak ?? 0) * 1.25)
  const step = wanted >= 2 ** 30 ? 128 * 2 ** 20 : 16 * 2 ** 20
  return bytesText(Math.ceil(wanted / step) * step).replace(
    /^(\d+\.\d+)Gi$/,
    (_, gi: string) => `${Math.round(Number(gi) * 1024)}Mi`,
  )
}
