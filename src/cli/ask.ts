import { parseArgs } from 'node:util'
import { loadActions } from '../actions/load.ts'
import { type Agent, consult } from '../agent/agent.ts'
import { openAgent } from '../agent/open-agent.ts'
import { loadAnalyzers } from '../analyzers/load.ts'
import { modelSettings } from '../config.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import { benchOver } from '../doctor/model/consult-model.ts'
import { text } from '../domain/document.ts'
import { refText } from '../domain/object.ts'
import type { ClusterReader } from '../ports.ts'
import { collect } from '../snapshot/collect.ts'
import { createView } from '../snapshot/create-view.ts'
import { loadSnapshot, SnapshotUnreadable } from '../snapshot/load-files.ts'
import type { ClusterView } from '../snapshot/view.ts'
import { withMetrics } from '../snapshot/with-metrics.ts'
import { consultationDocument } from '../views/consultation.ts'
import { documentMarkdown } from '../views/document-markdown.ts'
import { documentText } from '../views/document-text.ts'
import { safeText } from '../views/safe-text.ts'
import { connect } from './connect.ts'
import { exit, type Io } from './io.ts'
import { metricsHere, queryHere } from './metrics-here.ts'

/** The help of the verb. */
export const askHelp = `doctor ask: ask Claude about a cluster; it looks with read-only tools and quotes what it read

  doctor ask "QUESTION" [options]                    the current kube context
  doctor ask "QUESTION" --snapshot PATH [options]    files: kubectl get -o yaml, cluster-info dump, must-gather

Options
  --snapshot PATH       a file or a folder, read recursively
  --context NAME        a kube context other than the current one
  -n, --namespace NS    what the question is about
  -o, --output FORMAT   text (default), markdown or json
  -h, --help

Needs ANTHROPIC_API_KEY, or the settings of Azure OpenAI. Nothing is changed, and no secret is sent.
Exit: 0 answered, 2 could not tell, 64 bad usage
`

const formats = ['text', 'markdown', 'json'] as const

/** Collecting and all that the model does may take this long, in ms. */
const deadline = 300_000

type Asked = {
  readonly question: string
  readonly snapshot?: string
  readonly context?: string
  readonly namespace?: string
  readonly output: (typeof formats)[number]
}

/** Runs `doctor ask` with the arguments after the verb. Resolves to the exit code; says on stderr what is being read. */
export const runAsk = async (argv: readonly string[], io: Io, access = modelSettings()): Promise<number> => {
  const asked = parse(argv)
  if (asked === 'help') {
    io.out(askHelp)
    return exit.ok
  }
  if (typeof asked === 'string') {
    io.err(`doctor ask: ${asked}\nTry: doctor ask --help\n`)
    return exit.usage
  }
  if (access === undefined) {
    io.err('doctor ask: no language model is set up (ANTHROPIC_API_KEY). doctor diagnose answers without one.\n')
    return exit.unknown
  }
  const agent = await openAgent(access)
  return asked.snapshot === undefined ? askCluster(agent, asked, io) : askFiles(agent, asked, asked.snapshot, io)
}

const options = {
  snapshot: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o', default: 'text' },
  help: { type: 'boolean', short: 'h' },
} as const

const parse = (argv: readonly string[]): Asked | string => {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true })
    const { help, output: format, ...rest } = values
    if (help === true) return 'help'
    const question = positionals.join(' ').trim().slice(0, 1_500)
    const output = formats.find((one) => one === format)
    if (question === '') return 'what is the question?'
    if (output === undefined) return `--output is ${format}; it must be one of ${formats.join(', ')}`
    if (rest.snapshot !== undefined && rest.context !== undefined) return '--snapshot and --context exclude each other'
    return { ...rest, question, output }
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'cannot read the arguments'
  }
}

const askFiles = async (agent: Agent, asked: Asked, path: string, io: Io): Promise<number> => {
  try {
    const { view } = await loadSnapshot(path)
    return await answer(agent, asked, createView(view), undefined, AbortSignal.timeout(deadline), io)
  } catch (error) {
    if (!(error instanceof SnapshotUnreadable)) throw error
    io.err(`doctor ask: ${error.message}\n`)
    return exit.usage
  }
}

const askCluster = async (agent: Agent, asked: Asked, io: Io): Promise<number> => {
  const connection = connect(asked.context)
  const reader = typeof connection === 'string' ? undefined : connection.readers.get(connection.cluster)
  if (typeof connection === 'string' || reader === undefined) {
    io.err(`doctor ask: ${typeof connection === 'string' ? connection : 'no cluster is connected'}\n`)
    return exit.unknown
  }
  try {
    const signal = AbortSignal.timeout(deadline)
    io.err('reading the cluster…\n')
    const view = await withMetrics(await collect(reader, { signal }), metricsHere(connection.readers.size), { signal })
    return await answer(agent, asked, view, reader, signal, io)
  } finally {
    connection.close()
  }
}

const answer = async (
  agent: Agent,
  { question, namespace, output }: Asked,
  view: ClusterView,
  reader: ClusterReader | undefined,
  signal: AbortSignal,
  io: Io,
): Promise<number> => {
  const inside = namespace === undefined ? {} : { namespace }
  const diagnosis = diagnose(view, { analyzers: await loadAnalyzers(), question, ...inside })
  const actions = [...(await loadActions()).values()]
  const said = await consult(
    agent,
    benchOver(view, reader, reader === undefined ? undefined : queryHere(1), signal),
    { diagnosis, question, ...inside },
    actions,
    signal,
    (doing) => io.err(safeText(`reading ${doing}…\n`)),
  )
  if (output === 'json') io.out(`${JSON.stringify(said, undefined, 2)}\n`)
  else {
    const proposed = said.kind === 'concluded' && said.proposal !== undefined
    const how = proposed
      ? [text(`It is not planned from here: in Slack, /doctor can plan it (${refText(said.proposal.target)}).`)]
      : []
    const document = [...consultationDocument(said, question), ...how]
    io.out(safeText(output === 'markdown' ? documentMarkdown(document) : documentText(document)))
  }
  return said.kind === 'concluded' && said.answer.length + said.hypotheses.length > 0 ? exit.ok : exit.unknown
}
