import type { Read } from '../../domain/coverage.ts'
import { type Body, boundedBody } from './bounded-body.ts'
import type { GitHubClient } from './client.ts'
import { faultRead, refusedRead } from './read.ts'

/** What is kept of the end of a log, in bytes, and how long its download may take, in ms. */
const bounds = { kept: 4 * 1024 * 1024, deadline: 30_000 } as const

/**
 * The log of a job: its end where it is long. GitHub answers with an address elsewhere that is signed for a minute; the token
 * stays with GitHub, nothing but the bare request goes there, and where that redirects again it is not followed.
 */
export const jobLog = async (
  client: GitHubClient,
  repository: string,
  job: number,
  signal?: AbortSignal,
): Promise<Read<Body>> => {
  const deadline = AbortSignal.timeout(bounds.deadline)
  const both = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  try {
    const owner = repository.split('/')[0] ?? ''
    const first = await client.get(owner, `/repos/${repository}/actions/jobs/${job}/logs`, { signal: both })
    if (first.status === 200) return { kind: 'ok', value: await boundedBody(first, bounds.kept) }
    const { text } = await boundedBody(first, 10_000)
    if (![301, 302, 303, 307, 308].includes(first.status)) return refusedRead(first, text)
    const place = elsewhere(first.headers.get('location'), first.url)
    if (place === undefined)
      return { kind: 'unreadable', reason: 'malformed', message: 'GitHub’s address of the log is none to go to' }
    const second = await fetch(place, { redirect: 'error', signal: both, headers: { 'user-agent': 'cluster-doctor' } })
    if (second.status !== 200)
      return { kind: 'unreadable', reason: 'unreachable', message: `the log’s storage answered ${second.status}` }
    return { kind: 'ok', value: await boundedBody(second, bounds.kept) }
  } catch (error) {
    return faultRead(error, signal)
  }
}

/** Only https, or what the API itself speaks: a log must not come over a weaker road than the answer that named it. */
const elsewhere = (location: string | null, from: string): URL | undefined => {
  if (location === null || !URL.canParse(location, from)) return undefined
  const to = new URL(location, from)
  const good = to.protocol === 'https:' || (to.protocol === 'http:' && from.startsWith('http:'))
  return good && to.username === '' && to.password === '' ? to : undefined
}
