import { driftOf } from '../runbooks/drift.ts'
import { documentText } from '../views/document-text.ts'
import { loadCatalogue } from './catalogue.ts'
import { connect } from './connect.ts'
import { exit, type Io } from './io.ts'

const deadlineMs = 20_000

/** Runs `doctor runbooks drift [--context C]`: what of the runbooks this cluster does not have. A cluster that does not answer is a 1. */
export const runDrift = async (context: string | undefined, io: Io): Promise<number> => {
  const connection = connect(context)
  if (typeof connection === 'string') {
    io.err(`${connection}\n`)
    return exit.found
  }
  try {
    const reader = connection.readers.get(connection.cluster)
    const served = await reader?.resources(AbortSignal.timeout(deadlineMs))
    if (served?.kind !== 'ok') {
      const why = served?.kind === 'unreadable' ? served.message : 'it lists no resources'
      io.err(`What ${connection.cluster} serves could not be read, so nothing can be said: ${why}\n`)
      return exit.found
    }
    const { runbooks, actions } = await loadCatalogue()
    const drift = driftOf(runbooks, actions, served.value)
    if (drift.length === 0) {
      io.out(`${runbooks.length} runbooks fit ${connection.cluster}, which serves ${served.value.length} resources.\n`)
      return exit.ok
    }
    const rows = drift.map(({ runbook, what }) => [runbook, what])
    io.out(documentText([{ kind: 'table', columns: ['Runbook', `Does not fit ${connection.cluster}`], rows }]))
    return exit.found
  } finally {
    connection.close()
  }
}
