import type { Alert } from '../domain/alert.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { MetricSeries, WorkflowRun } from './view.ts'

const timeKey = /(?:Time|Timestamp|At|Seen|^timestamp|^time)$/
const future = /notAfter|renewal|expir|nextSchedule|deletionTimestamp|requestedAt/i

/**
 * The newest moment that a snapshot saw: of what happened (statuses, events, metric points, alerts), never of what is planned
 * or written in specs. The epoch where it saw none.
 */
export const newestTime = (seen: {
  readonly objects: readonly KubeObject[]
  readonly metrics: readonly MetricSeries[]
  readonly alerts: readonly Alert[]
  readonly runs: readonly WorkflowRun[]
}): string => {
  let newest = 0
  const note = (at: unknown): void => {
    const time = typeof at === 'string' && /^\d{4}-/.test(at) ? Date.parse(at) : Number.NaN
    if (time > newest) newest = time
  }
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 12) return
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'string') {
        if (timeKey.test(key) && !future.test(key)) note(item)
      } else if (key !== 'spec' && key !== 'annotations') walk(item, depth + 1)
    }
  }
  for (const object of seen.objects) walk(object, 0)
  for (const series of seen.metrics) note(series.points.at(-1)?.[0])
  for (const alert of seen.alerts) note(alert.startsAt)
  for (const run of seen.runs) note(run.startedAt)
  return new Date(newest).toISOString().replace('.000Z', 'Z')
}
