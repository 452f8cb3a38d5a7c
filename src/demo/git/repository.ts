import type { GitHubCalls } from './github-calls.ts'

/** A commit and the text files of its tree by path. */
export type Tree = { readonly sha: string; readonly files: ReadonlyMap<string, string> }

/** Reads and writes one repository by GitHub's Git data API. */
export type Repository = {
  head(branch: string): Promise<string>
  tree(commit: string): Promise<Tree>
  commitOf(sha: string): Promise<{ readonly message: string; readonly author: string }>
  /**
   * Commits these files on a branch: added or replaced, the others stay. With `second` it is a merge of that commit too. Returns
   * the commit.
   */
  commit(
    as: GitHubCalls,
    branch: string,
    message: string,
    files: ReadonlyMap<string, string>,
    second?: string,
  ): Promise<string>
}

type Ref = { readonly object: { readonly sha: string } }
type Commit = {
  readonly sha: string
  readonly message: string
  readonly author: { readonly name: string }
  readonly tree: { readonly sha: string }
}
type Listed = { readonly tree: readonly { readonly path: string; readonly type: string; readonly sha: string }[] }
type Blob = { readonly content: string }

/** A repository `owner/name`. Commits never change, so their trees are read once. */
export const openRepository = (calls: GitHubCalls, name: string): Repository => {
  const root = `/repos/${name}/git`
  const known = new Map<string, Promise<Tree>>()
  const read = async (sha: string): Promise<Tree> => {
    const { tree } = await calls.get<Commit>(`${root}/commits/${sha}`)
    const listed = await calls.get<Listed>(`${root}/trees/${tree.sha}?recursive=1`)
    const files = await Promise.all(
      listed.tree
        .filter((entry) => entry.type === 'blob')
        .map(async (entry) => {
          const { content } = await calls.get<Blob>(`${root}/blobs/${entry.sha}`)
          return [entry.path, Buffer.from(content, 'base64').toString('utf8')] as const
        }),
    )
    return { sha, files: new Map(files) }
  }
  const head = async (branch: string): Promise<string> =>
    (await calls.get<Ref>(`${root}/ref/heads/${branch}`)).object.sha
  return {
    head,
    tree: (commit) => {
      const found = known.get(commit) ?? read(commit)
      known.set(commit, found)
      found.catch(() => known.delete(commit))
      return found
    },
    commitOf: async (sha) => {
      const commit = await calls.get<Commit>(`${root}/commits/${sha}`)
      return { message: commit.message, author: commit.author.name }
    },
    commit: async (as, branch, message, files, second) => {
      const parent = await head(branch)
      const base = await calls.get<Commit>(`${root}/commits/${parent}`)
      const entries = [...files].map(([path, content]) => ({ path, mode: '100644', type: 'blob', content }))
      const tree = await as.send<{ sha: string }>('POST', `${root}/trees`, { base_tree: base.tree.sha, tree: entries })
      const made = await as.send<Commit>('POST', `${root}/commits`, {
        message,
        tree: tree.sha,
        parents: second === undefined ? [parent] : [parent, second],
      })
      await as.send('PATCH', `${root}/refs/heads/${branch}`, { sha: made.sha })
      return made.sha
    },
  }
}
