import { loadAnalyzers } from '../analyzers/load.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import { refText } from '../domain/object.ts'
import { advice, offers } from '../runbooks/match.ts'
import { createView } from '../snapshot/create-view.ts'
import { loadSnapshot } from '../snapshot/load-files.ts'
import { documentText } from '../views/document-text.ts'
import { loadCatalogue, shippedRunbooks } from './catalogue.ts'
import { exit, type Io } from './io.ts'
import { runDrift } from './runbooks-drift.ts'

const help = `doctor runbooks: typed runbooks

  doctor runbooks lint [FOLDER]          check every file: file:line and what to do
  doctor runbooks list [FOLDER]          what there is
  doctor runbooks match CODE             which runbooks answer a cause
  doctor runbooks simulate --snapshot PATH   what they would offer for a snapshot, without doing anything
  doctor runbooks drift [--context C]    what they name that the cluster does not have

Exit: 0, or 1 where something is wrong or nothing matches; 64 bad usage
`

/** Runs \`doctor runbooks …\`. Resolves to the exit code. */
export const runRunbooks = async ([verb, ...rest]: readonly string[], io: Io): Promise<number> => {
  switch (verb) {
    case 'lint':
      return lint(rest[0] ?? shippedRunbooks, io)
    case 'list':
      return list(rest[0] ?? shippedRunbooks, io)
    case 'match':
      return rest[0] === undefined ? usage(io) : match(rest[0], io)
    case 'simulate': {
      const path = rest[0] === '--snapshot' ? rest[1] : rest[0]
      return path === undefined ? usage(io) : simulate(path, io)
    }
    case 'drift':
      if (rest.length > 0 && (rest[0] !== '--context' || rest.length !== 2)) return usage(io)
      return runDrift(rest[1], io)
    case '--help':
    case 'help':
      io.out(help)
      return exit.ok
    default:
      return usage(io)
  }
}

const usage = (io: Io): number => {
  io.err(help)
  return exit.usage
}

const lint = async (folder: string, io: Io): Promise<number> => {
  const { runbooks, problems } = await loadCatalogue(folder)
  for (const { place, message } of problems) io.err(`${place} ${message}\n`)
  io.out(`${runbooks.length} runbooks are good, ${problems.length} problems.\n`)
  return problems.length === 0 ? exit.ok : exit.found
}

const list = async (folder: string, io: Io): Promise<number> => {
  const { runbooks, problems } = await loadCatalogue(folder)
  const rows = runbooks.map((runbook) => [
    runbook.id,
    runbook.risk,
    runbook.owner,
    runbook.codes.join(', '),
    runbook.title,
  ])
  io.out(documentText([{ kind: 'table', columns: ['Runbook', 'Risk', 'Owner', 'Causes', 'Title'], rows }]))
  return problems.length === 0 ? exit.ok : exit.found
}

const match = async (code: string, io: Io): Promise<number> => {
  const { runbooks } = await loadCatalogue()
  const found = runbooks.filter((runbook) => (runbook.codes as readonly string[]).includes(code))
  if (found.length === 0) {
    io.out(`No runbook answers ${code.slice(0, 60)}.\n`)
    return exit.found
  }
  const steps = (runbook: (typeof found)[number]) =>
    runbook.steps.map((step) => (step.kind === 'action' ? `${step.action}: ${step.summary}` : step.text))
  for (const runbook of found)
    io.out(
      `${runbook.id} (${runbook.risk}): ${runbook.title}\n${steps(runbook)
        .map((step) => `  ${step}`)
        .join('\n')}\n`,
    )
  return exit.ok
}

const simulate = async (path: string, io: Io): Promise<number> => {
  const { runbooks } = await loadCatalogue()
  const { view: input, problems } = await loadSnapshot(path)
  for (const { file, line, message } of problems) io.err(`${file}${line === undefined ? '' : `:${line}`} ${message}\n`)
  const view = createView(input)
  const diagnosis = diagnose(view, { analyzers: await loadAnalyzers() })
  if (diagnosis.rootCauses.length === 0) io.out(`Nothing to do: ${diagnosis.verdict}.\n`)
  for (const cause of diagnosis.rootCauses) {
    const offered = offers(runbooks, cause, { view })
    const human = advice(runbooks, cause, { view })
    io.out(`${cause.code} ${refText(cause.object)}\n`)
    for (const proposal of offered)
      io.out(
        `  would plan ${proposal.action} on ${refText(proposal.target)} (${proposal.risk}, ${proposal.runbook}): ${proposal.summary}\n`,
      )
    if (offered.length === 0)
      for (const step of human)
        io.out(`  a person: ${step.text}\n${step.commands.map((command) => `    ${command}\n`).join('')}`)
  }
  return exit.ok
}
