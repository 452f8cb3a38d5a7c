import type { IncomingMessage } from 'node:http'

/** A body, or why there is none: over the limit, too slow, or cut off by the other side. */
export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'cut' }

/**
 * Reads a request's body, counting while it streams: never more than `limit` bytes are kept, whatever the headers say, and
 * never longer than `ms`. What is over the limit is thrown away as it comes, so that the answer can still be sent.
 */
export const readBody = (request: IncomingMessage, limit: number, ms: number): Promise<Body> => {
  const declared = Number(request.headers['content-length'] ?? '0')
  if (declared > limit) return Promise.resolve({ kind: 'too-large' })
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = setTimeout(() => end({ kind: 'too-slow' }), ms)
    const end = (body: Body) => {
      clearTimeout(timer)
      request.off('data', onData)
      resolve(body)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) end({ kind: 'too-large' })
      else chunks.push(chunk)
    }
    request.on('data', onData)
    request.once('end', () => end({ kind: 'body', bytes: Buffer.concat(chunks, size) }))
    request.once('error', () => end({ kind: 'cut' }))
    request.once('close', () => end({ kind: 'cut' }))
  })
}
