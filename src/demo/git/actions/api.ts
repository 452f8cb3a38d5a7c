import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ActedJob, type ActedRun, jobJson, jobText, runJson } from './model.ts'
import { type LogStorage, startLogStorage } from './storage.ts'

/** GitHub Actions of one repository: runs, jobs and logs, to be read. */
export type Actions = {
  /** Answers the request where it is one of this API; false where it is not. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** Adds a run, or puts it in the place of the one with its id. */
  put(run: ActedRun): void
  readonly runs: readonly ActedRun[]
  readonly storage: LogStorage
  /** How many requests counted against the limit of an hour; unchanged answers do not. */
  used(): number
  close(): Promise<void>
}

type Options = {
  readonly repository: string
  /** The tokens that may read it. Nobody else learns that it is there. */
  readonly tokens: readonly string[]
  /** The public address of the API. */
  readonly origin: () => string
  readonly perHour?: number
}

type Answer = { readonly status: number; readonly body: unknown; readonly location?: string }

const notFound: Answer = { status: 404, body: { message: 'Not Found' } }

/** Simulates the Actions API as GitHub documents it: tokens, pages of at most 100, ETags, the hourly limit, logs by redirect. */
export const startActions = async (options: Options): Promise<Actions> => {
  const storage = await startLogStorage()
  const runs = new Map<number, ActedRun>()
  const limit = options.perHour ?? 5_000
  let used = 0
  const root = `/repos/${options.repository}/`

  const answerTo = (path: string, query: URLSearchParams): Answer | undefined => {
    const parts = path.slice(root.length).split('/')
    const shape = parts.map((part) => (/^\d+$/.test(part) ? ':n' : part)).join('/')
    const run = runs.get(Number(parts[2]))
    const jobs = [...runs.values()].flatMap((one) => one.jobs)
    const of = (job: ActedJob | undefined, make: (found: ActedJob) => Answer) =>
      job === undefined ? notFound : make(job)
    switch (shape) {
      case 'actions/runs':
        return listed([...runs.values()], query)
      case 'actions/runs/:n':
        return run === undefined ? notFound : { status: 200, body: runJson(options.origin(), options.repository, run) }
      case 'actions/runs/:n/attempts/:n/jobs':
      case 'actions/runs/:n/jobs':
        return run === undefined || (parts[4] !== undefined && Number(parts[4]) !== run.attempt)
          ? notFound
          : { status: 200, body: { total_count: run.jobs.length, jobs: run.jobs.map((job) => jobJson(job, run)) } }
      case 'actions/jobs/:n/logs':
        return of(
          jobs.find(({ id }) => id === Number(parts[2])),
          logOf,
        )
      case 'check-runs/:n/annotations':
        return of(
          jobs.find(({ id }) => id === Number(parts[1])),
          (job) => ({
            status: 200,
            body: (job.remarks ?? []).map((message) => ({ path: '.github', annotation_level: 'failure', message })),
          }),
        )
      default: {
        const named = /^actions\/workflows\/([^/]+)\/runs$/.exec(path.slice(root.length))?.[1]
        if (named === undefined) return parts[0] === 'actions' ? notFound : undefined
        const mine = [...runs.values()].filter(
          ({ workflow }) => String(workflow.id) === named || workflow.path.endsWith(`/${decodeURIComponent(named)}`),
        )
        return mine.length === 0 ? notFound : listed(mine, query)
      }
    }
  }

  const listed = (all: readonly ActedRun[], query: URLSearchParams): Answer => {
    const wanted: readonly (readonly [string, (run: ActedRun) => string | null])[] = [
      ['branch', (run) => run.branch],
      ['head_sha', (run) => run.sha],
      ['event', (run) => run.event],
    ]
    const kept = all
      .filter((run) => wanted.every(([name, of]) => !query.has(name) || query.get(name) === of(run)))
      .filter(({ status, conclusion }) => [null, status, conclusion].includes(query.get('status')))
      .sort((a, b) => b.created - a.created || b.id - a.id)
    const size = Math.min(100, Math.max(1, Number(query.get('per_page') ?? 30) || 30))
    const page = Math.max(1, Number(query.get('page') ?? 1) || 1)
    const shown = kept.slice((page - 1) * size, page * size)
    return {
      status: 200,
      body: {
        total_count: kept.length,
        workflow_runs: shown.map((run) => runJson(options.origin(), options.repository, run)),
      },
    }
  }

  const logOf = (job: ActedJob): Answer => {
    if (job.log === 'none') return notFound
    if (job.log === 'expired') return { status: 410, body: { message: 'Server Error: log expired' } }
    storage.keep(`job-${job.id}`, jobText(job))
    return { status: 302, body: '', location: storage.sign(`job-${job.id}`) }
  }

  const handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = new URL(request.url ?? '/', 'http://api')
    if (request.method !== 'GET' || !url.pathname.startsWith(root)) return false
    const found = answerTo(url.pathname, url.searchParams)
    if (found === undefined || (found.status === 404 && url.pathname.includes('/check-runs/'))) return false
    request.resume()
    const token = /^(?:bearer|token) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const known = token !== undefined && options.tokens.includes(token)
    const allowed: Answer = known
      ? used >= limit
        ? { status: 403, body: { message: 'API rate limit exceeded' } }
        : found
      : { ...(token === undefined ? notFound : { status: 401, body: { message: 'Bad credentials' } }) }
    const body = allowed.location === undefined ? JSON.stringify(allowed.body) : ''
    const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`
    const same = allowed.status === 200 && request.headers['if-none-match'] === etag
    if (known && !same && used < limit) used += 1
    response.writeHead(same ? 304 : allowed.status, {
      'content-type': 'application/json; charset=utf-8',
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(limit - used),
      'x-ratelimit-reset': String(Math.floor(Date.now() / 1_000) + 3_600),
      ...(allowed.status === 200 ? { etag } : {}),
      ...(allowed.location === undefined ? {} : { location: allowed.location }),
    })
    response.end(same ? '' : body)
    return true
  }

  return {
    handle,
    put: (run) => void runs.set(run.id, run),
    get runs() {
      return [...runs.values()]
    },
    storage,
    used: () => used,
    close: () => storage.close(),
  }
}
