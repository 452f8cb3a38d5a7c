/** One earlier run, as far as history is told from it. */
export type PastRun = {
  readonly conclusion?: string
  readonly sha?: string
  readonly startedAt?: string
  /** More than 1: it was run again on the same commit. */
  readonly attempt?: number
  readonly seconds?: number
}

/** What the last runs of one workflow say together. Only those that succeeded or failed count. */
export type RunHistory = {
  readonly runs: number
  readonly failed: number
  /** How often the outcome changed from one run to the next. */
  readonly turns: number
  /** Commits that failed and passed without a change. */
  readonly unsteady: readonly string[]
  /** Median of how long runs took that succeeded, in seconds. */
  readonly medianSeconds?: number
  /** How the newer half took against the older one. */
  readonly trend?: 'slower' | 'faster' | 'steady'
}

const bad = new Set(['failure', 'timed_out', 'startup_failure'])

/** Adds up the runs of one workflow on one branch, in any order. */
export const runHistory = (all: readonly PastRun[]): RunHistory => {
  const runs = all
    .filter(({ conclusion }) => conclusion === 'success' || bad.has(conclusion ?? ''))
    .toSorted((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1))
  const good = runs.map(({ conclusion }) => conclusion === 'success')
  const took = runs.flatMap(({ conclusion, seconds }) =>
    conclusion === 'success' && seconds !== undefined ? [seconds] : [],
  )
  const trend = trendOf(took)
  const middle = median(took)
  return {
    runs: runs.length,
    failed: good.filter((one) => !one).length,
    turns: good.filter((one, at) => at > 0 && one !== good[at - 1]).length,
    unsteady: unsteadyIn(runs),
    ...(middle === undefined ? {} : { medianSeconds: middle }),
    ...(trend === undefined ? {} : { trend }),
  }
}

const unsteadyIn = (runs: readonly PastRun[]): readonly string[] => {
  const passed = new Set(runs.flatMap(({ conclusion, sha }) => (conclusion === 'success' ? (sha ?? []) : [])))
  const failed = new Set(runs.flatMap(({ conclusion, sha }) => (bad.has(conclusion ?? '') ? (sha ?? []) : [])))
  // Nobody runs again what passed: one that passed at a later attempt had failed before.
  const again = runs.flatMap(({ conclusion, sha, attempt = 1 }) =>
    conclusion === 'success' && attempt > 1 ? (sha ?? []) : [],
  )
  return [...new Set([...again, ...[...passed].filter((sha) => failed.has(sha))])]
}

/** Whether the outcome of a workflow does not depend on the code: on this commit, or by how it comes and goes. */
export const isUnsteady = (history: RunHistory, sha: string | undefined): boolean => {
  if (sha !== undefined && history.unsteady.includes(sha)) return true
  const rate = history.failed / Math.max(1, history.runs)
  return history.runs >= 8 && history.turns >= 4 && history.unsteady.length > 0 && rate <= 0.7
}

const median = (values: readonly number[]): number | undefined => values.toSorted((a, b) => a - b)[values.length >> 1]

/** Said only of enough runs, and of more than a fifth and half a minute. */
const trendOf = (took: readonly number[]): RunHistory['trend'] => {
  if (took.length < 6) return undefined
  const half = took.length >> 1
  const [before, after] = [median(took.slice(0, half)) ?? 0, median(took.slice(-half)) ?? 0]
  if (Math.abs(after - before) < Math.max(30, before / 5)) return 'steady'
  return after > before ? 'slower' : 'faster'
}
