import type { GitHubCalls } from './github-calls.ts'
import { lineDiff } from './line-diff.ts'
import type { Repository } from './repository.ts'

/** A pull request as the panel and its page show it. */
export type PullRequest = {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly author: string
  readonly branch: string
  /** The newest commit of its branch. */
  readonly commit: string
  readonly state: 'open' | 'merged' | 'closed'
  readonly url: string
  /** Unified diff against the base it was opened on. */
  readonly diff: string
}

type Pull = {
  readonly number: number
  readonly title: string
  readonly body: string | null
  readonly state: 'open' | 'closed'
  readonly merged_at: string | null
  readonly html_url: string
  readonly user: { readonly login: string }
  readonly head: { readonly ref: string; readonly sha: string }
  readonly base: { readonly ref: string; readonly sha: string }
}

/** All pull requests of a repository, oldest first, with their diffs. */
export const listPullRequests = async (
  calls: GitHubCalls,
  repository: Repository,
  name: string,
): Promise<readonly PullRequest[]> => {
  const pulls = await calls.get<readonly Pull[]>(`/repos/${name}/pulls?state=all&per_page=100`)
  const shown = await Promise.all(
    pulls.map(async (pull) => ({
      number: pull.number,
      title: pull.title,
      body: pull.body ?? '',
      author: pull.user.login,
      branch: pull.head.ref,
      commit: pull.head.sha,
      state: pull.merged_at === null ? pull.state : ('merged' as const),
      url: pull.html_url,
      diff: await diffOf(repository, pull),
    })),
  )
  return shown.sort((a, b) => a.number - b.number)
}

const diffOf = async (repository: Repository, pull: Pull): Promise<string> => {
  const [base, head] = await Promise.all([repository.tree(pull.base.sha), repository.tree(pull.head.sha)])
  const lines = [...head.files].flatMap(([path, text]) => {
    const changed = lineDiff(base.files.get(path) ?? '', text)
    return changed.length === 0 ? [] : [`--- a/${path}`, `+++ b/${path}`, ...changed]
  })
  return lines.join('\n')
}

/**
 * Merges as a reviewer does. The merge of this GitHub takes over the whole tree that the branch had when it was opened, on the
 * base as it was then; where the base has moved since, what both changed is put together right after it, as a merge would.
 */
export const mergePullRequest = async (
  calls: GitHubCalls,
  repository: Repository,
  name: string,
  number: number,
): Promise<void> => {
  const pull = await calls.get<Pull>(`/repos/${name}/pulls/${number}`)
  if (pull.state !== 'open') throw new Error(`pull request #${number} is not open any more`)
  const head = await repository.head(pull.base.ref)
  await calls.send('PUT', `/repos/${name}/pulls/${number}/merge`, { merge_method: 'merge' })
  if (head === pull.base.sha) return
  const [then, now, wanted] = await Promise.all([pull.base.sha, head, pull.head.sha].map(repository.tree))
  const edits = [...(wanted?.files ?? [])].filter(([path, text]) => then?.files.get(path) !== text)
  const files = new Map([...(now?.files ?? []), ...edits])
  await repository.commit(calls, pull.base.ref, `Merge pull request #${number} with what came before it`, files, head)
}

/** Closes a pull request without merging it, as a reviewer does who says no. */
export const closePullRequest = async (calls: GitHubCalls, name: string, number: number): Promise<void> => {
  await calls.send('PATCH', `/repos/${name}/pulls/${number}`, { state: 'closed' })
}
