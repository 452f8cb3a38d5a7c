import type { Octokit } from '@octokit/rest'
import { isRepository } from '../../domain/repository-path.ts'
import type { IssueWrite, TextProposal } from '../../ports.ts'
import type { GitHubClient } from './client.ts'
import { pushBranch } from './push-branch.ts'
import { failedWrite } from './write-outcome.ts'

type At = { readonly owner: string; readonly repo: string }

/**
 * Proposes one new text file by a pull request from a `doctor/…` branch, or returns the one that is open from it. It replaces
 * nothing: a file of that name in the base is refused.
 */
export const openDocument = async (
  client: GitHubClient,
  repository: string,
  proposal: TextProposal,
): Promise<IssueWrite> => {
  const wrong = notAllowed(repository, proposal)
  if (wrong !== undefined) return { kind: 'rejected', message: wrong }
  const [owner = '', repo = ''] = repository.split('/')
  try {
    return await open(await client.octokit(owner), client, { owner, repo }, proposal)
  } catch (error) {
    return failedWrite(error)
  }
}

const notAllowed = (repository: string, { branch, path }: TextProposal): string | undefined => {
  if (!isRepository(repository)) return 'the repository is not owner/name'
  if (!/^doctor\/[a-z0-9]{6,40}$/.test(branch)) return 'only doctor/… branches are pushed to'
  return /^postmortems\/[a-z0-9-]{1,100}\.md$/.test(path) ? undefined : 'only drafts of reviews are proposed like this'
}

const open = async (octokit: Octokit, client: GitHubClient, at: At, proposal: TextProposal): Promise<IssueWrite> => {
  const { branch, path, text, title, body } = proposal
  const found = await pullFrom(octokit, at, branch)
  if (found !== undefined) return found
  const base = (await octokit.rest.repos.get(at)).data.default_branch
  if (await isThere(octokit, at, path, base)) return { kind: 'rejected', message: `${path} is in ${base} already` }
  const head = await octokit.rest.git.getRef({ ...at, ref: `heads/${base}` })
  const { data: parent } = await octokit.rest.git.getCommit({ ...at, commit_sha: head.data.object.sha })
  const { data: tree } = await octokit.rest.git.createTree({
    ...at,
    base_tree: parent.tree.sha,
    tree: [{ path, mode: '100644', type: 'blob', content: text }],
  })
  await client.pace()
  const { data: commit } = await octokit.rest.git.createCommit({
    ...at,
    message: title,
    tree: tree.sha,
    parents: [parent.sha],
  })
  await pushBranch(octokit, at, branch, commit.sha)
  await client.pace()
  const { data } = await octokit.rest.pulls.create({ ...at, title, body, head: branch, base })
  return { kind: 'done', number: data.number, url: data.html_url }
}

const pullFrom = async (octokit: Octokit, at: At, branch: string): Promise<IssueWrite | undefined> => {
  const { data } = await octokit.rest.pulls.list({ ...at, state: 'all', head: `${at.owner}:${branch}` })
  const found = data.find((pull) => pull.head.ref === branch)
  return found === undefined ? undefined : { kind: 'done', number: found.number, url: found.html_url }
}

const isThere = async (octokit: Octokit, at: At, path: string, ref: string): Promise<boolean> => {
  try {
    await octokit.rest.repos.getContent({ ...at, path, ref })
    return true
  } catch (error) {
    if ((error as { status?: number }).status === 404) return false
    throw error
  }
}
