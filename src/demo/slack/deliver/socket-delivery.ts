import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { isObject } from '../api/arguments.ts'
import type { AppReply, AppRequest, Delivery } from './delivery.ts'

/** Why Slack asks a socket to go: it is about to be replaced, is being replaced, or Socket Mode was switched off. */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled'

/** Socket Mode: any number of connections up to ten; each request goes to one of them. */
export type SocketDelivery = Delivery & {
  /** A path with a single-use ticket, good for thirty seconds. */
  ticket(): string
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  connections(): number
  disconnect(reason: DisconnectReason): void
  /** Says goodbye to every socket, and cuts those that do not answer within a quarter of a second. */
  close(): Promise<void>
}

const MAX_SOCKETS = 10
const TICKET_MS = 30_000
const PING_MS = 10_000

/** Socket Mode for one app. `ackMs` is Slack's patience: 3,000. */
export function socketDelivery(appId: string, ackMs: number): SocketDelivery {
  const server = new WebSocketServer({ noServer: true })
  const tickets = new Map<string, number>()
  const open: WebSocket[] = []
  const waiting = new Map<string, (body: unknown) => void>()
  let turn = 0

  const accept = (socket: WebSocket): void => {
    open.push(socket)
    const ping = setInterval(() => socket.ping('Ping from Slack'), PING_MS)
    ping.unref()
    socket.on('close', () => {
      clearInterval(ping)
      open.splice(open.indexOf(socket), 1)
    })
    // A broken peer closes next; the close handler is what matters.
    socket.on('error', () => socket.terminate())
    socket.on('message', (data) => acknowledge(String(data), waiting))
    socket.send(hello(appId, open.length))
  }

  return {
    ticket() {
      const ticket = crypto.randomUUID()
      tickets.set(ticket, performance.now())
      return `/link/?ticket=${ticket}&app_id=${appId}`
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://local').searchParams.get('ticket') ?? ''
      const issued = tickets.get(ticket)
      tickets.delete(ticket)
      if (issued === undefined || performance.now() - issued > TICKET_MS) return refuse(socket, '401 Unauthorized')
      if (open.length >= MAX_SOCKETS) return refuse(socket, '429 Too Many Requests')
      server.handleUpgrade(request, socket, head, accept)
    },
    connections: () => open.length,
    send(request) {
      const ready = open.filter((socket) => socket.readyState === socket.OPEN)
      const socket = ready[turn++ % Math.max(1, ready.length)]
      if (socket === undefined) return Promise.resolve({ kind: 'unreachable', reason: 'no socket is connected' })
      return deliver(socket, request, waiting, ackMs)
    },
    disconnect(reason) {
      for (const socket of [...open]) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'local' } }))
        if (reason !== 'warning') setTimeout(() => socket.close(), 200).unref()
      }
    },
    async close() {
      const gone = open.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())))
      for (const socket of [...open]) {
        socket.close(1001)
        setTimeout(() => socket.terminate(), 250).unref()
      }
      await Promise.all(gone)
      server.close()
    },
  }
}

function hello(appId: string, count: number): string {
  return JSON.stringify({
    type: 'hello',
    num_connections: count,
    connection_info: { app_id: appId },
    debug_info: {
      host: 'local',
      started: new Date().toISOString(),
      build_number: 1,
      approximate_connection_time: 18_060,
    },
  })
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
}

function acknowledge(data: string, waiting: Map<string, (body: unknown) => void>): void {
  let message: unknown
  try {
    message = JSON.parse(data)
  } catch {
    // Slack ignores what it cannot read; the request then runs into its deadline.
    return
  }
  if (!isObject(message)) return
  const id = String(message['envelope_id'])
  waiting.get(id)?.(message['payload'])
  waiting.delete(id)
}

function deliver(
  socket: WebSocket,
  request: AppRequest,
  waiting: Map<string, (body: unknown) => void>,
  ackMs: number,
): Promise<AppReply> {
  const id = crypto.randomUUID()
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      waiting.delete(id)
      resolve({ kind: 'timeout' })
    }, ackMs)
    waiting.set(id, (body) => {
      clearTimeout(timer)
      resolve({ kind: 'ack', body: isObject(body) && Object.keys(body).length === 0 ? '' : body })
    })
    socket.send(
      JSON.stringify({
        envelope_id: id,
        type: request.kind,
        payload: request.body,
        accepts_response_payload: request.kind !== 'events_api',
        ...(request.kind === 'events_api'
          ? { retry_attempt: request.retry?.num ?? 0, retry_reason: request.retry?.reason ?? '' }
          : {}),
      }),
    )
  })
}
