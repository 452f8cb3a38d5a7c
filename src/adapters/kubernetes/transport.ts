import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { createGunzip, gunzip } from 'node:zlib'
import type { KubeContext } from './kubeconfig.ts'

/** One request, exact: `path` with its query as it goes on the wire. `deadline` in milliseconds covers all of it. */
export type WireRequest = {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly deadline: number
  readonly signal?: AbortSignal
  readonly maxBytes?: number
  /** What takes the body of an answer with status 200 as it comes, by its content type; that answer's body is empty then. */
  readonly into?: (contentType: string) => ((chunk: Uint8Array) => void) | undefined
  /** Looks at the connection before the first byte is sent; a message refuses, and nothing was sent. */
  readonly inspect?: (peer: Peer) => string | undefined
}

/** An answer. Redirects are answers too: nothing is ever followed. */
export type WireResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly peer: Peer
}

/** Who is at the other end of a connection: `socket` is a number that is equal for requests on the same connection. */
export type Peer = { readonly socket: number; readonly caSpki: string | undefined }

/** How a request failed. `sent` is false only when surely no byte of it left. */
export class TransportError extends Error {
  readonly reason: 'timeout' | 'unreachable' | 'tls' | 'aborted' | 'truncated' | 'too-large' | 'refused'
  readonly sent: boolean
  constructor(reason: TransportError['reason'], message: string, sent: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransportError'
    this.reason = reason
    this.sent = sent
  }
}

/** A connection that was taken over by the server's agreement, and what had come on it already. */
export type Upgraded = { readonly kind: 'upgraded'; readonly socket: Duplex; readonly head: Uint8Array }

/** A keep-alive connection pool to one API server. */
export type Transport = {
  readonly request: (request: WireRequest) => Promise<WireResponse>
  /** A GET that becomes a stream of frames where the server agrees; its answer where it does not. Nothing is sent on it. */
  readonly upgrade: (
    request: Omit<WireRequest, 'method' | 'body'>,
    protocol: string,
  ) => Promise<WireResponse | Upgraded>
  /** A GET whose answer goes on: resolves with its head. The deadline is for that; the signal ends the rest. */
  readonly stream: (request: Omit<WireRequest, 'method' | 'body' | 'maxBytes'>) => Promise<IncomingMessage>
  readonly close: () => void
}

const unzip = promisify(gunzip)
const peers = new WeakMap<TLSSocket, Peer>()
let sockets = 0

/**
 * Opens a transport for a context. TLS is always verified; credentials are asked for anew for each request, so that tokens
 * refresh. `maxSockets` 1 keeps a check and the write that follows it on one connection.
 */
export const openTransport = (context: KubeContext, maxSockets = 6): Transport => {
  // A resumed session shows no chain of certificates, so the CA would be told from the wrong one: each handshake is whole.
  const agent = new Agent({ keepAlive: true, maxSockets, scheduling: 'lifo', maxCachedSessions: 0 })
  const server = new URL(context.server)
  const base = server.pathname.replace(/\/$/, '')
  const options = async (wire: WireRequest): Promise<RequestOptions> => {
    const { agent: proxy, ...credentials } = await withDeadline(context.credentials(), wire.deadline)
    return {
      ...credentials,
      agent: context.proxied ? proxy : agent,
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port === '' ? 443 : Number(server.port),
      method: wire.method,
      path: `${base}${wire.path}`,
      rejectUnauthorized: true,
      headers: {
        'user-agent': 'cluster-doctor',
        'accept-encoding': isLoopback(server.hostname) ? 'identity' : 'gzip',
        ...(credentials.headers as Record<string, string> | undefined),
        ...wire.headers,
        ...(wire.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(wire.body)) }),
      },
    }
  }
  return {
    request: async (wire) => {
      const answer = await send(wire, await options(wire))
      if ('kind' in answer) throw new TransportError('refused', 'the server changed the protocol unasked', true)
      return answer
    },
    upgrade: async (wire, protocol) => {
      const asked: WireRequest = { ...wire, method: 'GET', headers: { ...wire.headers, ...handshake(protocol) } }
      return send(asked, await options(asked))
    },
    stream: async (wire) => openStream(wire, await options({ ...wire, method: 'GET' })),
    close: () => agent.destroy(),
  }
}

/** The client's half of a WebSocket handshake (RFC 6455). */
const handshake = (protocol: string): Readonly<Record<string, string>> => ({
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': randomBytes(16).toString('base64'),
  'sec-websocket-protocol': protocol,
})

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || host.startsWith('127.')

const withDeadline = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TransportError('timeout', `credentials did not arrive within ${ms} ms`, false)),
      ms,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const send = (wire: WireRequest, options: RequestOptions): Promise<WireResponse | Upgraded> =>
  new Promise((resolve, reject) => {
    let sent = false
    const deadline = AbortSignal.timeout(wire.deadline)
    const signal = wire.signal === undefined ? deadline : AbortSignal.any([deadline, wire.signal])
    const request = httpsRequest({ ...options, signal })
    request.on('upgrade', (_, socket, head) => resolve({ kind: 'upgraded', socket, head }))
    const fail = (cause: unknown) => reject(asTransportError(cause, deadline, sent, wire.deadline))
    request.on('error', fail)
    request.on('response', (response) => {
      const peer = peerOf(response.socket as TLSSocket)
      const taker = response.statusCode === 200 ? wire.into?.(response.headers['content-type'] ?? '') : undefined
      readBody(response, wire.maxBytes ?? 512_000_000, taker).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: flatHeaders(response), body, peer }),
        fail,
      )
    })
    request.on('socket', (socket) => {
      const tls = socket as TLSSocket
      const start = () => {
        const objection = wire.inspect?.(peerOf(tls))
        if (objection !== undefined) {
          request.destroy(new TransportError('refused', objection, false))
          return
        }
        sent = true
        request.end(wire.body)
      }
      if (tls.connecting || !tls.authorized) tls.once('secureConnect', start)
      else start()
    })
  })

const openStream = (
  { deadline: ms, signal }: Pick<WireRequest, 'deadline' | 'signal'>,
  options: RequestOptions,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = httpsRequest({ ...options, ...(signal === undefined ? {} : { signal }) })
    const late = setTimeout(() => request.destroy(new TransportError('timeout', `no answer within ${ms} ms`, true)), ms)
    request.once('response', (response) => {
      clearTimeout(late)
      resolve(response)
    })
    request.on('error', (cause) => {
      clearTimeout(late)
      reject(asTransportError(cause, AbortSignal.any([]), true, ms))
    })
    request.end()
  })

const peerOf = (socket: TLSSocket): Peer => {
  const known = peers.get(socket)
  if (known !== undefined) return known
  sockets += 1
  const peer = { socket: sockets, caSpki: caSpki(socket) }
  peers.set(socket, peer)
  return peer
}

/** SHA-256 of the public key of the CA that vouches for the server: the top of the verified chain. */
const caSpki = (socket: TLSSocket): string | undefined => {
  let certificate = socket.getPeerCertificate?.(true)
  if (certificate === undefined || certificate.raw === undefined) return undefined
  for (let depth = 0; depth < 8; depth += 1) {
    const issuer = certificate.issuerCertificate
    if (issuer === undefined || issuer === certificate || issuer.raw === undefined) break
    certificate = issuer
  }
  const key = new X509Certificate(certificate.raw).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('hex')
}

const readBody = async (
  response: IncomingMessage,
  maxBytes: number,
  taker?: (chunk: Uint8Array) => void,
): Promise<Uint8Array> => {
  if (taker !== undefined) {
    if (response.headers['content-encoding'] !== 'gzip') await readChunks(response, response, maxBytes, taker)
    else await readChunks(response, response.pipe(createGunzip()), maxBytes, taker)
    return new Uint8Array()
  }
  const chunks: Buffer[] = []
  await readChunks(response, response, maxBytes, (chunk) => void chunks.push(chunk))
  const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  if (response.headers['content-encoding'] !== 'gzip') return body
  try {
    return await unzip(body, { maxOutputLength: maxBytes })
  } catch (cause) {
    throw new TransportError('truncated', 'the answer is not whole gzip, or too large', true, { cause })
  }
}

/** Hands on chunks as they come: reading by iteration would join what has piled up, and then all of it once more. */
const readChunks = async (
  response: IncomingMessage,
  source: Readable,
  maxBytes: number,
  take: (chunk: Buffer) => void,
): Promise<void> => {
  let size = 0
  await new Promise<void>((resolve, reject) => {
    source.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxBytes) {
        reject(new TransportError('too-large', `the answer is larger than ${maxBytes} bytes`, true))
        response.destroy()
      } else take(chunk)
    })
    const early = (cause?: unknown) =>
      reject(new TransportError('truncated', 'the answer ended early', true, { cause }))
    source.once('end', resolve)
    response.once('error', reject)
    if (source !== response) source.once('error', early)
    response.once('close', () => (response.complete ? undefined : early()))
  })
  if (!response.complete) throw new TransportError('truncated', 'the answer ended early', true)
}

const flatHeaders = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )

const asTransportError = (cause: unknown, deadline: AbortSignal, sent: boolean, ms: number): TransportError => {
  if (cause instanceof TransportError) return cause
  const { code = '', message = String(cause) } = cause as { code?: string; message?: string }
  if (deadline.aborted) return new TransportError('timeout', `no answer within ${ms} ms`, sent, { cause })
  if (code === 'ABORT_ERR') return new TransportError('aborted', 'the work was cancelled', sent, { cause })
  if (/CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS/.test(code))
    return new TransportError('tls', `the server's certificate was not accepted (${code})`, false, { cause })
  if (code === 'ECONNRESET' || /aborted|hang up/.test(message))
    return new TransportError('truncated', 'the connection was closed early', sent, { cause })
  return new TransportError('unreachable', `the API server cannot be reached (${code || message})`, sent, { cause })
}
