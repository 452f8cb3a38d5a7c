import type { Octokit } from '@octokit/rest'

/** Makes a branch; one that a crash left behind is moved to the same content, which only its own plan or draft can have made. */
export const pushBranch = async (
  octokit: Octokit,
  at: { readonly owner: string; readonly repo: string },
  branch: string,
  sha: string,
): Promise<void> => {
  try {
    await octokit.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha })
  } catch (error) {
    if ((error as { status?: number }).status !== 422) throw error
    await octokit.rest.git.updateRef({ ...at, ref: `heads/${branch}`, sha, force: true })
  }
}
