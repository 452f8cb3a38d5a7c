import { z } from 'zod'
import { isOwnBranch } from '../../domain/repository-path.ts'
import { firstProblem } from '../reading/bounds.ts'
import type { Parsed } from '../source.ts'
import { repository } from './repository.ts'

const branch = z.string().max(255)
const pull = z.object({ head: z.object({ ref: branch }) })
const checked = z.object({ head_branch: branch.nullish() })

/** Where each event names the branch that it is about. */
const events = {
  pull_request: z
    .object({ repository, pull_request: pull })
    .transform((data) => ({ repository: data.repository, branch: data.pull_request.head.ref })),
  pull_request_review: z
    .object({ repository, pull_request: pull })
    .transform((data) => ({ repository: data.repository, branch: data.pull_request.head.ref })),
  check_suite: z
    .object({ repository, check_suite: checked })
    .transform((data) => ({ repository: data.repository, branch: data.check_suite.head_branch ?? '' })),
  check_run: z
    .object({ repository, check_run: z.object({ check_suite: checked.nullish() }) })
    .transform((data) => ({ repository: data.repository, branch: data.check_run.check_suite?.head_branch ?? '' })),
} as const

/** An event that is about a pull request. */
export type PullRequestEvent = keyof typeof events

/** Whether an event's name is one of those. */
export const isPullRequestEvent = (name: string): name is PullRequestEvent => Object.hasOwn(events, name)

/** News of a pull request of ours: only that it is time to look. What the event says of it is not believed. */
export const pullRequestNews = (event: PullRequestEvent, payload: unknown, deliveryId: string): Parsed => {
  const parsed = events[event].safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { repository: repo, branch: name } = parsed.data
  if (!isOwnBranch(name)) return { kind: 'ignored', reason: 'not a branch of the doctor' }
  return { kind: 'pull-request', news: { repository: repo.full_name, branch: name }, deliveryId }
}
