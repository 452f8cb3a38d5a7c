import { type ActedJob, type ActedRun, jobJson, runJson } from './model.ts'

/** An answer of the API: JSON, or a redirect. */
export type Answer = { readonly status: number; readonly body: unknown; readonly location?: string }

/** What is there to be answered from. */
export type Known = {
  readonly origin: string
  readonly repository: string
  readonly runs: readonly ActedRun[]
  /** Where the log of a job can be fetched for a minute. */
  readonly signed: (job: ActedJob) => string
}

/** That there is no such thing, or that nobody may know of it. */
export const notFound: Answer = { status: 404, body: { message: 'Not Found' } }

/** What a GET below the repository is answered; undefined where it is none of the Actions API. */
export const answerTo = (path: string, query: URLSearchParams, known: Known): Answer | undefined => {
  const parts = path.split('/')
  const { runs, origin, repository } = known
  const run = runs.find(({ id }) => id === Number(parts[2]))
  const jobOf = (id: string | undefined) => runs.flatMap((one) => one.jobs).find((job) => job.id === Number(id))
  switch (parts.map((part) => (/^\d+$/.test(part) ? ':n' : part)).join('/')) {
    case 'actions/runs':
      return listed(runs, query, known)
    case 'actions/runs/:n':
      return run === undefined ? notFound : { status: 200, body: runJson(origin, repository, run) }
    case 'actions/runs/:n/jobs':
    case 'actions/runs/:n/attempts/:n/jobs':
      return run === undefined || (parts[4] !== undefined && Number(parts[4]) !== run.attempt)
        ? notFound
        : { status: 200, body: { total_count: run.jobs.length, jobs: run.jobs.map((job) => jobJson(job, run)) } }
    case 'actions/jobs/:n/logs':
      return logOf(jobOf(parts[2]), known)
    case 'check-runs/:n/annotations':
      return annotations(jobOf(parts[1]))
    default: {
      const workflow = /^actions\/workflows\/([^/]+)\/runs$/.exec(path)?.[1]
      if (workflow === undefined) return parts[0] === 'actions' ? notFound : undefined
      const mine = runs.filter(
        ({ workflow: { id, path: file } }) =>
          String(id) === workflow || file.endsWith(`/${decodeURIComponent(workflow)}`),
      )
      return mine.length === 0 ? notFound : listed(mine, query, known)
    }
  }
}

/** Newest first, in pages of at most a hundred. */
const listed = (all: readonly ActedRun[], query: URLSearchParams, { origin, repository }: Known): Answer => {
  const wanted: readonly (readonly [string, (run: ActedRun) => string])[] = [
    ['branch', (run) => run.branch],
    ['head_sha', (run) => run.sha],
    ['event', (run) => run.event],
  ]
  const kept = all
    .filter((run) => wanted.every(([name, of]) => !query.has(name) || query.get(name) === of(run)))
    .filter(({ status, conclusion }) => !query.has('status') || [status, conclusion].includes(query.get('status')))
    .toSorted((a, b) => b.created - a.created || b.id - a.id)
  const size = Math.min(100, Math.max(1, Number(query.get('per_page') ?? 30) || 30))
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1)
  const shown = kept.slice((page - 1) * size, page * size)
  return {
    status: 200,
    body: { total_count: kept.length, workflow_runs: shown.map((run) => runJson(origin, repository, run)) },
  }
}

const logOf = (job: ActedJob | undefined, { signed }: Known): Answer => {
  if (job === undefined || job.log === 'none') return notFound
  if (job.log === 'expired') return { status: 410, body: { message: 'Server Error: log expired' } }
  return { status: 302, body: '', location: signed(job) }
}

/** Check runs that are no jobs are the business of another API. */
const annotations = (job: ActedJob | undefined): Answer | undefined =>
  job === undefined
    ? undefined
    : {
        status: 200,
        body: (job.remarks ?? []).map((message) => ({ path: '.github', annotation_level: 'failure', message })),
      }
