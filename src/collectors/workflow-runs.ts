import { builtBy } from '../domain/built-by.ts'
import type { Unreadable } from '../domain/coverage.ts'
import { parseImageName } from '../domain/image-name.ts'
import { failedConclusions, type PipelineRun } from '../domain/pipeline.ts'
import type { Pipelines } from '../ports.ts'
import type { AskedRun, ClusterView, WorkflowRun, WorkflowSource } from '../snapshot/view.ts'
import { failingPods } from './reading/failing-pods.ts'

/** All that is asked within one collection: repositories, the newest runs of each, logs of failures and of pushes; time in ms. */
const bounds = { repositories: 10, runs: 50, failures: 3, pushes: 2, deadline: 20_000, reach: 24 * 3_600_000 } as const

/** Workflows that bring something to a cluster; what fails in others is nobody's outage, unless somebody asks about it. */
const delivers = /deploy|release|rollout|publish|deliver|promote|\bcd\b|helm|argo|prod/i

/**
 * Reads the last day's runs of some repositories on their default branches, and the run that is asked about on whatever branch:
 * what could have changed the cluster, and which deliveries failed, with their logs. Never throws: what could not be read is
 * said as source `workflow-runs`, and the rest is kept.
 */
export const workflowRunsFrom =
  (pipelines: Pipelines, repositories: readonly string[]): WorkflowSource =>
  async (view, { run, signal } = {}) => {
    const all = [...new Set([...(run === undefined ? [] : [run.repository]), ...repositories])]
    if (all.length === 0) return { runs: [], asked: false, unavailable: [] }
    const limit = AbortSignal.timeout(bounds.deadline)
    const until = signal === undefined ? limit : AbortSignal.any([signal, limit])
    const unread: Unreadable[] = []
    const say = (message: string, reason: Unreadable['reason']) =>
      void unread.push({ source: 'workflow-runs', reason, message })
    try {
      const listed = await Promise.all(
        all.slice(0, bounds.repositories).map((repository) => recent(pipelines, repository, view, until, say)),
      )
      const known = listed.flat()
      const asked = run === undefined ? undefined : await theRun(pipelines, run, known, until, say)
      const runs = asked === undefined || known.includes(asked) ? known : [asked, ...known]
      return { runs: await dressed(pipelines, view, { runs, asked }, until, say), asked: true, unavailable: unread }
    } catch (error) {
      signal?.throwIfAborted()
      if (!limit.aborted) throw error
      say('they could not be read in time', 'timeout')
      return { runs: [], asked: true, unavailable: unread }
    }
  }

type Say = (message: string, reason: Unreadable['reason']) => void

const recent = async (
  pipelines: Pipelines,
  repository: string,
  view: ClusterView,
  signal: AbortSignal,
  say: Say,
): Promise<readonly PipelineRun[]> => {
  const branch = await pipelines.defaultBranch(repository, signal)
  const read = branch.kind === 'ok' ? await pipelines.runs(repository, { limit: bounds.runs }, signal) : branch
  if (read.kind !== 'ok' || branch.kind !== 'ok') {
    if (read.kind === 'unreadable') say(`${repository}: ${read.message}`, read.reason)
    else say(`${repository} is not there, or may not be seen`, 'forbidden')
    return []
  }
  const oldest = Date.parse(view.now) - bounds.reach
  return read.value.filter(
    (one) =>
      Date.parse(one.startedAt) >= oldest &&
      // A tag is no branch, but a release is delivered from one.
      (one.branch === branch.value || one.event === 'release' || /^v?\d+\.\d+/.test(one.branch ?? '')),
  )
}

const theRun = async (
  pipelines: Pipelines,
  { repository, id }: AskedRun,
  known: readonly PipelineRun[],
  signal: AbortSignal,
  say: Say,
): Promise<PipelineRun | undefined> => {
  const listed = known.find((one) => one.repository === repository && one.id === id)
  if (listed !== undefined) return listed
  const read = await pipelines.run(repository, id, signal)
  if (read.kind === 'ok') return read.value
  say(
    `run ${id} of ${repository}: ${read.kind === 'absent' ? 'it is not there' : read.message}`,
    read.kind === 'absent' ? 'not-served' : read.reason,
  )
  return undefined
}

/** Which runs go into the view, with the logs that are worth reading. */
const dressed = async (
  pipelines: Pipelines,
  view: ClusterView,
  { runs, asked }: { readonly runs: readonly PipelineRun[]; readonly asked: PipelineRun | undefined },
  signal: AbortSignal,
  say: Say,
): Promise<readonly WorkflowRun[]> => {
  const over = runs.filter(({ status }) => status === 'completed')
  const failed = (one: PipelineRun) => failedConclusions.has(one.conclusion ?? '')
  const wanted = newestOfEach(over).filter(
    (one) => failed(one) && one !== asked && delivers.test(one.workflow + one.name),
  )
  const read = [...(asked === undefined || !failed(asked) ? [] : [asked]), ...wanted].slice(0, bounds.failures)
  const steps = new Map(
    await Promise.all(
      read.map(async (one) => {
        const answer = await pipelines.failedSteps(one, signal)
        if (answer.kind === 'unreadable') say(`${one.repository}: ${answer.message}`, answer.reason)
        return [one, answer.kind === 'ok' ? answer.value : []] as const
      }),
    ),
  )
  const pushed = await pushedTo(pipelines, view, over, signal)
  // What failed elsewhere is left out; what succeeded may be what changed, and tells whether a failure is over.
  return over
    .filter(
      (one) => !failed(one) || one === asked || delivers.test(one.workflow + one.name) || sameWorkflow(one, asked),
    )
    .map((one) => runOf(one, steps.get(one) ?? [], pushed.get(one)))
}

const sameWorkflow = (one: PipelineRun, asked: PipelineRun | undefined): boolean =>
  asked !== undefined && one.repository === asked.repository && one.workflow === asked.workflow

const newestOfEach = (runs: readonly PipelineRun[]): readonly PipelineRun[] => [
  ...new Map(
    runs
      .toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
      .map((one) => [`${one.repository} ${one.workflow}`, one] as const),
  ).values(),
]

/**
 * What runs pushed, where that is the only tie: a failing pod runs an image by its digest, and no commit in a tag says whose it
 * is. Looked for in the newest successful runs only.
 */
const pushedTo = async (
  pipelines: Pipelines,
  view: ClusterView,
  runs: readonly PipelineRun[],
  signal: AbortSignal,
): Promise<ReadonlyMap<PipelineRun, WorkflowRun['pushed']>> => {
  const images = failingPods(view, undefined).flatMap(({ spec }) =>
    (spec?.containers ?? []).flatMap(({ image }) => image ?? []),
  )
  const nameless = images.filter((image) => {
    const { digest } = parseImageName(image) ?? {}
    return (
      digest !== undefined &&
      !runs.some(({ sha, branch = '' }) => builtBy(image, { headSha: sha, branch }) !== undefined)
    )
  })
  const found = new Map<PipelineRun, WorkflowRun['pushed']>()
  if (nameless.length === 0) return found
  for (const one of runs.filter(({ conclusion }) => conclusion === 'success').slice(0, bounds.pushes)) {
    const answer = await pipelines.pushed(one, signal)
    if (answer.kind === 'ok' && answer.value.length > 0) found.set(one, answer.value)
  }
  return found
}

const runOf = (
  one: PipelineRun,
  failedSteps: WorkflowRun['failedSteps'],
  pushed: WorkflowRun['pushed'],
): WorkflowRun => ({
  repository: one.repository,
  workflow: one.workflow,
  conclusion: one.conclusion ?? '',
  headSha: one.sha,
  startedAt: one.startedAt,
  failedSteps,
  attempt: one.attempt,
  ...(one.endedAt === undefined ? {} : { endedAt: one.endedAt }),
  ...(one.branch === undefined ? {} : { branch: one.branch }),
  ...(one.url === undefined ? {} : { url: one.url }),
  ...(pushed === undefined ? {} : { pushed }),
})
