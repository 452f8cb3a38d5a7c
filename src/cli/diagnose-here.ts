import { offers } from '../runbooks/match.ts'
import { collect } from '../snapshot/collect.ts'
import { withMetrics } from '../snapshot/with-metrics.ts'
import { withWorkflowRuns } from '../snapshot/with-workflow-runs.ts'
import { loadCatalogue } from './catalogue.ts'
import { connect } from './connect.ts'
import { runDiagnose } from './diagnose.ts'
import type { Io } from './io.ts'
import { metricsHere } from './metrics-here.ts'
import { runsHere } from './runs-here.ts'

/** `doctor diagnose` with this machine's kubeconfig and the shipped runbooks. */
export const runDiagnoseHere = async (argv: readonly string[], io: Io): Promise<number> => {
  const { runbooks } = await loadCatalogue()
  return runDiagnose(argv, io, {
    connect: async ({ context, namespace, signal }) => {
      const connection = connect(context)
      if (typeof connection === 'string') throw new Error(connection)
      const reader = connection.readers.get(connection.cluster)
      if (reader === undefined) throw new Error('no cluster is connected')
      try {
        const view = await collect(reader, { signal, ...(namespace === undefined ? {} : { namespace }) })
        const measured = await withMetrics(view, metricsHere(connection.readers.size), { signal })
        return await withWorkflowRuns(measured, runsHere(), { signal })
      } finally {
        connection.close()
      }
    },
    propose: (view) => (cause) => offers(runbooks, cause, { view }),
  })
}
