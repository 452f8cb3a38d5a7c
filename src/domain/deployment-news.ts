/** A Git host says how a deployment of a commit stands. What it says is only ever a reason to look, never believed. */
export type DeploymentNews = {
  readonly repository: string
  /** The deployment's own id, and the id of this status of it: a status is heard of once. */
  readonly deployment: number
  readonly statusId: number
  readonly state: 'pending' | 'queued' | 'waiting' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive'
  /** As its pipeline names it: `production`, `prod-eu1`. */
  readonly environment: string
  /** The commit, in full. */
  readonly sha: string
  /** The branch, tag or commit that was asked for. */
  readonly ref: string
  /** RFC 3339. */
  readonly at: string
  /** The workflow run that deploys, where it is one. */
  readonly run?: number
  /** Where its log or its page is; shown, never fetched. */
  readonly url?: string
}
