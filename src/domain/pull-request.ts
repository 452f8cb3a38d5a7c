/** What a Git host's checks say of the newest commit of a pull request, by count; `failing` names the first few. */
export type CheckSummary = {
  readonly passed: number
  readonly failed: number
  readonly running: number
  readonly failing: readonly string[]
  /** Some of them could not be read: what is here may not be all. */
  readonly partial?: true
}

/** A pull request as it stands on the Git host. `mergeCommit` is what the base got; `by` who merged it. */
export type PullRequestView = {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'merged' | 'closed'
  readonly mergeCommit?: string
  readonly by?: string
  /** Absent where the host's checks could not be read. */
  readonly checks?: CheckSummary
  /** Logins whose newest review approves, and whose newest review asks for changes. */
  readonly approvedBy: readonly string[]
  readonly changesAskedBy: readonly string[]
  /** The newest commit and the branch it goes to, while it is open. */
  readonly head?: string
  readonly base?: string
  /** Whether the host itself would take a merge, in its own word: `clean` where nothing that it requires is missing. */
  readonly mergeable?: string
  /** Whether somebody's newest review approves exactly this head. */
  readonly headApproved?: boolean
}

/**
 * What holds the merge of a pull request back, in words; undefined where nothing does. Only what was read counts: the host's own
 * word that nothing it requires is missing, every check over and none failed, an approval of this very head, nobody against it.
 */
export const notReadyToMerge = (view: PullRequestView): string | undefined => {
  const { state, mergeable, checks, changesAskedBy, headApproved } = view
  if (state !== 'open') return `it is ${state}`
  if (view.head === undefined || view.base === undefined) return 'its head could not be read'
  if (checks === undefined || checks.partial === true) return 'its checks could not all be read'
  if (checks.failed > 0) return `checks failed (${checks.failing.join(', ')})`
  if (checks.running > 0) return 'checks still run'
  if (changesAskedBy.length > 0) return `${changesAskedBy.join(', ')} asked for changes`
  if (headApproved !== true) return 'nobody approved its newest commit'
  return mergeable === 'clean' || mergeable === 'has_hooks'
    ? undefined
    : `GitHub would not take it (${(mergeable ?? 'unknown').slice(0, 40)})`
}

/** A Git host says that something happened to the pull request from a branch: opened, checked, reviewed, merged. */
export type PullRequestNews = { readonly repository: string; readonly branch: string }
