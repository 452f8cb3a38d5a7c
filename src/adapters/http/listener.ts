import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { readBody } from './body.ts'

/** One request as routes see it: lower-case headers, those sent twice left out; `at` is when it came, ms since the epoch. */
export type HttpRequest = {
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  readonly at: number
}

/** What goes back. `body` that is no text goes as JSON. Never holds a stack trace. */
export type HttpAnswer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Readonly<Record<string, unknown>>
}

/** A path with the one method it takes. A route that throws answers 500 without saying why. */
export type Route = {
  readonly method: 'GET' | 'POST'
  handle(request: HttpRequest): Promise<HttpAnswer>
}

/** A listener that is up. */
export type Listener = {
  readonly url: string
  /** Takes no new connections from now on and resolves when the running answers are out, at most `graceMs` later. */
  close(graceMs: number): Promise<void>
}

/** No body larger than this is read, in bytes. */
export const bodyLimit = 256 * 1024

/**
 * The one listener of the app: exact paths, bodies of at most 256 KB read within 10 s, 404 for unknown paths, 405 for other
 * methods. `seen` is told of each answer for the metrics.
 */
export const startListener = async (options: {
  readonly host: string
  readonly port: number
  readonly routes: ReadonlyMap<string, Route>
  readonly seen?: (path: string, status: number, ms: number) => void
  readonly fault?: (path: string, error: unknown) => void
}): Promise<Listener> => {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 20_000, maxHeaderSize: 16 * 1024 },
    (req, res) => {
      const begin = performance.now()
      answer(req, options.routes, options.fault)
        .then(({ path, reply }) => {
          send(req, res, reply)
          options.seen?.(path, reply.status, performance.now() - begin)
        })
        .catch(() => res.destroy())
    },
  )
  server.on('clientError', (_error, socket: Socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return { url: `http://${host}:${port}`, close: (graceMs) => close(server, graceMs) }
}

const answer = async (
  request: IncomingMessage,
  routes: ReadonlyMap<string, Route>,
  fault: (path: string, error: unknown) => void = () => undefined,
): Promise<{ readonly path: string; readonly reply: HttpAnswer }> => {
  const at = Date.now()
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const route = routes.get(path)
  if (route === undefined) return { path: 'other', reply: { status: 404, body: { error: 'not found' } } }
  const method = request.method === 'HEAD' ? 'GET' : request.method
  if (method !== route.method)
    return { path, reply: { status: 405, headers: { allow: route.method }, body: { error: 'method not allowed' } } }
  const body = route.method === 'GET' ? empty : await readBody(request, bodyLimit, 10_000)
  if (body.kind === 'too-large')
    return { path, reply: { status: 413, body: { error: `the body is over ${bodyLimit} bytes` } } }
  if (body.kind === 'too-slow') return { path, reply: { status: 408, body: { error: 'the body took too long' } } }
  if (body.kind === 'cut') return { path, reply: { status: 400, body: { error: 'the body was cut off' } } }
  try {
    return { path, reply: await route.handle({ path, headers: single(request), body: body.bytes, at }) }
  } catch (error) {
    fault(path, error)
    return { path, reply: { status: 500, body: { error: 'something went wrong here; it is in the log' } } }
  }
}

const empty = { kind: 'body', bytes: Buffer.alloc(0) } as const

/** A header that was sent twice could be read two ways, so it counts as not sent. */
const single = (request: IncomingMessage): HttpRequest['headers'] =>
  Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [
      name,
      values?.length === 1 ? values[0] : undefined,
    ]),
  )

const send = (request: IncomingMessage, response: ServerResponse, reply: HttpAnswer): void => {
  if (response.destroyed || response.headersSent) return
  const text = typeof reply.body === 'string' ? reply.body : reply.body === undefined ? '' : JSON.stringify(reply.body)
  const type = typeof reply.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
  // A body that was not read to its end would be taken for the next request.
  const cut = !request.complete && request.method === 'POST'
  response.writeHead(reply.status, {
    ...(text === '' ? {} : { 'content-type': type }),
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...(cut ? { connection: 'close' } : {}),
    ...reply.headers,
  })
  response.end(request.method === 'HEAD' ? undefined : text)
  if (!cut) return
  // Whoever is still sending reads the answer only afterwards, so what comes is thrown away for a moment.
  request.resume()
  setTimeout(() => request.socket.destroy(), 1_000).unref()
}

const close = async (server: Server, graceMs: number): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  let timer: NodeJS.Timeout | undefined
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, graceMs)
  })
  await Promise.race([closed, grace])
  clearTimeout(timer)
  server.closeAllConnections()
}
