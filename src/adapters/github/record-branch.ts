import type { Octokit } from '@octokit/rest'
import { isRepository } from '../../domain/repository-path.ts'
import type { HeadKeeper } from '../../ports.ts'
import type { GitHubClient } from './client.ts'
import { failedWrite, limitsAreUnclear } from './write-outcome.ts'

/** The branch that holds nothing but heads of the record. */
const branch = 'doctor/record'

/** How often it is tried again after another replica was quicker. */
const most = 4

type At = { readonly owner: string; readonly repo: string }

/**
 * Keeps heads of the record as lines of files on a branch of their own, one commit each, never forced: Git then shows when each
 * was there. A line that is there already is not written again.
 */
export const recordBranch = (client: GitHubClient): HeadKeeper => ({
  keep: async (repository, file, line) => {
    if (!isRepository(repository) || !/^[\w.-]{1,100}\.txt$/.test(file))
      return { kind: 'rejected', message: 'that is not owner/name and a plain file' }
    const [owner = '', repo = ''] = repository.split('/')
    try {
      const octokit = await client.octokit(owner)
      for (let tries = 0; tries < most; tries += 1) {
        const commit = await add(octokit, client, { owner, repo }, file, line)
        if (commit !== undefined) return { kind: 'done', commit }
      }
      return { kind: 'unknown', message: 'others kept writing to the branch' }
    } catch (error) {
      return failedWrite(error, limitsAreUnclear)
    }
  },
})

/** The commit that holds the line; undefined where somebody else moved the branch in the meantime. */
const add = async (
  octokit: Octokit,
  client: GitHubClient,
  at: At,
  file: string,
  line: string,
): Promise<string | undefined> => {
  const head = await headOf(octokit, at)
  const before = head === undefined ? '' : await textOf(octokit, at, file, head)
  if (head !== undefined && before.split('\n').includes(line)) return head
  const content = `${before}${line}\n`
  const base =
    head === undefined
      ? {}
      : { base_tree: (await octokit.rest.git.getCommit({ ...at, commit_sha: head })).data.tree.sha }
  const { data: tree } = await octokit.rest.git.createTree({
    ...at,
    ...base,
    tree: [{ path: file, mode: '100644', type: 'blob', content }],
  })
  await client.pace()
  const parents = head === undefined ? [] : [head]
  const { data: commit } = await octokit.rest.git.createCommit({ ...at, message: line, tree: tree.sha, parents })
  try {
    if (head === undefined) await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha: commit.sha })
    else await octokit.rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha: commit.sha, force: false })
    return commit.sha
  } catch (error) {
    // 422: the branch is there by now, or has moved on.
    if ((error as { status?: number }).status === 422) return undefined
    throw error
  }
}

const headOf = async (octokit: Octokit, at: At): Promise<string | undefined> => {
  try {
    return (await octokit.rest.git.getRef({ ...at, ref: `heads/${branch}` })).data.object.sha
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined
    throw error
  }
}

const textOf = async (octokit: Octokit, at: At, path: string, ref: string): Promise<string> => {
  try {
    const { data } = await octokit.rest.repos.getContent({ ...at, path, ref })
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data)) throw new Error(`${path} is not a file`)
    return Buffer.from(data.content, 'base64').toString('utf8')
  } catch (error) {
    if ((error as { status?: number }).status === 404) return ''
    throw error
  }
}
