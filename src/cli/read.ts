import type { AnswerStatus } from '../domain/document.ts'
import { runWords } from '../verbs/run.ts'
import { documentMarkdown } from '../views/document-markdown.ts'
import { documentText } from '../views/document-text.ts'
import { connect, contextRows } from './connect.ts'
import type { Io } from './io.ts'

const codes: Readonly<Record<AnswerStatus, number>> = { ok: 0, 'not-found': 1, 'could-not-tell': 2, usage: 64 }
const deadline = 30_000

/** Runs a read (`get`, `logs`, `can-i`…) on this machine's kube context. `--markdown` prints Markdown. Resolves to the exit code. */
export const runRead = async (argv: readonly string[], io: Io): Promise<number> => {
  const words = argv.filter((word) => word !== '--markdown')
  const help = words.includes('--help') || words.includes('-h') || words[0] === 'help'
  const connection = connect(help ? undefined : flagged(words))
  if (typeof connection === 'string' && !help) {
    io.err(`doctor ${argv[0]}: ${connection}\n`)
    return codes['could-not-tell']
  }
  const open = typeof connection === 'string' ? undefined : connection
  try {
    const answer = await runWords(
      {
        readers: open?.readers ?? new Map(),
        cluster: open?.cluster ?? '',
        now: Date.now(),
        signal: AbortSignal.timeout(deadline),
        ...(open === undefined ? {} : { kubeconfig: () => contextRows(open) }),
      },
      words,
    )
    const write = answer.status === 'ok' || answer.status === 'not-found' ? io.out : io.err
    write(words.length === argv.length ? documentText(answer.document) : documentMarkdown(answer.document))
    return codes[answer.status]
  } finally {
    open?.close()
  }
}

const flagged = (words: readonly string[]): string | undefined => {
  const at = words.findIndex((word) => /^--(context|cluster)(=|$)/.test(word))
  return at < 0 ? undefined : (words[at]?.split('=')[1] ?? words[at + 1])
}
