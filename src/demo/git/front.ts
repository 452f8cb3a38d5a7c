import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readBody } from '../slack/http.ts'
import { sendPage, text } from '../web-page.ts'
import type { Actions } from './actions/api.ts'
import type { PullRequest } from './pull-requests.ts'
import { sendRunPage } from './run-page.ts'

/** What stands in front of the GitHub API: pages for people, and a look at every write. */
export type FrontOptions = {
  /** The API behind. */
  readonly upstream: () => string
  readonly repository: string
  readonly pullRequests: () => readonly PullRequest[]
  /** What a reviewer does with the buttons of a page. */
  readonly review: (number: number, what: 'merge' | 'close') => Promise<void>
  /** Answers a request of the Actions API itself; false where it is none. */
  readonly actions: Pick<Actions, 'handle' | 'runs'>
  /** Called after each request that may have changed something; resolves once the pages show it. */
  readonly written: () => Promise<void>
}

/** A server with GitHub's pull request pages; every other request goes to the API as it came. */
export const createFront = (options: FrontOptions): Server =>
  createServer((request, response) => {
    const page = new RegExp(`^/${options.repository}/pull/(\\d+)$`).exec(request.url ?? '')
    if (page !== null && request.method === 'GET') {
      const found = options.pullRequests().find((pull) => pull.number === Number(page[1]))
      sendPage(
        response,
        found === undefined ? 404 : 200,
        found?.title ?? 'Not found',
        found === undefined ? '' : body(found),
      )
      return
    }
    const pressed = new RegExp(`^/${options.repository}/pull/(\\d+)/(merge|close)$`).exec(request.url ?? '')
    if (pressed !== null && request.method === 'POST') {
      press(options, request, response, Number(pressed[1]), pressed[2] as 'merge' | 'close').catch((error: unknown) =>
        sendPage(response, 409, 'Not done', `<p>${text(String(error))}</p>`),
      )
      return
    }
    const run = new RegExp(`^/${options.repository}/actions/runs/(\\d+)$`).exec(request.url ?? '')
    if (run !== null && request.method === 'GET') {
      const found = options.actions.runs.find(({ id }) => id === Number(run[1]))
      sendRunPage(response, found)
      return
    }
    if (options.actions.handle(request, response)) return
    forward(options, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(502)
      response.end(String(error))
    })
  })

const body = (pull: PullRequest): string =>
  `<p><b class="${pull.state}">${pull.state}</b> · #${pull.number} by ${text(pull.author)} from <code>${text(pull.branch)}</code></p>
<pre style="white-space:pre-wrap">${text(pull.body)}</pre><h2>Files changed</h2><pre>${text(pull.diff)}</pre>
${pull.state === 'open' ? buttons(pull) : ''}`

const buttons = ({ number }: PullRequest): string =>
  (['merge', 'close'] as const)
    .map(
      (what) =>
        `<form method="post" action="${number}/${what}" style="display:inline"><button>${what === 'merge' ? 'Merge pull request' : 'Close pull request'}</button></form> `,
    )
    .join('')

/** Only the page itself may press its buttons, never another page that is open in the browser. */
const press = async (
  options: FrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
  number: number,
  what: 'merge' | 'close',
): Promise<void> => {
  if (request.headers.origin !== `http://${request.headers.host}`) {
    sendPage(response, 403, 'Not from here', '')
    return
  }
  request.resume()
  await options.review(number, what)
  await options.written()
  response.writeHead(303, { location: `/${options.repository}/pull/${number}` })
  response.end()
}

const forward = async (options: FrontOptions, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const method = request.method ?? 'GET'
  const read = method === 'GET' || method === 'HEAD'
  const sent = read ? undefined : await readBody(request)
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined || hop.has(name) ? [] : [[name, String(value)] as [string, string]],
  )
  const answer = await fetch(`${options.upstream()}${request.url ?? '/'}`, {
    method,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
    ...(sent === undefined || sent.length === 0 ? {} : { body: new Uint8Array(sent) }),
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const passed = [...answer.headers].filter(([name]) => !hop.has(name) && name !== 'content-encoding')
  response.writeHead(answer.status, Object.fromEntries(passed))
  response.end(bytes)
  if (!read) void options.written()
}

/** Headers that belong to one connection, not to the message. */
const hop = new Set(['connection', 'content-length', 'host', 'keep-alive', 'transfer-encoding', 'upgrade'])
