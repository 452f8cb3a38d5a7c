import { createSign } from 'node:crypto'
import { Octokit } from '@octokit/rest'
import type { GitHubConfig } from '../../config/github.ts'
import { createPace, type Pace } from './pace.ts'

/** Each call to GitHub ends within this, in milliseconds. */
export const callDeadline = 15_000

/** How one GET is sent: `etag` asks only for what changed since. A redirect is handed back, never followed with the token. */
export type GetOptions = { readonly etag?: string; readonly signal?: AbortSignal | undefined }

/** What an App's token may do where less than all of its rights is enough. */
export type Permissions = Readonly<Record<string, 'read'>>

/** How to speak to GitHub as the configured token or App. */
export type GitHubClient = {
  readonly octokit: (owner: string) => Promise<Octokit>
  /** A GET below the API's base. Throws with status 429, unsent, while GitHub's limits forbid it. */
  readonly get: (owner: string, path: string, options?: GetOptions) => Promise<Response>
  /** What is left of the hour's limit on reads as GitHub last said, from 0 to 1; 1 where it said nothing. */
  readonly spare: () => number
  /** Waits until a content write may be made; throws where GitHub's limits put that far away. */
  readonly pace: () => Promise<void>
}

/**
 * A client for a token, or for a GitHub App with short-lived installation tokens: where `permissions` are given, of the first of
 * them that the App was granted.
 * Redirects are not followed, retries are ours. `between` ms lie between two content writes.
 */
export const openGitHub = (
  config: Pick<GitHubConfig, 'apiUrl' | 'token' | 'appId' | 'privateKey'>,
  between = 1_000,
  permissions?: readonly Permissions[],
): GitHubClient => {
  const tokens = new Map<string, { readonly value: string; readonly until: number }>()
  const pace = createPace({ between, perHour: 450 })
  const reads = createPace({ between: 0, perHour: 4_500 })
  let left = { share: 1, until: 0 }
  const tokenFor = async (owner: string): Promise<string | undefined> => {
    if (config.token !== undefined || config.appId === undefined || config.privateKey === undefined) return config.token
    const known = tokens.get(owner)
    if (known !== undefined && known.until > Date.now() + 60_000) return known.value
    const made = await installationToken(config.apiUrl, config.appId, config.privateKey, owner, permissions)
    tokens.set(owner, made)
    return made.value
  }
  return {
    octokit: async (owner) => client(config.apiUrl, await tokenFor(owner), pace),
    get: async (owner, path, { etag, signal } = {}) => {
      await reads.wait()
      const token = await tokenFor(owner)
      const deadline = AbortSignal.timeout(callDeadline)
      const response = await fetch(`${config.apiUrl}${path}`, {
        redirect: 'manual',
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
        headers: {
          accept: 'application/vnd.github+json',
          'user-agent': 'cluster-doctor',
          'x-github-api-version': '2022-11-28',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(etag === undefined ? {} : { 'if-none-match': etag }),
        },
      })
      reads.heard(response)
      left = leftOf(response) ?? left
      return response
    },
    spare: () => (left.until > Date.now() ? left.share : 1),
    pace: pace.wait,
  }
}

/** What an answer says is left of the limit, and until when that holds; undefined where it says nothing. */
const leftOf = ({ headers }: Response): { readonly share: number; readonly until: number } | undefined => {
  const of = (name: string) => Number(headers.get(`x-ratelimit-${name}`) ?? Number.NaN)
  const [limit, remaining, reset] = [of('limit'), of('remaining'), of('reset')]
  return limit > 0 && remaining >= 0 && reset > 0 ? { share: remaining / limit, until: reset * 1_000 } : undefined
}

const client = (baseUrl: string, auth: string | undefined, pace?: Pace): Octokit =>
  new Octokit({
    baseUrl,
    ...(auth === undefined ? {} : { auth }),
    userAgent: 'cluster-doctor',
    request: {
      fetch: async (url: string, init: RequestInit) => {
        const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(callDeadline) })
        pace?.heard(response)
        return response
      },
    },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  })

const installationToken = async (
  baseUrl: string,
  appId: string,
  privateKey: string,
  owner: string,
  permissions: readonly Permissions[] | undefined,
) => {
  const app = client(baseUrl, undefined)
  const headers = { authorization: `Bearer ${appJwt(appId, privateKey, Date.now())}` }
  const found = await app.request('GET /users/{username}/installation', { username: owner, headers })
  const ask = (some: Permissions | undefined) =>
    app.request('POST /app/installations/{installation_id}/access_tokens', {
      installation_id: found.data.id,
      ...(some === undefined ? {} : { permissions: some }),
      headers,
    })
  const [first, ...fewer] = permissions ?? []
  let answer = ask(first)
  // 422: more is asked for than the App was granted.
  for (const some of fewer)
    answer = answer.catch((error: { status?: number }) => (error.status === 422 ? ask(some) : Promise.reject(error)))
  const made = await answer
  return { value: made.data.token, until: Date.parse(made.data.expires_at) }
}

/** The JWT by which an App proves itself: RS256, ten minutes at most, a minute back against clock drift (GitHub's rule). */
const appJwt = (appId: string, privateKey: string, now: number): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = Math.floor(now / 1000)
  const head = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: seconds - 60, exp: seconds + 540, iss: appId })}`
  return `${head}.${createSign('RSA-SHA256').update(head).sign(privateKey.replaceAll('\\n', '\n')).toString('base64url')}`
}
