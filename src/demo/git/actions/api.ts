import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ActedRun, jobText } from './model.ts'
import { type Answer, answerTo, notFound } from './routes.ts'
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

/** Simulates the Actions API as GitHub documents it: tokens, pages of at most 100, ETags, the hourly limit, logs by redirect. */
export const startActions = async (options: Options): Promise<Actions> => {
  const { repository, perHour = 5_000 } = options
  const storage = await startLogStorage()
  const runs = new Map<number, ActedRun>()
  let used = 0

  const answered = (url: URL): Answer | undefined =>
    answerTo(url.pathname.slice(`/repos/${repository}/`.length), url.searchParams, {
      origin: options.origin(),
      repository,
      runs: [...runs.values()],
      signed: (job) => {
        storage.keep(`job-${job.id}`, jobText(job))
        return storage.sign(`job-${job.id}`)
      },
    })

  const handle = (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = new URL(request.url ?? '/', 'http://api')
    if (request.method !== 'GET' || !url.pathname.startsWith(`/repos/${repository}/`)) return false
    const found = answered(url)
    if (found === undefined) return false
    request.resume()
    const who = asker(request.headers.authorization, options.tokens)
    const allowed = who === 'known' ? (used < perHour ? found : tooMany) : who === 'unknown' ? badToken : notFound
    const body = allowed.location === undefined ? JSON.stringify(allowed.body) : ''
    const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`
    const same = allowed.status === 200 && request.headers['if-none-match'] === etag
    if (who === 'known' && !same && used < perHour) used += 1
    response.writeHead(same ? 304 : allowed.status, {
      'content-type': 'application/json; charset=utf-8',
      'x-ratelimit-limit': String(perHour),
      'x-ratelimit-remaining': String(perHour - used),
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

const tooMany: Answer = { status: 403, body: { message: 'API rate limit exceeded' } }
const badToken: Answer = { status: 401, body: { message: 'Bad credentials' } }

/** Who asks: somebody with a token that is known here, with another, or with none. */
const asker = (header: string | undefined, tokens: readonly string[]): 'known' | 'unknown' | 'nobody' => {
  const token = /^(?:bearer|token) (\S+)$/i.exec(header ?? '')?.[1]
  return token === undefined ? 'nobody' : tokens.includes(token) ? 'known' : 'unknown'
}
