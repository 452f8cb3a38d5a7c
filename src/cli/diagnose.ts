import { parseArgs } from 'node:util'
import { loadAnalyzers } from '../analyzers/load.ts'
import { type DiagnoseOptions, diagnose } from '../diagnosis/diagnose.ts'
import type { Diagnosis } from '../domain/diagnosis.ts'
import type { ObjectRef } from '../domain/object.ts'
import { createView } from '../snapshot/create-view.ts'
import { loadSnapshot, SnapshotUnreadable } from '../snapshot/load-files.ts'
import type { ClusterView } from '../snapshot/view.ts'
import { diagnosisJson } from '../views/diagnosis-json.ts'
import { diagnosisK8sgpt } from '../views/diagnosis-k8sgpt.ts'
import { diagnosisMarkdown } from '../views/diagnosis-markdown.ts'
import { diagnosisText } from '../views/diagnosis-text.ts'
import { exit, type Io } from './io.ts'

/** The help of the verb. */
export const diagnoseHelp = `doctor diagnose: what is wrong, and why

  doctor diagnose [options]                    the current kube context, read-only
  doctor diagnose --snapshot PATH [options]    files: kubectl get -o yaml, cluster-info dump, must-gather

Options
  --snapshot PATH       a file or a folder, read recursively; nothing in it is changed
  --context NAME        a kube context other than the current one
  -n, --namespace NS    report only what is in this namespace or hurts it
  --focus KIND/NAME     rank first what touches this object
  --question "TEXT"     rank first what touches the objects named in it
  -o, --output FORMAT   text (default), json, markdown or k8sgpt-json
  -h, --help

Exit: 0 healthy, 1 root causes found, 2 could not tell, 64 bad usage
`

const formats = ['text', 'json', 'markdown', 'k8sgpt-json'] as const
type Format = (typeof formats)[number]

/** Reads one live cluster into a view; handed in by the composition root. Throws with a sentence for a person. */
export type Connect = (options: {
  readonly context?: string
  readonly namespace?: string
  readonly signal: AbortSignal
}) => Promise<ClusterView>

/** What the verb needs from outside: how to reach a cluster, and what runbooks offer. */
export type DiagnoseDeps = {
  readonly connect?: Connect
  readonly propose?: (view: ClusterView) => DiagnoseOptions['propose']
}

/** A whole live diagnosis may take this long. */
const liveDeadline = 60_000

/** Runs `doctor diagnose` with the arguments after the verb. Resolves to the exit code; never throws for bad input. */
export const runDiagnose = async (argv: readonly string[], io: Io, deps: DiagnoseDeps = {}): Promise<number> => {
  const parsed = parse(argv)
  if (parsed.kind === 'help') {
    io.out(diagnoseHelp)
    return exit.ok
  }
  if (parsed.kind === 'wrong') {
    io.err(`doctor diagnose: ${parsed.message}\nTry: doctor diagnose --help\n`)
    return exit.usage
  }
  const { asked } = parsed
  const source = await open(asked, io, deps)
  if (source.kind === 'failed') {
    io.err(`doctor diagnose: ${source.message}\n`)
    return source.code
  }
  const propose = deps.propose?.(source.view)
  const diagnosis = diagnose(source.view, {
    analyzers: await loadAnalyzers(),
    ...(propose === undefined ? {} : { propose }),
    ...(asked.namespace === undefined ? {} : { namespace: asked.namespace }),
    ...(asked.focus === undefined ? {} : { focus: asked.focus }),
    ...(asked.question === undefined ? {} : { question: asked.question }),
  })
  io.out(render(diagnosis, source.view, asked.output, io.colour))
  return exitOf(diagnosis)
}

type Asked = {
  readonly snapshot?: string
  readonly context?: string
  readonly namespace?: string
  readonly focus?: string
  readonly question?: string
  readonly output: Format
}

type Parsed =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string }
  | { readonly kind: 'asked'; readonly asked: Asked }

const options = {
  snapshot: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  focus: { type: 'string' },
  question: { type: 'string' },
  output: { type: 'string', short: 'o', default: 'text' },
  help: { type: 'boolean', short: 'h' },
} as const

const parse = (argv: readonly string[]): Parsed => {
  try {
    const { values } = parseArgs({ args: [...argv], options, strict: true })
    if (values.help === true) return { kind: 'help' }
    const output = formats.find((format) => format === values.output)
    if (output === undefined) return wrong(`--output is ${values.output}; it must be one of ${formats.join(', ')}`)
    const empty = (['snapshot', 'context', 'namespace', 'focus', 'question'] as const).find(
      (name) => values[name] === '',
    )
    if (empty !== undefined) return wrong(`--${empty} is empty`)
    if (values.snapshot !== undefined && values.context !== undefined) {
      return wrong('--snapshot and --context exclude each other')
    }
    const { help: _, ...rest } = values
    return { kind: 'asked', asked: { ...rest, output } }
  } catch (error) {
    return wrong(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'cannot read the arguments')
  }
}

const wrong = (message: string): Parsed => ({ kind: 'wrong', message })

type Source =
  | { readonly kind: 'view'; readonly view: ClusterView }
  | { readonly kind: 'failed'; readonly message: string; readonly code: number }

const open = async (asked: Asked, io: Io, deps: DiagnoseDeps): Promise<Source> => {
  if (asked.snapshot !== undefined) return openSnapshot(asked.snapshot, io)
  if (deps.connect === undefined) {
    return { kind: 'failed', code: exit.usage, message: 'no cluster connection here; give --snapshot PATH' }
  }
  try {
    const view = await deps.connect({
      ...(asked.context === undefined ? {} : { context: asked.context }),
      ...(asked.namespace === undefined ? {} : { namespace: asked.namespace }),
      signal: AbortSignal.timeout(liveDeadline),
    })
    return { kind: 'view', view }
  } catch (error) {
    return { kind: 'failed', code: exit.unknown, message: error instanceof Error ? error.message : 'no connection' }
  }
}

const openSnapshot = async (path: string, io: Io): Promise<Source> => {
  try {
    const { view, problems } = await loadSnapshot(path)
    for (const { file, line, message } of problems.slice(0, 20)) {
      io.err(`doctor diagnose: ${file}${line === undefined ? '' : `:${line}`} ${message}\n`)
    }
    if (problems.length > 20) io.err(`doctor diagnose: and ${problems.length - 20} more problems\n`)
    return { kind: 'view', view: createView(view) }
  } catch (error) {
    if (error instanceof SnapshotUnreadable) return { kind: 'failed', code: exit.usage, message: error.message }
    throw error
  }
}

const render = (diagnosis: Diagnosis, view: ClusterView, format: Format, colour: boolean): string => {
  switch (format) {
    case 'json':
      return diagnosisJson(diagnosis)
    case 'markdown':
      return diagnosisMarkdown(diagnosis)
    case 'k8sgpt-json':
      return diagnosisK8sgpt(diagnosis, (ref) => parentIn(view, ref))
    case 'text':
      return diagnosisText(diagnosis, { colour })
  }
}

/** The controller above an object, as K8sGPT names it. */
const parentIn = (view: ClusterView, ref: ObjectRef): string => {
  const object = view.find(ref)
  const parent = object === undefined ? undefined : view.owners(object).at(-1)
  return parent === undefined ? '' : `${parent.kind}/${parent.metadata.name}`
}

const exitOf = ({ verdict }: Diagnosis): number =>
  verdict === 'healthy' ? exit.ok : verdict === 'inconclusive' ? exit.unknown : exit.found
