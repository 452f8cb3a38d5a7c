import { parseArgs } from 'node:util'
import { loadAnalyzers } from '../analyzers/load.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import { healthReport } from '../reports/health-report.ts'
import { collect } from '../snapshot/collect.ts'
import { withMetrics } from '../snapshot/with-metrics.ts'
import { documentMarkdown } from '../views/document-markdown.ts'
import { documentText } from '../views/document-text.ts'
import { reportDocument } from '../views/report.ts'
import { connect } from './connect.ts'
import { exit, type Io } from './io.ts'
import { metricsHere } from './metrics-here.ts'

const help = `doctor report: the health of a cluster now

  doctor report [--context NAME] [--output text|markdown|json]

Exit: 0 healthy, 1 something needs you, 2 could not tell, 64 bad usage
`

/** Runs \`doctor report\` on this machine's kube context. Resolves to the exit code. */
export const runReport = async (argv: readonly string[], io: Io): Promise<number> => {
  const asked = parse(argv)
  if (typeof asked === 'string') {
    io.err(`doctor report: ${asked}\n`)
    return exit.usage
  }
  if (asked.help) {
    io.out(help)
    return exit.ok
  }
  const connection = connect(asked.context)
  if (typeof connection === 'string') {
    io.err(`doctor report: ${connection}\n`)
    return exit.unknown
  }
  try {
    const reader = connection.readers.get(connection.cluster)
    if (reader === undefined) throw new Error('no cluster is connected')
    const view = await withMetrics(await collect(reader), metricsHere(connection.readers.size))
    const report = healthReport(view, diagnose(view, { analyzers: await loadAnalyzers() }), [])
    const document = reportDocument(report)
    io.out(
      asked.output === 'json'
        ? `${JSON.stringify(report, null, 2)}\n`
        : asked.output === 'markdown'
          ? documentMarkdown(document)
          : documentText(document),
    )
    return report.verdict === 'healthy' ? exit.ok : report.verdict === 'inconclusive' ? exit.unknown : exit.found
  } finally {
    connection.close()
  }
}

const parse = (argv: readonly string[]) => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        context: { type: 'string' },
        output: { type: 'string', short: 'o', default: 'text' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (!['text', 'markdown', 'json'].includes(values.output)) return '--output must be text, markdown or json'
    return values
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'cannot read the arguments'
  }
}
