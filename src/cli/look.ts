import { lookAtClusters, lookAtView } from '../doctor/look/look.ts'
import type { AnswerStatus } from '../domain/document.ts'
import { createView } from '../snapshot/create-view.ts'
import { loadSnapshot, SnapshotUnreadable } from '../snapshot/load-files.ts'
import { runWords } from '../verbs/run.ts'
import type { Look } from '../verbs/verb.ts'
import { documentMarkdown } from '../views/document-markdown.ts'
import { documentText } from '../views/document-text.ts'
import { safeText } from '../views/safe-text.ts'
import { connect } from './connect.ts'
import { exit, type Io } from './io.ts'

const codes: Readonly<Record<AnswerStatus, number>> = { ok: 0, 'not-found': 1, 'could-not-tell': 2, usage: 64 }
const deadline = 60_000

/**
 * Runs a verb that looks at a whole cluster (`hygiene`, `graph`, `patterns`): on this machine's kube context, or on the files of
 * `--snapshot PATH` without any connection. Resolves to the exit code.
 */
export const runLook = async (argv: readonly string[], io: Io): Promise<number> => {
  const help = argv.includes('--help') || argv.includes('-h')
  const path = flagOf(argv, '--snapshot')
  if (help) return answer(argv, io, { readers: new Map(), cluster: '' })
  if (path !== undefined) {
    if (flagOf(argv, '--context') !== undefined || flagOf(argv, '--cluster') !== undefined) {
      io.err(`doctor ${argv[0]}: --snapshot and --context exclude each other\n`)
      return exit.usage
    }
    const look = await lookAtFiles(path, argv[0] ?? '', io)
    return typeof look === 'number' ? look : answer(argv, io, { readers: new Map(), cluster: '', look })
  }
  const connection = connect(flagOf(argv, '--context') ?? flagOf(argv, '--cluster'))
  if (typeof connection === 'string') {
    io.err(`doctor ${argv[0]}: ${connection}\n`)
    return exit.unknown
  }
  try {
    const { readers, cluster } = connection
    return await answer(argv, io, { readers, cluster, look: lookAtClusters(readers) })
  } finally {
    connection.close()
  }
}

type Sources = Pick<Parameters<typeof runWords>[0], 'readers' | 'cluster'> & { readonly look?: Look }

const answer = async (argv: readonly string[], io: Io, sources: Sources): Promise<number> => {
  const context = { ...sources, now: Date.now(), signal: AbortSignal.timeout(deadline) }
  const { status, document } = await runWords(context, argv)
  const markdown = (flagOf(argv, '--output') ?? flagOf(argv, '-o')) === 'markdown'
  // A partial answer is an answer: it goes where the whole one would, and the exit code says that it is partial.
  const write = status === 'usage' ? io.err : io.out
  write(safeText(markdown ? documentMarkdown(document) : documentText(document)))
  return codes[status]
}

const flagOf = (argv: readonly string[], flag: string): string | undefined => {
  const at = argv.findIndex((word) => word === flag || word.startsWith(`${flag}=`))
  return at < 0 ? undefined : argv[at]?.split('=').slice(1).join('=') || argv[at + 1]
}

const lookAtFiles = async (path: string, verb: string, io: Io): Promise<Look | number> => {
  try {
    const { view, problems } = await loadSnapshot(path)
    for (const { file, line, message } of problems.slice(0, 20)) {
      io.err(`doctor ${verb}: ${file}${line === undefined ? '' : `:${line}`} ${message}\n`)
    }
    if (problems.length > 20) io.err(`doctor ${verb}: and ${problems.length - 20} more problems\n`)
    return lookAtView(createView(view))
  } catch (error) {
    if (!(error instanceof SnapshotUnreadable)) throw error
    io.err(`doctor ${verb}: ${error.message}\n`)
    return exit.usage
  }
}
