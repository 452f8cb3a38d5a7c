import type { Octokit } from '@octokit/rest'
import type { Change } from '../../domain/change.ts'
import type { Read, UnreadableReason } from '../../domain/coverage.ts'
import { isRefusal } from '../../domain/refusal.ts'
import { checkedFilePath, isBranch, isOwnBranch, isRepository } from '../../domain/repository-path.ts'
import type { GitHost } from '../../ports.ts'
import type { GitHubClient } from './client.ts'
import { githubIssues } from './issues.ts'
import { mergePullRequest } from './merge-pull-request.ts'
import { openDocument } from './open-document.ts'
import { viewPullRequest } from './pull-request-view.ts'
import { pushBranch } from './push-branch.ts'
import { failedWrite } from './write-outcome.ts'

type PullRequest = Extract<Change, { kind: 'pull-request' }>
type Opened = Awaited<ReturnType<GitHost['openChange']>>

const maxFile = 1_000_000

/** GitHub as the doctor's Git host. It pushes only to `doctor/…` branches, never to a base, and merges only by a permit. */
export const githubHost = (client: GitHubClient): GitHost => {
  const on = async <T>(
    repository: string,
    ask: (octokit: Octokit, at: { owner: string; repo: string }) => Promise<T>,
  ): Promise<Read<T>> => {
    if (!isRepository(repository)) return { kind: 'unreadable', reason: 'malformed', message: 'that is not owner/name' }
    const [owner = '', repo = ''] = repository.split('/')
    try {
      return { kind: 'ok', value: await ask(await client.octokit(owner), { owner, repo }) }
    } catch (error) {
      return unread(error)
    }
  }
  const fileOf = async (repository: string, path: string, ref: string) => {
    const read = await on(repository, (octokit, at) => octokit.rest.repos.getContent({ ...at, path, ref }))
    if (read.kind !== 'ok') return read
    const { data } = read.value
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data))
      return { kind: 'unreadable', reason: 'malformed', message: `${path} is not a plain file` } as const
    if (data.size > maxFile)
      return { kind: 'unreadable', reason: 'truncated', message: `${path} is larger than ${maxFile} bytes` } as const
    return { kind: 'ok', value: { bytes: Buffer.from(data.content, 'base64'), sha: data.sha } } as const
  }
  return {
    ...githubIssues(client, on),
    openDocument: (repository, proposal) => openDocument(client, repository, proposal),
    readFile: async (repository, path, ref) => {
      const read = await fileOf(repository, path, ref)
      if (read.kind !== 'ok') return read
      const text = read.value.bytes.toString('utf8')
      return text.includes('\uFFFD')
        ? { kind: 'unreadable', reason: 'malformed', message: `${path} is not UTF-8 text` }
        : { kind: 'ok', value: { text, sha: read.value.sha } }
    },
    readBytes: async (repository, path, ref) => {
      const read = await fileOf(repository, path, ref)
      return read.kind === 'ok' ? { kind: 'ok', value: read.value.bytes } : read
    },
    listFiles: async (repository, ref, prefix = '') => {
      const read = await on(repository, (octokit, at) =>
        octokit.rest.git.getTree({ ...at, tree_sha: ref, recursive: 'true' }),
      )
      if (read.kind !== 'ok') return read
      if (read.value.data.truncated)
        return { kind: 'unreadable', reason: 'truncated', message: 'the repository has too many files to list' }
      // Mode 120000 is a link and 160000 a submodule: neither is a file to edit.
      const paths = read.value.data.tree.flatMap((entry) =>
        entry.type === 'blob' && entry.mode !== '120000' && entry.path !== undefined ? [entry.path] : [],
      )
      const folder = prefix === '' ? '' : `${prefix}/`
      return { kind: 'ok', value: paths.filter((path) => path.startsWith(folder)) }
    },
    headOf: async (repository, branch) => {
      const read = await on(repository, (octokit, at) => octokit.rest.git.getRef({ ...at, ref: `heads/${branch}` }))
      return read.kind === 'ok' ? { kind: 'ok', value: read.value.data.object.sha } : read
    },
    defaultBranch: async (repository) => {
      const read = await on(repository, (octokit, at) => octokit.rest.repos.get(at))
      return read.kind === 'ok' ? { kind: 'ok', value: read.value.data.default_branch } : read
    },
    findChange: async (repository, branch) => {
      const read = await on(repository, (octokit, at) =>
        octokit.rest.pulls.list({ ...at, state: 'all', head: `${at.owner}:${branch}` }),
      )
      if (read.kind !== 'ok') return read
      const found = read.value.data.find((pull) => pull.head.ref === branch)
      if (found === undefined) return { kind: 'absent' }
      return {
        kind: 'ok',
        value: {
          number: found.number,
          url: found.html_url,
          state: found.merged_at === null || found.merged_at === undefined ? found.state : 'merged',
        },
      }
    },
    viewChange: (repository, number) => on(repository, (octokit, at) => viewPullRequest(octokit, at, number)),
    mergeMethod: async (repository) => {
      const read = await on(repository, (octokit, at) => octokit.rest.repos.get(at))
      if (read.kind !== 'ok') return read
      const { allow_squash_merge: squash, allow_merge_commit: merge, allow_rebase_merge: rebase } = read.value.data
      const value = squash === true ? 'squash' : merge !== false || rebase !== true ? 'merge' : 'rebase'
      return { kind: 'ok', value }
    },
    mergeChange: async (permit) => {
      const change = permit.spend(Date.now())
      if (change.kind !== 'merge') throw new Error('the plan is not a merge')
      return mergePullRequest(client, change)
    },
    contains: async (repository, commit, revision) => {
      if (commit === revision) return { kind: 'ok', value: true }
      const read = await on(repository, (octokit, at) =>
        octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${commit}...${revision}`, per_page: 1 }),
      )
      return read.kind === 'ok' ? { kind: 'ok', value: ['ahead', 'identical'].includes(read.value.data.status) } : read
    },
    openChange: async (permit) => {
      const change = permit.spend(Date.now())
      if (change.kind !== 'pull-request') throw new Error('the plan is not a pull request')
      const wrong = notAllowed(change)
      if (wrong !== undefined) return { kind: 'rejected', message: wrong }
      const [owner = '', repo = ''] = change.repository.split('/')
      try {
        return await open(await client.octokit(owner), client, { owner, repo }, change)
      } catch (error) {
        return failedWrite(error)
      }
    },
  }
}

const notAllowed = (change: PullRequest): string | undefined => {
  if (!isRepository(change.repository)) return 'the repository is not owner/name'
  if (!isBranch(change.base) || change.branch === change.base) return 'the base is not a branch to propose to'
  if (!isOwnBranch(change.branch)) return 'only doctor/… branches are pushed to'
  const bad = change.edits.map((edit) => checkedFilePath(edit.path)).find(isRefusal)
  return bad?.reason
}

const open = async (
  octokit: Octokit,
  client: GitHubClient,
  at: { owner: string; repo: string },
  change: PullRequest,
): Promise<Opened> => {
  const existing = await findOpen(octokit, at, change.branch)
  if (existing !== undefined) return dressed(octokit, client, at, change, existing)
  const base = await octokit.rest.git.getRef({ ...at, ref: `heads/${change.base}` })
  if (base.data.object.sha !== change.baseSha)
    return { kind: 'rejected', message: `${change.base} has moved since this was shown; nothing was pushed` }
  const commit = await octokit.rest.git.getCommit({ ...at, commit_sha: change.baseSha })
  const tree = await octokit.rest.git.createTree({
    ...at,
    base_tree: commit.data.tree.sha,
    tree: change.edits.map((edit) => ({
      path: edit.path,
      mode: '100644' as const,
      type: 'blob' as const,
      content: edit.after,
    })),
  })
  await client.pace()
  const made = await octokit.rest.git.createCommit({
    ...at,
    message: change.title,
    tree: tree.data.sha,
    parents: [change.baseSha],
  })
  await pushBranch(octokit, at, change.branch, made.data.sha)
  await client.pace()
  try {
    const pull = await octokit.rest.pulls.create({
      ...at,
      title: change.title,
      body: change.body,
      head: change.branch,
      base: change.base,
    })
    return dressed(octokit, client, at, change, { kind: 'done', number: pull.data.number, url: pull.data.html_url })
  } catch (error) {
    // 422: somebody (or this very plan, before a crash) opened it in the meantime.
    const now = (error as { status?: number }).status === 422 ? await findOpen(octokit, at, change.branch) : undefined
    if (now !== undefined) return now
    throw error
  }
}

/** Puts on the labels and asks for reviews. A pull request without them is open all the same, so a no of GitHub is let be. */
const dressed = async <T extends Opened>(
  octokit: Octokit,
  client: GitHubClient,
  at: { owner: string; repo: string },
  { labels = [], reviewers = [] }: PullRequest,
  opened: T & { readonly number: number },
): Promise<T> => {
  const { number } = opened
  if (labels.length > 0) {
    await client.pace()
    await octokit.rest.issues.addLabels({ ...at, issue_number: number, labels: [...labels] }).catch(() => undefined)
  }
  const ask = async (some: readonly string[]): Promise<boolean> => {
    await client.pace()
    return octokit.rest.pulls
      .requestReviewers({
        ...at,
        pull_number: number,
        reviewers: some.filter((name) => !name.includes('/')),
        team_reviewers: some.flatMap((name) => name.split('/')[1] ?? []),
      })
      .then(() => true)
      .catch(() => false)
  }
  // One name that GitHub does not take, as the author's, makes it refuse all.
  if (reviewers.length > 0 && !(await ask(reviewers)) && reviewers.length > 1)
    for (const one of reviewers.slice(0, 5)) await ask([one])
  return opened
}

const findOpen = async (
  octokit: Octokit,
  at: { owner: string; repo: string },
  branch: string,
): Promise<Extract<Opened, { kind: 'done' }> | undefined> => {
  const { data } = await octokit.rest.pulls.list({ ...at, state: 'open', head: `${at.owner}:${branch}` })
  const found = data.find((pull) => pull.head.ref === branch)
  return found === undefined ? undefined : { kind: 'done', number: found.number, url: found.html_url }
}

const reasons: Readonly<Record<number, UnreadableReason>> = { 401: 'unauthorized', 403: 'forbidden', 429: 'throttled' }

const unread = (error: unknown): Read<never> => {
  const {
    status,
    message = 'unknown error',
    response,
  } = error as { status?: number; message?: string; response?: { headers?: Record<string, string> } }
  if (status === 404) return { kind: 'absent' }
  const limited =
    status === 403 &&
    (response?.headers?.['retry-after'] !== undefined || response?.headers?.['x-ratelimit-remaining'] === '0')
  const reason = limited
    ? 'throttled'
    : (reasons[status ?? 0] ?? (/timeout|abort/i.test(message) ? 'timeout' : 'unreachable'))
  return { kind: 'unreadable', reason, message: message.split('\n')[0] ?? '' }
}
