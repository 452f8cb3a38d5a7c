import type { Octokit } from '@octokit/rest'
import type { Read } from '../../domain/coverage.ts'
import type { IssueHost, IssueWrite } from '../../ports.ts'
import type { GitHubClient } from './client.ts'
import { failedWrite, limitsAreUnclear } from './write-outcome.ts'

type At = { readonly owner: string; readonly repo: string }
type On = <T>(repository: string, ask: (octokit: Octokit, at: At) => Promise<T>) => Promise<Read<T>>

/** How many pages of a hundred are looked through for a mark. */
const mostPages = 5

/**
 * GitHub's issues. They are found by the list, not by the search, which lags; content is written at most once a second. What
 * is read from them is only compared, never obeyed.
 */
export const githubIssues = (client: GitHubClient, on: On): IssueHost => {
  const write = async (
    repository: string,
    send: (octokit: Octokit, at: At) => Promise<{ data: { number?: number; html_url: string } }>,
    number: number,
  ): Promise<IssueWrite> => {
    const [owner = '', repo = ''] = repository.split('/')
    try {
      await client.pace()
      const { data } = await send(await client.octokit(owner), { owner, repo })
      return { kind: 'done', number: data.number ?? number, url: data.html_url }
    } catch (error) {
      // A limit and a gateway say nothing about whether it was made; the mark is looked for before it is tried again.
      return failedWrite(error, limitsAreUnclear)
    }
  }
  return {
    findIssue: async (repository, label, marker) => {
      const read = await on(repository, async (octokit, at) => {
        for (let page = 1; page <= mostPages; page += 1) {
          const { data } = await octokit.rest.issues.listForRepo({
            ...at,
            labels: label,
            state: 'open',
            per_page: 100,
            page,
          })
          const found = data.find((one) => one.pull_request === undefined && one.body?.includes(marker) === true)
          if (found !== undefined) return { number: found.number, url: found.html_url }
          if (data.length < 100) return undefined
        }
        return undefined
      })
      if (read.kind !== 'ok')
        return read.kind === 'absent'
          ? { kind: 'unreadable', reason: 'forbidden', message: 'no such repository, or no right to see it' }
          : read
      return read.value === undefined ? { kind: 'absent' } : { kind: 'ok', value: read.value }
    },
    hasComment: (repository, number, marker) =>
      on(repository, async (octokit, at) => {
        for (let page = 1; page <= mostPages; page += 1) {
          const { data } = await octokit.rest.issues.listComments({ ...at, issue_number: number, per_page: 100, page })
          if (data.some((one) => one.body?.includes(marker) === true)) return true
          if (data.length < 100) return false
        }
        return false
      }),
    openIssue: (repository, { title, body, labels }) =>
      write(repository, (octokit, at) => octokit.rest.issues.create({ ...at, title, body, labels: [...labels] }), 0),
    comment: (repository, number, body) =>
      write(
        repository,
        (octokit, at) => octokit.rest.issues.createComment({ ...at, issue_number: number, body }),
        number,
      ),
    closeIssue: (repository, number) =>
      write(
        repository,
        (octokit, at) =>
          octokit.rest.issues.update({ ...at, issue_number: number, state: 'closed', state_reason: 'completed' }),
        number,
      ),
  }
}
