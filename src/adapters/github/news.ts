import { z } from 'zod'
import type { HostEvent, HostNews } from '../../ports.ts'
import type { GitHubClient } from './client.ts'
import { type GitHubRead, githubReads } from './read.ts'
import { repositoryAnswer, runAnswer } from './run-answers.ts'

/** How far is looked: pages of runs, how long a run may take that is still noticed, and deployments; a part of the limit is left to others. */
const bounds = { pages: 4, page: 50, longestRun: 6 * 3_600_000, deployments: 10, spare: 0.1 } as const

const id = z.number().int().nonnegative()
const time = z.string().max(40)
const runs = z.object({ workflow_runs: z.array(runAnswer).max(100) })
const issues = z
  .array(
    z.object({
      number: id,
      title: z.string().nullish(),
      html_url: z.string().nullish(),
      pull_request: z.unknown().optional(),
      updated_at: time,
    }),
  )
  .max(100)
const deployments = z
  .array(z.object({ id, sha: z.string(), ref: z.string(), environment: z.string(), created_at: time }))
  .max(100)
const statuses = z
  .array(
    z.object({
      id,
      state: z.string(),
      environment: z.string().nullish(),
      target_url: z.string().nullish(),
      log_url: z.string().nullish(),
      created_at: time,
    }),
  )
  .max(100)

type Asked = { readonly repository: string; readonly since: number; readonly signal: AbortSignal | undefined }
type Found = Awaited<ReturnType<HostNews['since']>>

/**
 * What the webhooks `workflow_run`, `deployment_status` and `issues` would have told, found by asking. What has not changed costs
 * nothing; the last tenth of GitHub's limit is left to what people wait for.
 */
export const githubNews = (client: GitHubClient): HostNews => {
  const read = githubReads(client)
  return {
    since: async (repository, from, signal) => {
      if (client.spare() < bounds.spare)
        return { kind: 'unreadable', reason: 'throttled', message: 'little is left of GitHub’s limit' }
      const branch = await read(repository, '', repositoryAnswer, signal)
      if (branch.kind !== 'ok') return branch
      const asked = { repository, since: Date.parse(from), signal }
      const parts = await Promise.all([
        endedRuns(read, asked, branch.value),
        newStatuses(read, asked),
        labelledIssues(read, asked),
      ])
      const bad = parts.find((part) => part.kind === 'unreadable')
      if (bad !== undefined) return bad
      const around = { repository: { full_name: repository, default_branch: branch.value } }
      const events = parts.flatMap((part) => (part.kind === 'ok' ? part.value : []))
      return {
        kind: 'ok',
        value: events
          .map((event) => ({ ...event, payload: { ...(event.payload as object), ...around } }))
          .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)),
      }
    },
  }
}

const endedRuns = async (read: GitHubRead, { repository, since, signal }: Asked, branch: string): Promise<Found> => {
  const found: HostEvent[] = []
  for (let page = 1; page <= bounds.pages; page += 1) {
    const path = `/actions/runs?branch=${encodeURIComponent(branch)}&per_page=${bounds.page}&page=${page}`
    const answer = await read(repository, path, runs, signal)
    if (answer.kind !== 'ok') return answer.kind === 'absent' ? { kind: 'ok', value: found } : answer
    const { workflow_runs: listed } = answer.value
    for (const run of listed) {
      const at = run.updated_at ?? run.created_at
      if (run.status !== 'completed' || Date.parse(at) < since) continue
      found.push({ name: 'workflow_run', at, payload: { action: 'completed', workflow_run: run } })
    }
    const oldest = Date.parse(listed.at(-1)?.created_at ?? '')
    if (listed.length < bounds.page || oldest < since - bounds.longestRun) break
  }
  return { kind: 'ok', value: found }
}

const newStatuses = async (read: GitHubRead, { repository, since, signal }: Asked): Promise<Found> => {
  const answer = await read(repository, `/deployments?per_page=${bounds.deployments}`, deployments, signal)
  if (answer.kind !== 'ok') return answer.kind === 'absent' ? { kind: 'ok', value: [] } : mayNot(answer)
  const found: HostEvent[] = []
  for (const deployment of answer.value) {
    if (Date.parse(deployment.created_at) < since - bounds.longestRun) break
    const all = await read(repository, `/deployments/${deployment.id}/statuses?per_page=10`, statuses, signal)
    if (all.kind === 'unreadable') return mayNot(all)
    for (const status of all.kind === 'ok' ? all.value : [])
      if (Date.parse(status.created_at) >= since)
        found.push({
          name: 'deployment_status',
          at: status.created_at,
          payload: { action: 'created', deployment_status: status, deployment },
        })
  }
  return { kind: 'ok', value: found }
}

const labelledIssues = async (read: GitHubRead, { repository, since, signal }: Asked): Promise<Found> => {
  const path = '/issues?labels=cluster-doctor&state=open&sort=updated&direction=desc&per_page=30'
  const answer = await read(repository, path, issues, signal)
  if (answer.kind !== 'ok') return answer.kind === 'absent' ? { kind: 'ok', value: [] } : mayNot(answer)
  const label = { name: 'cluster-doctor' }
  return {
    kind: 'ok',
    value: answer.value
      .filter((issue) => issue.pull_request === undefined && Date.parse(issue.updated_at) >= since)
      .map((issue) => ({ name: 'issues', at: issue.updated_at, payload: { action: 'labeled', label, issue } })),
  }
}

/** A token that may only read pipelines sees neither deployments nor issues of a private repository; the rest is news all the same. */
const mayNot = (answer: Extract<Found, { kind: 'unreadable' }>): Found =>
  answer.reason === 'forbidden' ? { kind: 'ok', value: [] } : answer
