import type { Env, Problem } from './raw.ts'
import { dropUndefined, type Readers, readers } from './readers.ts'

/** GitHub's side, where one is set up: to write to, to read pipelines of, or to hear by webhook. */
export type GitHubConfig = {
  readonly token?: string
  readonly appId?: string
  readonly privateKey?: string
  readonly webhookSecret?: string
  readonly apiUrl: string
  /** A token that may only read, for runs of workflows and their logs; absent: the token or the App. */
  readonly readToken?: string
  /** Whose workflow runs may be what changed, and which are asked for news where no webhook comes. */
  readonly repositories?: readonly string[]
  /** How often they are asked; absent: never. */
  readonly pollSeconds?: number
  /** What branches are named for: the plan, or where the case has an issue that. */
  readonly branches?: 'plan' | 'issue'
  /** The repository whose issues tell of failed deployments; absent: none are written. */
  readonly issues?: string
  /** The repository that keeps the heads of the record; absent: they are only posted. */
  readonly record?: string
}

const name = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100}$/

/** Reads what is set of GitHub; undefined where nothing is that would let us speak to it or hear it. */
export const githubFrom = (read: Readers, problem: Problem): GitHubConfig | undefined => {
  const token = read.text('GITHUB_TOKEN')
  const appId = read.matching('GITHUB_APP_ID', /^\d+$/, 'the number of a GitHub App')
  const privateKey = read.text('GITHUB_PRIVATE_KEY')
  const webhookSecret = read.text('GITHUB_WEBHOOK_SECRET')
  const readToken = read.text('GITHUB_READ_TOKEN')
  const apiUrl = read.url('GITHUB_API_URL', ['https', 'http']) ?? 'https://api.github.com'
  const repositories = read.list('GITHUB_REPOSITORIES', name, 'owner/name')
  const pollSeconds = read.duration('GITHUB_POLL', 15, 3_600)
  if ((appId === undefined) !== (privateKey === undefined))
    problem('GITHUB_APP_ID', 'and GITHUB_PRIVATE_KEY go together')
  if (token !== undefined && appId !== undefined) problem('GITHUB_TOKEN', 'and GITHUB_APP_ID are both set; keep one')
  if (pollSeconds !== undefined && repositories.length === 0)
    problem('GITHUB_POLL', 'needs GITHUB_REPOSITORIES to say which ones are asked')
  if ([token, appId, webhookSecret, readToken].every((one) => one === undefined)) return undefined
  const branches = read.oneOf('GITHUB_BRANCHES', ['plan', 'issue'], 'plan')
  const issues = read.matching('GITHUB_ISSUES', name, 'owner/name')
  const record = read.matching('GITHUB_RECORD', name, 'owner/name')
  return dropUndefined({
    token,
    appId,
    privateKey,
    webhookSecret,
    apiUrl,
    readToken,
    repositories,
    pollSeconds,
    branches,
    issues,
    record,
  })
}

/** GitHub for the command line; undefined where nothing lets us speak to it. What is wrong is said by `config check`. */
export const githubSettings = (env: Env = process.env): GitHubConfig | undefined =>
  githubFrom(
    readers(
      (setting) => env[setting] || undefined,
      () => undefined,
    ),
    () => undefined,
  )
