import { openPipelines } from '../adapters/github/pipelines.ts'
import { githubSettings } from '../config/github.ts'
import type { AnswerStatus } from '../domain/document.ts'
import { runWords } from '../verbs/run.ts'
import { documentMarkdown } from '../views/document-markdown.ts'
import { documentText } from '../views/document-text.ts'
import { safeText } from '../views/safe-text.ts'
import { connect } from './connect.ts'
import type { Io } from './io.ts'

const codes: Readonly<Record<AnswerStatus, number>> = { ok: 0, 'not-found': 1, 'could-not-tell': 2, usage: 64 }
const deadline = 60_000

/**
 * Runs `workflow` with the GitHub of the environment, and where a kube context is there also with its cluster. `--markdown`
 * prints Markdown. Resolves to the exit code.
 */
export const runWorkflow = async (argv: readonly string[], io: Io): Promise<number> => {
  const words = argv.filter((word) => word !== '--markdown')
  const github = githubSettings()
  const read = github === undefined ? undefined : openPipelines(github)
  const at = words.findIndex((word) => /^--(context|cluster)(=|$)/.test(word))
  const connection = connect(at < 0 ? undefined : (words[at]?.split('=')[1] ?? words[at + 1]))
  const open = typeof connection === 'string' ? undefined : connection
  try {
    const { status, document } = await runWords(
      {
        readers: open?.readers ?? new Map(),
        cluster: open?.cluster ?? '',
        now: Date.now(),
        signal: AbortSignal.timeout(deadline),
        ...(read === undefined ? {} : { pipelines: { read, repositories: github?.repositories ?? [] } }),
      },
      words,
    )
    const write = status === 'usage' ? io.err : io.out
    write(safeText(words.length === argv.length ? documentText(document) : documentMarkdown(document)))
    return codes[status]
  } finally {
    open?.close()
  }
}
