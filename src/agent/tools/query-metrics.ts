import { z } from 'zod'
import { refused } from '../../domain/refusal.ts'
import { defineTool } from '../tool.ts'
import { seriesText } from './read-metrics.ts'

/** Functions that put words of the query into its result: what can be made up must not be there to be quoted. */
const writes = /\b(?:label_replace|label_join|count_values)\b/i

/** One PromQL query over the last minutes, where a Prometheus is set up. */
export const queryMetrics = defineTool({
  name: 'query_metrics',
  description:
    'One PromQL query to the Prometheus of this cluster over the last minutes (30 by default), for traffic, errors, latency and usage. Narrow it to what you look at; aggregate to few series.',
  input: z.strictObject({ query: z.string().min(1).max(600), minutes: z.int().min(5).max(360).optional() }),
  doing: ({ minutes = 30 }) => `metrics of the last ${minutes} minutes`,
  look: async ({ query: ask, view }, { query, minutes = 30 }, signal) => {
    if (ask === undefined)
      return refused('not-read', 'No Prometheus is set up here; read_metrics has what was collected.')
    if (writes.test(query)) return refused('not-read', 'Functions that write labels cannot be used here.')
    const read = await ask(view, { query, minutes, signal })
    if (read.kind !== 'ok')
      return refused(
        'not-read',
        read.kind === 'absent' ? 'There is nothing.' : `It could not be read: ${read.message}.`,
      )
    const text = read.value.map((series) => `${series.metric} ${seriesText(series)}`.trim()).join('\n')
    return { title: `query of metrics over ${minutes} min: ${query}`, text: text === '' ? 'No series match.' : text }
  },
})
