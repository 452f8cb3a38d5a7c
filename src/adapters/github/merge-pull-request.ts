import type { Change } from '../../domain/change.ts'
import { isBranch, isOwnBranch, isRepository } from '../../domain/repository-path.ts'
import type { GitHost } from '../../ports.ts'
import type { GitHubClient } from './client.ts'
import { failedWrite } from './write-outcome.ts'

type Merge = Extract<Change, { kind: 'merge' }>

/**
 * Merges one pull request at one head: GitHub answers 409 where its branch is another commit by now, and 405 where checks,
 * reviews or protection hold it back. Whatever is no clear no may have happened, so only looking can tell.
 */
export const mergePullRequest = async (
  client: GitHubClient,
  change: Merge,
): Promise<Awaited<ReturnType<GitHost['mergeChange']>>> => {
  const wrong = notAllowed(change)
  if (wrong !== undefined) return { kind: 'rejected', message: wrong }
  const [owner = '', repo = ''] = change.repository.split('/')
  try {
    const octokit = await client.octokit(owner)
    await client.pace()
    const { data } = await octokit.rest.pulls.merge({
      owner,
      repo,
      pull_number: change.number,
      sha: change.head,
      merge_method: change.method,
    })
    return data.merged === true
      ? { kind: 'done', commit: data.sha }
      : { kind: 'unknown', message: 'GitHub did not say that it merged' }
  } catch (error) {
    return failedWrite(error)
  }
}

const notAllowed = (change: Merge): string | undefined => {
  if (!isRepository(change.repository)) return 'the repository is not owner/name'
  if (!isOwnBranch(change.branch)) return 'only pull requests from doctor/… branches are merged'
  if (!isBranch(change.base) || change.base === change.branch) return 'the base is not a branch to merge into'
  return /^[0-9a-f]{40}$/.test(change.head) ? undefined : 'the head is not a commit'
}
