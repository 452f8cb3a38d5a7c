import type { GitHubConfig } from '../../config/github.ts'
import type { Read } from '../../domain/coverage.ts'
import { type FailedStep, failedConclusions, type PipelineRun, type PushedImage } from '../../domain/pipeline.ts'
import { plainLine } from '../../domain/plain.ts'
import { redact } from '../../domain/redact.ts'
import { pushedImages, stepLog } from '../../domain/workflow-log.ts'
import type { Pipelines } from '../../ports.ts'
import { type GitHubClient, openGitHub, type Permissions } from './client.ts'
import { jobLog } from './job-log.ts'
import { type GitHubRead, githubReads } from './read.ts'
import {
  annotationsAnswer,
  type JobAnswer,
  jobsAnswer,
  repositoryAnswer,
  runAnswer,
  runOf,
  runsAnswer,
} from './run-answers.ts'

/** Of so many failed jobs, or jobs that may have pushed, the logs are read; of each step so much is kept, in characters. */
const bounds = { jobs: 3, step: 256 * 1024 } as const

/** What an App's token is asked for: to read pipelines, what is remarked on their jobs, and what else is news; else the least. */
const readOnly: readonly Permissions[] = [
  { actions: 'read', checks: 'read', deployments: 'read', issues: 'read', metadata: 'read' },
  { actions: 'read', metadata: 'read' },
]

/** A client with the right to read and no other, as far as the configuration can give one: its own token, else the App's, else the token. */
export const openReading = ({
  readToken,
  token,
  appId,
  privateKey,
  apiUrl,
}: GitHubConfig): GitHubClient | undefined => {
  const own = readToken ?? token
  if (own !== undefined) return openGitHub({ apiUrl, token: own })
  if (appId === undefined || privateKey === undefined) return undefined
  return openGitHub({ apiUrl, appId, privateKey }, 1_000, readOnly)
}

/** The pipelines that a configuration lets us read; undefined where it lets us read nothing. */
export const openPipelines = (config: GitHubConfig): Pipelines | undefined => {
  const client = openReading(config)
  return client === undefined ? undefined : githubPipelines(client)
}

/**
 * The Pipelines port on GitHub Actions: it only reads. Logs are cut to the step that failed, redacted and bounded here, so that
 * nothing else of them goes any further.
 */
export const githubPipelines = (client: GitHubClient): Pipelines => {
  const read = githubReads(client)
  const jobsOf = (run: PipelineRun, signal?: AbortSignal) =>
    read(run.repository, `/actions/runs/${run.id}/attempts/${run.attempt}/jobs?per_page=100`, jobsAnswer, signal)
  return {
    defaultBranch: (repository, signal) => read(repository, '', repositoryAnswer, signal),
    runs: async (repository, { workflow, branch, sha, limit, page = 1 }, signal) => {
      const asked = new URLSearchParams({ per_page: String(Math.min(100, Math.max(1, limit))) })
      if (branch !== undefined) asked.set('branch', branch)
      if (sha !== undefined) asked.set('head_sha', sha)
      if (page > 1) asked.set('page', String(page))
      const where = workflow === undefined ? '' : `/workflows/${encodeURIComponent(workflow)}`
      const answer = await read(repository, `/actions${where}/runs?${asked}`, runsAnswer, signal)
      return answer.kind === 'ok'
        ? { kind: 'ok', value: answer.value.workflow_runs.map((one) => runOf(repository, one)) }
        : answer
    },
    run: async (repository, id, signal) => {
      const answer = await read(repository, `/actions/runs/${id}`, runAnswer, signal)
      return answer.kind === 'ok' ? { kind: 'ok', value: runOf(repository, answer.value) } : answer
    },
    failedSteps: async (run, signal) => {
      const answer = await jobsOf(run, signal)
      if (answer.kind !== 'ok') return answer
      const failed = failedJobs(answer.value.jobs).slice(0, bounds.jobs)
      return {
        kind: 'ok',
        value: await Promise.all(failed.map((job) => failedStep({ client, read, signal }, run, job))),
      }
    },
    pushed: async (run, signal) => {
      const answer = await jobsOf(run, signal)
      if (answer.kind !== 'ok') return answer
      const found: PushedImage[] = []
      for (const job of answer.value.jobs.filter(pushes).slice(0, bounds.jobs)) {
        const log = await jobLog(client, run.repository, job.id, signal)
        if (log.kind === 'unreadable') return log
        if (log.kind === 'ok') found.push(...pushedImages(log.value.text))
      }
      return { kind: 'ok', value: found.slice(0, 50) }
    },
  }
}

/** Jobs that failed; where none did by itself, those that were cut off: time ran out, or the runner went away. */
const failedJobs = (jobs: readonly JobAnswer[]): readonly JobAnswer[] => {
  const failed = jobs.filter(({ conclusion }) => failedConclusions.has(conclusion ?? ''))
  return failed.length > 0 ? failed : jobs.filter(({ conclusion }) => conclusion === 'cancelled')
}

const pushes = (job: JobAnswer): boolean =>
  /push|publish|image|docker|build|release/i.test([job.name, ...(job.steps ?? []).map(({ name }) => name)].join(' '))

type Asking = {
  readonly client: GitHubClient
  readonly read: GitHubRead
  readonly signal: AbortSignal | undefined
}

const failedStep = async (asking: Asking, run: PipelineRun, job: JobAnswer): Promise<FailedStep> => {
  const steps = job.steps ?? []
  const step =
    steps.find(({ conclusion }) => failedConclusions.has(conclusion ?? '')) ??
    steps.find(({ conclusion }) => conclusion === 'cancelled')
  const named = { job: plainLine(job.name, 120), step: plainLine(step?.name ?? 'before any step', 120) }
  const log = await jobLog(asking.client, run.repository, job.id, asking.signal)
  const own = log.kind === 'ok' ? stepLog(log.value.text, step) : ''
  const remarks = /##\[error\]/.test(own) ? '' : await annotations(asking, run.repository, job.id)
  const text = [own, remarks].filter((part) => part !== '').join('\n')
  const kept = text.slice(-bounds.step)
  const cut = kept.length < text.length || (log.kind === 'ok' && log.value.truncated && own === '')
  const unread = log.kind === 'ok' ? undefined : log.kind === 'absent' ? 'GitHub has no log of it' : log.message
  return {
    ...named,
    log: redact(kept),
    ...(cut ? { truncated: true } : {}),
    ...(unread === undefined ? {} : { unread }),
  }
}

/** A runner that dies leaves no log, but GitHub remarks it on the job; the job's id is that of its check run. */
const annotations = async ({ read, signal }: Asking, repository: string, job: number): Promise<string> => {
  const answer: Read<readonly { annotation_level?: string | null | undefined; message?: string | null | undefined }[]> =
    await read(repository, `/check-runs/${job}/annotations?per_page=50`, annotationsAnswer, signal)
  if (answer.kind !== 'ok') return ''
  return answer.value
    .flatMap(({ annotation_level: level, message }) => (level === 'failure' && message ? [`##[error]${message}`] : []))
    .join('\n')
}
