import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebApi } from './api/dispatch.ts'
import type { ResponseUrls } from './deliver/response-urls.ts'
import type { SocketDelivery } from './deliver/socket-delivery.ts'
import { BodyTooLarge, readBody, sendJson, sendText } from './http.ts'
import type { PageRoutes } from './page-routes.ts'
import type { Workspace } from './workspace.ts'

/** The parts behind the one HTTP listener. */
export type Routes = {
  readonly workspace: Workspace
  readonly api: WebApi
  readonly responseUrls: ResponseUrls
  readonly sockets: SocketDelivery
  readonly page: PageRoutes
}

/** Listens on the loopback interface only; port 0 takes a free one. */
export async function listen(routes: Routes, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    route(routes, request, response).catch((error: unknown) => {
      const status = error instanceof BodyTooLarge ? 413 : 500
      if (!response.headersSent) sendText(response, status, String(error))
      else response.destroy()
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.startsWith('/link/') === true) routes.sockets.upgrade(request, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}

async function route(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local')
  const path = url.pathname
  if (path.startsWith('/api/')) return callApi(routes, request, response, path.slice('/api/'.length), url)
  if (path.startsWith('/response/') && request.method === 'POST') {
    const { status, body } = routes.responseUrls.handle(path, (await readBody(request)).toString())
    return sendText(response, status, body)
  }
  if (path.startsWith('/upload/') && request.method === 'POST') return upload(routes, request, response, path)
  if (path.startsWith('/files/')) return download(routes, response, path)
  const link = /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(path)
  if (link !== null) {
    response.writeHead(302, { location: `/#${link[1]}/${link[2]}.${link[3]}` })
    return void response.end()
  }
  if (await routes.page.handle(request, response, path, url.searchParams)) return
  sendText(response, 404, 'not found')
}

async function callApi(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  url: URL,
): Promise<void> {
  const reply = await routes.api.handle({
    method,
    httpMethod: request.method ?? 'GET',
    query: url.search.slice(1),
    contentType: request.headers['content-type'] ?? '',
    authorization: request.headers.authorization ?? '',
    body: (await readBody(request)).toString(),
  })
  if (reply.kind === 'cut') return void response.destroy()
  sendJson(response, reply.status, reply.body, reply.headers)
}

async function upload(routes: Routes, request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const known = routes.workspace.files.get(path.slice('/upload/'.length))
  if (known === undefined) return sendText(response, 404, 'no such upload')
  const body = await readBody(request)
  const bytes = await fileBytes(request.headers['content-type'] ?? '', body)
  if (bytes === undefined || bytes.length === 0) return sendText(response, 400, 'no file in the body')
  routes.workspace.files.set(known.file.id, { file: { ...known.file, size: bytes.length }, bytes })
  sendText(response, 200, `OK - ${bytes.length}`)
}

/** Uploads come raw or as the one file of a multipart form. */
async function fileBytes(contentType: string, body: Buffer): Promise<Uint8Array | undefined> {
  if (!contentType.startsWith('multipart/form-data')) return body
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData()
  for (const value of form.values()) {
    if (typeof value !== 'string') return new Uint8Array(await value.arrayBuffer())
  }
  return undefined
}

function download(routes: Routes, response: ServerResponse, path: string): void {
  const known = routes.workspace.files.get(path.split('/')[2] ?? '')
  if (known === undefined || known.bytes.length === 0) {
    sendText(response, 404, 'not found')
    return
  }
  const safe = known.file.mimetype.startsWith('image/') ? known.file.mimetype : 'text/plain; charset=utf-8'
  response.writeHead(200, {
    'content-type': safe,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'x-content-type-options': 'nosniff',
  })
  response.end(known.bytes)
}
