import { builtBy } from '../domain/built-by.ts'
import type { Read, Unreadable } from '../domain/coverage.ts'
import { parseImageName } from '../domain/image-name.ts'
import { failedConclusions, type PipelineRun } from '../domain/pipeline.ts'
import type { Pipelines } from '../ports.ts'
import type { AskedRun, ClusterView, WorkflowRun, WorkflowSource } from '../snapshot/view.ts'
import { failingPods } from './reading/failing-pods.ts'

/** All that is asked within one collection: repositories, the newest runs of each, logs of failures and of pushes; times in ms. */
const bounds = { repositories: 10, runs: 50, failures: 3, pushes: 2, reach: 24 * 3_600_000 } as const

/**
 * How long it may take where a run is asked about, and where runs are only one more thing to know: a Git host that is away must
 * not hold up a case. For how long a list is good, and for how long one that did not answer is left alone.
 */
const times = { asked: 20_000, beside: 4_000, list: 15_000, away: 60_000 } as const

/** Workflows that bring something to a cluster; what fails in others is nobody's outage, unless somebody asks about it. */
const delivers = /deploy|release|rollout|publish|deliver|promote|\bcd\b|helm|argo|prod/i

type Listed = { readonly branch: string; readonly runs: readonly PipelineRun[] }
type List = (repository: string, signal: AbortSignal) => Promise<Read<Listed>>
type Say = (message: string, reason: Unreadable['reason']) => void

/**
 * Reads the last day's runs of some repositories on their default branches, and the run that is asked about on whatever branch:
 * what could have changed the cluster, and which deliveries failed, with their logs. Throws nothing but the signal's reason: what
 * could not be read is said as source `workflow-runs`, and the rest is kept.
 */
export const workflowRunsFrom = (host: Pipelines, repositories: readonly string[]): WorkflowSource => {
  const pipelines = unhurt(host)
  const list = shared(pipelines)
  let awayUntil = 0
  return async (view, { run, signal } = {}) => {
    const all = [...new Set([...(run === undefined ? [] : [run.repository]), ...repositories])]
    if (all.length === 0) return { runs: [], asked: false, unavailable: [] }
    const unread: Unreadable[] = []
    const say: Say = (message, reason) => void unread.push({ source: 'workflow-runs', reason, message })
    if (run === undefined && Date.now() < awayUntil) {
      say('GitHub did not answer a moment ago', 'unreachable')
      return { runs: [], asked: true, unavailable: unread }
    }
    const limit = AbortSignal.timeout(run === undefined ? times.beside : times.asked)
    const until = signal === undefined ? limit : AbortSignal.any([signal, limit])
    const listed = await Promise.all(
      all.slice(0, bounds.repositories).map((repository) => recent(list, repository, view, until, say)),
    )
    const known = listed.flat()
    const asked = run === undefined ? undefined : await theRun(pipelines, run, known, until, say)
    const runs = asked === undefined || known.includes(asked) ? known : [asked, ...known]
    const found = await dressed(pipelines, view, { runs, asked }, until, say)
    signal?.throwIfAborted()
    if (unread.some(({ reason }) => reason === 'timeout' || reason === 'unreachable'))
      awayUntil = Date.now() + times.away
    return { runs: found, asked: true, unavailable: unread }
  }
}

/** The same pipelines, where a read that was cut off is one that could not be made. */
const unhurt = (host: Pipelines): Pick<Pipelines, 'defaultBranch' | 'runs' | 'run' | 'failedSteps' | 'pushed'> => {
  const late = { kind: 'unreadable', reason: 'timeout', message: 'it took too long' } as const
  return {
    defaultBranch: (...asked) => host.defaultBranch(...asked).catch(() => late),
    runs: (...asked) => host.runs(...asked).catch(() => late),
    run: (...asked) => host.run(...asked).catch(() => late),
    failedSteps: (...asked) => host.failedSteps(...asked).catch(() => late),
    pushed: (...asked) => host.pushed(...asked).catch(() => late),
  }
}

/** Lists that were read a moment ago serve again: in a storm many cases want the same. */
const shared = (pipelines: Pick<Pipelines, 'defaultBranch' | 'runs'>): List => {
  const kept = new Map<string, { readonly at: number; readonly listed: Listed }>()
  return async (repository, signal) => {
    const known = kept.get(repository)
    if (known !== undefined && Date.now() - known.at < times.list) return { kind: 'ok', value: known.listed }
    const branch = await pipelines.defaultBranch(repository, signal)
    if (branch.kind !== 'ok') return branch
    const runs = await pipelines.runs(repository, { limit: bounds.runs }, signal)
    if (runs.kind !== 'ok') return runs
    const listed = { branch: branch.value, runs: runs.value }
    kept.set(repository, { at: Date.now(), listed })
    return { kind: 'ok', value: listed }
  }
}

const recent = async (
  list: List,
  repository: string,
  view: ClusterView,
  signal: AbortSignal,
  say: Say,
): Promise<readonly PipelineRun[]> => {
  const read = await list(repository, signal)
  if (read.kind !== 'ok') {
    if (read.kind === 'unreadable') say(`${repository}: ${read.message}`, read.reason)
    else say(`${repository} is not there, or may not be seen`, 'forbidden')
    return []
  }
  const { branch, runs } = read.value
  const oldest = Date.parse(view.now) - bounds.reach
  return runs.filter(
    (one) =>
      Date.parse(one.startedAt) >= oldest &&
      // A tag is no branch, but a release is delivered from one.
      (one.branch === branch || one.event === 'release' || /^v?\d+\.\d+/.test(one.branch ?? '')),
  )
}

const theRun = async (
  pipelines: Pick<Pipelines, 'run' | 'failedSteps' | 'pushed'>,
  { repository, id }: AskedRun,
  known: readonly PipelineRun[],
  signal: AbortSignal,
  say: Say,
): Promise<PipelineRun | undefined> => {
  // A list that is a moment old may know it as still running.
  const listed = known.find((one) => one.repository === repository && one.id === id && one.status === 'completed')
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
  pipelines: Pick<Pipelines, 'run' | 'failedSteps' | 'pushed'>,
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
  pipelines: Pick<Pipelines, 'run' | 'failedSteps' | 'pushed'>,
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
