import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzip } from 'node:zlib'
import { ApiError, type Status } from '../registry/errors.ts'

/** A complete answer. */
export type Reply = {
  readonly code: number
  readonly type: string
  readonly body: Buffer | readonly Buffer[]
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer that is one JSON document. */
export function json(code: number, value: unknown, headers?: Readonly<Record<string, string>>): Reply {
  const body = Buffer.from(JSON.stringify(value))
  return { code, type: 'application/json', body, ...(headers === undefined ? {} : { headers }) }
}

/** An answer whose JSON is already written. */
export function jsonBytes(code: number, body: Buffer | readonly Buffer[]): Reply {
  return { code, type: 'application/json', body }
}

/** A plain text answer. */
export function text(code: number, body: string): Reply {
  return { code, type: 'text/plain; charset=utf-8', body: Buffer.from(body) }
}

/** An ApiError as its Status; anything else as the 500 that a panic of a real server is. */
export function errorReply(error: unknown): Reply {
  if (error instanceof ApiError) {
    const retry = error.status.details?.retryAfterSeconds
    return json(error.code, error.status, retry === undefined ? undefined : { 'Retry-After': String(retry) })
  }
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: String(error instanceof Error ? error.stack : error),
    reason: 'InternalError',
    code: 500,
  }
  return json(500, status)
}

/** Writes the answer; compresses bodies over 128 KiB where the client takes gzip, as the real server does. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  warnings: readonly string[],
): void {
  const parts: readonly Buffer[] = Buffer.isBuffer(reply.body) ? [reply.body] : reply.body
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  response.statusCode = reply.code
  if (reply.type !== '') response.setHeader('Content-Type', reply.type)
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value)
  if (warnings.length > 0)
    response.setHeader(
      'Warning',
      warnings.map((warning) => `299 - ${JSON.stringify(warning)}`),
    )
  const zips = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  if (zips && size > 128 * 1024) {
    gzip(Buffer.concat(parts), { level: 1 }, (error, packed) => {
      if (error !== null) {
        response.destroy(error)
        return
      }
      response.setHeader('Content-Encoding', 'gzip')
      response.setHeader('Vary', 'Accept-Encoding')
      response.setHeader('Content-Length', packed.length)
      response.end(packed)
    })
    return
  }
  response.setHeader('Content-Length', size)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  response.end(parts.length === 1 ? parts[0] : Buffer.concat(parts))
}
