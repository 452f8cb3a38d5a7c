import { z } from 'zod'
import type { MetricSeries } from '../../snapshot/view.ts'
import { defineTool, namespaceName, objectName } from '../tool.ts'

const mostSeries = 12
const mostPoints = 16

/** The metric series that were collected for what fails: the last half hour of memory, CPU, throttling and volumes. */
export const readMetrics = defineTool({
  name: 'read_metrics',
  description:
    'Metric series that were collected with this investigation (memory, CPU, throttling, volume fill of what fails; the last 30 minutes). Without a metric: which there are.',
  input: z.strictObject({
    metric: z
      .string()
      .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,120}$/)
      .optional(),
    namespace: namespaceName.optional(),
    pod: objectName.optional(),
  }),
  doing: ({ metric }) => (metric === undefined ? 'which metrics there are' : `the metric ${metric}`),
  look: ({ view }, { metric, namespace, pod }) => {
    if (view.metrics.length === 0) {
      const unread = view.coverage.unavailable.find(({ source }) => source === 'metrics')
      const why = unread === undefined ? 'none were collected' : `they could not be read (${unread.reason})`
      return { title: 'metrics', text: `There are no metrics here: ${why}.` }
    }
    if (metric === undefined) {
      const names = [...new Set(view.metrics.map((series) => series.metric))].sort()
      return { title: 'metrics', text: names.join('\n') }
    }
    const found = view
      .series(metric, { ...(namespace === undefined ? {} : { namespace }), ...(pod === undefined ? {} : { pod }) })
      .slice(0, mostSeries)
    return { title: `metric ${metric}`, text: found.map(seriesText).join('\n') || 'No such series was collected.' }
  },
})

/** One series on one line: its labels, then at most 16 points. */
export const seriesText = ({ labels, points }: MetricSeries): string => {
  const every = Math.max(1, Math.ceil(points.length / mostPoints))
  const shown = points.filter((_, index) => index % every === 0 || index === points.length - 1)
  const name = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return `${name.join(' ')}: ${shown.map(([at, value]) => `${at.slice(11, 19)} ${Number(value.toPrecision(5))}`).join(', ')}`
}
