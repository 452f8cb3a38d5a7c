import { type Answer, type Block, note, table, text, title } from '../../domain/document.ts'
import { spanText } from '../../domain/durations.ts'
import { type PipelineRun, runSeconds } from '../../domain/pipeline.ts'
import { type RunHistory, runHistory } from '../../domain/run-history.ts'
import type { RunsAsked } from '../../ports.ts'
import { age } from '../reading/ages.ts'
import type { VerbContext } from '../verb.ts'
import { unreadRuns } from './unread-runs.ts'

/** The last runs of a repository, and what each workflow's runs say together. */
export const runList = async (context: VerbContext, repository: string, asked: RunsAsked): Promise<Answer> => {
  const { pipelines, signal, now } = context
  if (pipelines === undefined) return { status: 'could-not-tell', document: [] }
  // History wants more than what is shown.
  const read = await pipelines.read.runs(repository, { ...asked, limit: Math.max(asked.limit, 30) }, signal)
  if (read.kind !== 'ok') return unreadRuns(`The runs of ${repository}`, read)
  const shown = read.value.slice(0, asked.limit)
  if (shown.length === 0) return { status: 'ok', document: [title(repository), text('No runs.')] }
  const rows = shown.map((run) => [
    String(run.id),
    run.workflow,
    outcomeOf(run),
    run.branch ?? '',
    run.sha.slice(0, 7),
    `${age(run.startedAt, now)} ago`,
    took(run),
  ])
  return {
    status: 'ok',
    document: [
      title(repository),
      table(['Run', 'Workflow', 'Outcome', 'Branch', 'Commit', 'Began', 'Took'], rows),
      { kind: 'list', items: summaries(read.value) },
      note(`As GitHub says now. \`workflow ${repository} RUN\` says why one failed.`),
    ],
  }
}

/** How a run ended, or that it has not. */
export const outcomeOf = ({ status, conclusion, attempt }: PipelineRun): string => {
  const words = status === 'completed' ? (conclusion ?? 'ended').replaceAll('_', ' ') : status
  return attempt > 1 ? `${words} (attempt ${attempt})` : words
}

const took = (run: PipelineRun): string => {
  const seconds = runSeconds(run)
  return seconds === undefined ? '' : spanText(seconds)
}

const summaries = (runs: readonly PipelineRun[]): readonly string[] =>
  [...new Set(runs.map(({ workflow }) => workflow))]
    .slice(0, 10)
    .flatMap((workflow) => historyText(workflow, historyOf(runs.filter((run) => run.workflow === workflow))) ?? [])

/** What the runs of one workflow say together. */
export const historyOf = (runs: readonly PipelineRun[]): RunHistory =>
  runHistory(
    runs.map((run) => {
      const seconds = runSeconds(run)
      return { ...run, ...(seconds === undefined ? {} : { seconds }) }
    }),
  )

/** That in a line; undefined where no run ended. */
export const historyText = (workflow: string, history: RunHistory): string | undefined => {
  if (history.runs === 0) return undefined
  const { runs, failed, medianSeconds, trend, unsteady } = history
  const parts = [
    `${failed} of the last ${runs} failed`,
    ...(medianSeconds === undefined ? [] : [`takes ${spanText(medianSeconds)} as a rule`]),
    ...(trend === undefined || trend === 'steady' ? [] : [`${trend} than before`]),
    ...(unsteady.length === 0
      ? []
      : [
          `unsteady: ${unsteady
            .slice(0, 3)
            .map((sha) => sha.slice(0, 7))
            .join(', ')} failed and passed without a change`,
        ]),
  ]
  return `\`${workflow}\`: ${parts.join('; ')}`
}

/** Blocks of a history, none where there is none. */
export const historyBlock = (workflow: string, runs: readonly PipelineRun[]): readonly Block[] => {
  const said = historyText(workflow, historyOf(runs))
  return said === undefined ? [] : [text(said)]
}
