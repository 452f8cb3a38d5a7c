/** A step as it ran; its lines are what its program wrote. Times are ms since the epoch. */
export type ActedStep = {
  readonly name: string
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'skipped'
  readonly from: number
  readonly to: number
  readonly lines: readonly string[]
}

/** A job as it ran. Without a log it was a runner that went away; `remarks` are what GitHub says of it then. */
export type ActedJob = {
  readonly id: number
  readonly name: string
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'skipped' | 'timed_out'
  readonly steps: readonly ActedStep[]
  readonly log: 'kept' | 'expired' | 'none'
  readonly remarks?: readonly string[]
}

/** A run of a workflow. */
export type ActedRun = {
  readonly id: number
  readonly attempt: number
  readonly workflow: { readonly id: number; readonly name: string; readonly path: string }
  readonly event: string
  readonly status: 'queued' | 'in_progress' | 'completed'
  readonly conclusion: string | null
  readonly branch: string
  readonly sha: string
  readonly actor: string
  readonly created: number
  readonly updated: number
  readonly jobs: readonly ActedJob[]
}

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** A run as GitHub answers it. */
export const runJson = (origin: string, repository: string, run: ActedRun): object => {
  const url = `${origin}/repos/${repository}/actions/runs/${run.id}`
  return {
    id: run.id,
    name: run.workflow.name,
    node_id: `WFR_${run.id}`,
    head_branch: run.branch,
    head_sha: run.sha,
    path: run.workflow.path,
    display_title: run.workflow.name,
    run_number: run.id % 1_000,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow.id,
    url,
    html_url: `${origin}/${repository}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: iso(run.created),
    updated_at: iso(run.updated),
    actor: { login: run.actor, type: 'User' },
    run_attempt: run.attempt,
    run_started_at: iso(run.created),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    repository: { full_name: repository },
  }
}

/** A job as GitHub answers it: times in whole seconds, no lines. */
export const jobJson = (job: ActedJob, run: ActedRun): object => ({
  id: job.id,
  run_id: run.id,
  run_attempt: run.attempt,
  head_sha: run.sha,
  status: 'completed',
  conclusion: job.conclusion,
  name: job.name,
  started_at: iso(job.steps[0]?.from ?? run.created),
  completed_at: iso(job.steps.at(-1)?.to ?? run.updated),
  labels: ['ubuntu-latest'],
  runner_name: 'GitHub Actions 2',
  steps: job.steps.map(({ name, conclusion, from, to }, index) => ({
    name,
    status: 'completed',
    conclusion,
    number: index + 1,
    started_at: iso(from),
    completed_at: iso(to),
  })),
})

/** The log of a job as its storage keeps it: each line with its time, the steps one after the other. */
export const jobText = (job: ActedJob): string =>
  `\ufeff${job.steps
    .flatMap(({ from, to, lines }) =>
      lines.map((line, index) => {
        const at = from + ((to - from) * index) / Math.max(1, lines.length)
        return `${new Date(at).toISOString().replace('Z', '0000Z')} ${line}`
      }),
    )
    .join('\n')}\n`
