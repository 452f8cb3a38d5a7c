import { notReadyToMerge } from '../../domain/pull-request.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { readFollow } from '../follow/follow-store.ts'
import { readPlan } from './plan-store.ts'

/**
 * The input of merge-pull-request for the pull request that a plan opened, as it stands now. Refuses what is not open, what
 * its checks or reviewers hold back, and what could not be read.
 */
export const mergeInput = async (doctor: Doctor, id: string): Promise<Readonly<Record<string, unknown>> | Refusal> => {
  const record = await readPlan(doctor, id)
  if (isRefusal(record)) return record
  const { plan, life } = record
  const { change } = plan
  if (change.kind !== 'pull-request' || life.effect !== 'done')
    return refused('nothing-to-merge', 'That plan opened no pull request.')
  const { git } = doctor
  const follow = await readFollow(doctor, id)
  if (git === undefined) return refused('no-git', 'There is no Git host set up.')
  if (follow === undefined || follow.phase !== 'review')
    return refused('nothing-to-merge', 'That pull request is not waiting for a merge.')
  const number = Number(life.after)
  const [view, method] = await Promise.all([
    git.viewChange(change.repository, number),
    git.mergeMethod(change.repository),
  ])
  if (view.kind !== 'ok' || method.kind !== 'ok')
    return refused('git-unread', `Pull request #${number} of ${change.repository} could not be read.`)
  const held = notReadyToMerge(view.value)
  const { head, base } = view.value
  if (held !== undefined || head === undefined || base === undefined)
    return refused('not-mergeable', `Pull request #${number} cannot be merged now: ${held ?? 'its head is not known'}.`)
  if (base !== change.base)
    return refused('base-changed', `Pull request #${number} goes to ${base} by now, not to ${change.base}.`)
  const { pods, workloads, services } = plan.blast
  return {
    repository: change.repository,
    number,
    branch: change.branch,
    base,
    head,
    method: method.value,
    title: change.title,
    merges: id,
    blast: { pods, workloads, services },
  }
}
