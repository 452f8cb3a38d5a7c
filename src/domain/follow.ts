import type { PullRequestView } from './pull-request.ts'

/** Where a pull request of ours is on its way: with its reviewers, to the cluster, being proved there, or at its end. */
export type FollowPhase = 'review' | 'delivery' | 'proof' | 'ended'

/** How it ended. `unproved`: delivered and running, but whether the cause is gone could not be seen. */
export type FollowOutcome = 'verified' | 'unproved' | 'failed' | 'closed' | 'lost'

/** What is kept of a pull request that is followed after it was opened: one record for each plan. Times are RFC 3339. */
export type Follow = {
  readonly plan: string
  readonly repository: string
  readonly branch: string
  readonly phase: FollowPhase
  /** The number of the next poll: an older one that still waits in the queue does nothing. */
  readonly turn: number
  readonly openedAt: string
  readonly pull?: PullRequestView
  /** What was last seen of it, in words for people. */
  readonly note: string
  readonly mergedAt?: string
  readonly deliveredAt?: string
  /** Since when the success check holds, and the restarts counted then. */
  readonly met?: { readonly since: string; readonly restarts?: number }
  /** The thread was told that reviewers, or the delivery, let it wait. */
  readonly reminded?: boolean
  readonly late?: boolean
  /** Nothing holds its merge back and the policy lets people approve one: a button asks for it. */
  readonly mergeable?: boolean
  readonly outcome?: FollowOutcome
  /** The one message that shows it, and what it shows. */
  readonly message?: { readonly channel: string; readonly ts: string; readonly shown: string }
}

/** How long until the next look, in ms: often while people are likely to act, rarely when it waits for days. */
export const nextLookIn = (follow: Follow, now: number): number => {
  if (follow.phase !== 'review') return follow.late === true ? 30_000 : 3_000
  const age = now - Date.parse(follow.openedAt)
  return age < 120_000 ? 10_000 : age < 3_600_000 ? 60_000 : 300_000
}
