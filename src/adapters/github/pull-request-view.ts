import type { Octokit } from '@octokit/rest'
import type { CheckSummary, PullRequestView } from '../../domain/pull-request.ts'

type At = { readonly owner: string; readonly repo: string }

/** Reads a pull request with the checks of its newest commit and its reviews. Throws what GitHub answers for the pull request itself. */
export const viewPullRequest = async (octokit: Octokit, at: At, number: number): Promise<PullRequestView> => {
  const { data: pull } = await octokit.rest.pulls.get({ ...at, pull_number: number })
  const merged = pull.merged_at !== null && pull.merged_at !== undefined
  const base = {
    number: pull.number,
    url: pull.html_url,
    state: merged ? 'merged' : pull.state,
    ...(merged && typeof pull.merge_commit_sha === 'string' ? { mergeCommit: pull.merge_commit_sha } : {}),
    ...(pull.merged_by?.login === undefined ? {} : { by: pull.merged_by.login }),
  } as const
  if (base.state !== 'open') return { ...base, approvedBy: [], changesAskedBy: [] }
  const [checks, reviews] = await Promise.all([
    checksOf(octokit, at, pull.head.sha),
    reviewsOf(octokit, at, number, pull.head.sha),
  ])
  const { head, base: to, draft, mergeable_state: mergeable } = pull
  return {
    ...base,
    ...(checks === undefined ? {} : { checks }),
    ...reviews,
    head: head.sha,
    base: to.ref,
    mergeable: draft === true ? 'draft' : (mergeable ?? 'unknown'),
  }
}

const bad = new Set(['failure', 'cancelled', 'timed_out', 'action_required', 'startup_failure', 'stale'])

/** Check runs and commit statuses together. Undefined where neither can be read: unknown is never passed. */
const checksOf = async (octokit: Octokit, at: At, ref: string): Promise<CheckSummary | undefined> => {
  const [runs, statuses] = await Promise.allSettled([
    octokit.rest.checks.listForRef({ ...at, ref, per_page: 100 }),
    octokit.rest.repos.getCombinedStatusForRef({ ...at, ref, per_page: 100 }),
  ])
  if (runs.status === 'rejected' && statuses.status === 'rejected') return undefined
  const all = [
    ...(runs.status === 'fulfilled'
      ? runs.value.data.check_runs.map(({ name, status, conclusion }) => ({
          name,
          state: status !== 'completed' ? 'running' : bad.has(conclusion ?? '') ? 'failed' : 'passed',
        }))
      : []),
    ...(statuses.status === 'fulfilled'
      ? statuses.value.data.statuses.map(({ context, state }) => ({
          name: context,
          state: state === 'pending' ? 'running' : state === 'success' ? 'passed' : 'failed',
        }))
      : []),
  ]
  // One that could not be read, or that goes on on another page, may hold the failure.
  const whole =
    runs.status === 'fulfilled' &&
    runs.value.data.total_count <= runs.value.data.check_runs.length &&
    statuses.status === 'fulfilled' &&
    statuses.value.data.total_count <= statuses.value.data.statuses.length
  const of = (state: string) => all.filter((one) => one.state === state)
  return {
    passed: of('passed').length,
    failed: of('failed').length,
    running: of('running').length,
    failing: of('failed')
      .slice(0, 5)
      .map(({ name }) => name.slice(0, 100)),
    ...(whole ? {} : { partial: true as const }),
  }
}

/** Each reviewer's newest word counts; comments say nothing about it. */
const reviewsOf = async (octokit: Octokit, at: At, number: number, head: string) => {
  const newest = new Map<string, string>()
  let headApproved = false
  try {
    const { data } = await octokit.rest.pulls.listReviews({ ...at, pull_number: number, per_page: 100 })
    for (const review of data)
      if (review.user?.login !== undefined && review.state !== 'COMMENTED') newest.set(review.user.login, review.state)
    // Of more than a page the newest are on another one, so nothing is concluded from this one.
    headApproved =
      data.length < 100 &&
      data.some(
        ({ user, state, commit_id: commit }) =>
          state === 'APPROVED' && commit === head && user !== null && newest.get(user.login) === 'APPROVED',
      )
  } catch {
    // What could not be read approves nothing.
  }
  const who = (state: string) => [...newest].flatMap(([login, last]) => (last === state ? [login] : []))
  return { approvedBy: who('APPROVED'), changesAskedBy: who('CHANGES_REQUESTED'), headApproved }
}
