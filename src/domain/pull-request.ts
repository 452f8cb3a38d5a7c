/** What a Git host's checks say of the newest commit of a pull request, by count; `failing` names the first few. */
export type CheckSummary = {
  readonly passed: number
  readonly failed: number
  readonly running: number
  readonly failing: readonly string[]
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
}

/** A Git host says that something happened to the pull request from a branch: opened, checked, reviewed, merged. */
export type PullRequestNews = { readonly repository: string; readonly branch: string }
