import { type Answer, type Block, link, note, text, title } from '../../domain/document.ts'
import { spanText } from '../../domain/durations.ts'
import { type FailedStep, failedConclusions, type PipelineRun, runSeconds } from '../../domain/pipeline.ts'
import { isUnsteady } from '../../domain/run-history.ts'
import { workflowFix } from '../../domain/workflow-fix.ts'
import { errorLines, mayBeFlaky, workflowClass } from '../../domain/workflow-log.ts'
import type { Pipelines } from '../../ports.ts'
import type { Arguments } from '../arguments.ts'
import { age } from '../reading/ages.ts'
import type { VerbContext } from '../verb.ts'
import { inCluster } from './in-cluster.ts'
import { historyBlock, historyOf, outcomeOf } from './run-list.ts'
import { unreadRuns } from './unread-runs.ts'

/** How one run went: where it failed, its decisive lines, of what class that is, what to do, and what runs of it in the cluster. */
export const oneRun = async (
  context: VerbContext,
  pipelines: Pipelines,
  { repository, id }: { readonly repository: string; readonly id: number },
  args: Arguments,
): Promise<Answer> => {
  const read = await pipelines.run(repository, id, context.signal)
  if (read.kind !== 'ok') return unreadRuns(`Run ${id} of ${repository}`, read)
  const run = read.value
  const asked = { workflow: run.workflow, limit: 50, ...(run.branch === undefined ? {} : { branch: run.branch }) }
  const [before, failure] = await Promise.all([
    pipelines.runs(repository, asked, context.signal),
    failedConclusions.has(run.conclusion ?? '') ? pipelines.failedSteps(run, context.signal) : undefined,
  ])
  const log = failure?.kind === 'ok' ? failure.value.map((step) => step.log).join('\n') : ''
  const cluster = await inCluster(context, pipelines, { run, log }, args)
  const runs = before.kind === 'ok' ? before.value : []
  const why = failure === undefined ? { blocks: [], whole: true } : failureBlocks(run, runs, failure)
  return {
    status: why.whole ? 'ok' : 'could-not-tell',
    document: [
      title(`${run.name} of ${repository}: ${outcomeOf(run)}`),
      { kind: 'fields', fields: factsOf(run, context.now) },
      ...why.blocks,
      ...historyBlock(run.workflow, runs),
      ...cluster,
      ...(run.url === undefined ? [] : [link('Open the run', run.url)]),
      note('As GitHub says now. What a log says is quoted, and secrets in it are taken out.'),
    ],
  }
}

const factsOf = (run: PipelineRun, now: number): readonly (readonly [string, string])[] => {
  const seconds = runSeconds(run)
  return [
    ['Run', `${run.id}`],
    ['Workflow', run.workflow],
    ['Commit', `${run.sha.slice(0, 12)}${run.branch === undefined ? '' : ` on ${run.branch}`}`],
    ['Began', `${age(run.startedAt, now)} ago${run.actor === undefined ? '' : ` by ${run.actor}`} (${run.event})`],
    ...(seconds === undefined ? [] : [['Took', spanText(seconds)] as const]),
  ]
}

type Why = { readonly blocks: readonly Block[]; readonly whole: boolean }

const failureBlocks = (
  run: PipelineRun,
  runs: readonly PipelineRun[],
  failure: Awaited<ReturnType<Pipelines['failedSteps']>>,
): Why => {
  if (failure.kind === 'unreadable')
    return { blocks: [text(`Its jobs could not be read (${failure.reason}): ${failure.message}.`)], whole: false }
  const steps = failure.kind === 'ok' ? failure.value : []
  if (steps.length === 0)
    return {
      blocks: [
        text(
          run.conclusion === 'startup_failure'
            ? 'It could not start: the workflow file is not valid at that commit.'
            : 'It failed before any job of it began; GitHub has no more to say.',
        ),
      ],
      whole: true,
    }
  const unsteady = isUnsteady(historyOf(runs), run.sha)
  return {
    blocks: steps.flatMap((step) => stepBlocks(step, unsteady)),
    whole: steps.every(({ unread, log }) => unread === undefined || log !== ''),
  }
}

const stepBlocks = (step: FailedStep, unsteady: boolean): readonly Block[] => {
  const own = workflowClass(`${step.job} ${step.step}`, step.log)
  const kind = unsteady && mayBeFlaky(own) ? 'flaky' : own
  const lines = errorLines(step.log, 8)
  return [
    text(`Failed in job \`${step.job}\`, step \`${step.step}\`: ${kind === 'other' ? 'of no known class' : kind}.`),
    lines.length > 0
      ? { kind: 'code', language: 'log', text: lines.join('\n') }
      : text(`Its log could not be read: ${step.unread ?? 'it is empty'}.`),
    ...(step.truncated === true ? [note('The log is long; only its end was read.')] : []),
    text(`What to do: ${workflowFix[kind]}`),
  ]
}
