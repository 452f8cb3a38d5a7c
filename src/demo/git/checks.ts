import { parseAllDocuments } from 'yaml'
import type { GitHubCalls } from './github-calls.ts'
import type { Repository } from './repository.ts'

/** The name of the one check of the demo's repository. */
export const checkName = 'manifests parse'

/** Runs the repository's check on a commit, as CI does: it is running, then says whether every manifest is sound YAML. */
export const runCheck = async (
  calls: GitHubCalls,
  repository: Repository,
  name: string,
  commit: string,
  takesMs: number,
): Promise<void> => {
  const path = `/repos/${name}/check-runs`
  const run = await calls.send<{ readonly id: number }>('POST', path, {
    name: checkName,
    head_sha: commit,
    status: 'in_progress',
  })
  const { files } = await repository.tree(commit)
  await new Promise((resolve) => setTimeout(resolve, takesMs))
  const sound = [...files].every(([file, text]) => !/\.ya?ml$/.test(file) || isSound(text))
  await calls.send('PATCH', `${path}/${run.id}`, { status: 'completed', conclusion: sound ? 'success' : 'failure' })
}

const isSound = (text: string): boolean => {
  const all = parseAllDocuments(text)
  return Array.isArray(all) && all.every((document) => document.errors.length === 0)
}
