import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Json } from './model.ts'

/** Bodies over this many bytes are refused with 413. */
const MAX_BODY = 20_000_000

/** The whole body of a request. Throws where it is over the limit. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    size += (part as Buffer).length
    if (size > MAX_BODY) throw new BodyTooLarge()
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}

/** The request sent more than the server takes. */
export class BodyTooLarge extends Error {}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: Json,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

/** Answers with plain text. */
export function sendText(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(body)
}

/** An open stream of server-sent events; `close` ends it from this side. */
export type EventStream = { send(name: string, data: unknown): void; close(): void }

/** Turns a response into a stream of server-sent events and calls `ended` once the reader is gone. */
export function openEventStream(response: ServerResponse, ended: () => void): EventStream {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  })
  response.write(': open\n\n')
  const beat = setInterval(() => response.write(': beat\n\n'), 15_000)
  beat.unref()
  response.on('close', () => {
    clearInterval(beat)
    ended()
  })
  return {
    send: (name, data) => void response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
    close: () => void response.end(),
  }
}

/** True where a browser page of another origin, or a rebound host name, sent this. Tools without an Origin header pass. */
export function isForeign(request: IncomingMessage): boolean {
  const host = request.headers.host ?? ''
  const name = host.replace(/:\d+$/, '')
  if (name !== '127.0.0.1' && name !== 'localhost' && name !== '[::1]') return true
  const { origin } = request.headers
  return origin !== undefined && origin !== `http://${host}`
}
