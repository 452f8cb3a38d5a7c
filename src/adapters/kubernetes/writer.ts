import type { WriteRequest } from '../../domain/change.ts'
import { type ClusterIdentity, identityMismatch } from '../../domain/cluster.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { redact } from '../../domain/redact.ts'
import type { WritePermit } from '../../policy/permit.ts'
import type { ClusterWriter, DryRun, WriteResult } from '../../ports.ts'
import { canI } from './access.ts'
import { readCommand } from './exec.ts'
import { identify } from './identity.ts'
import type { KubeContext } from './kubeconfig.ts'
import { PinViolation, pinnedPath } from './pin.ts'
import { get, list } from './reader.ts'
import { parseObject, parseStatus } from './reads.ts'
import { openTransport, type Peer, type Transport, TransportError, type WireResponse } from './transport.ts'

/** Deadline of a dry run, in milliseconds: webhooks may take their time. */
const rehearsalDeadline = 15_000

/** Deadline of a write, in milliseconds. One without an answer by then is read back, so waiting longer would tell nothing more. */
export const writeDeadline = 5_000

/** The identity on the writing connection is at most this old when the write leaves, in milliseconds. */
const identityAge = 5_000

/**
 * The writing half of a cluster, on one connection. Without a permit it reads and rehearses (`dryRun=All`); with one it sends
 * exactly the pinned bytes of that plan, on a connection whose identity was confirmed just before. Nothing is ever retried.
 */
export const openWriter = (context: KubeContext): ClusterWriter & { readonly close: () => void } => {
  const transport = openTransport(context, 1)
  return {
    name: context.name,
    get: (ref, signal) => get(transport, ref, signal),
    list: (type, options) => list(transport, type, options),
    canI: (access, signal) => canI(transport, access, signal),
    identify: async (signal) => (await identify(transport, context.name, context.server, signal)).identity,
    dryRun: (request, target, signal) => dryRun(transport, request, target, signal),
    write: (permit) => write(transport, context, permit),
    close: transport.close,
  }
}

const dryRun = async (
  transport: Transport,
  request: WriteRequest,
  target: ObjectRef,
  signal?: AbortSignal,
): Promise<DryRun> => {
  if (request.method === 'GET') {
    pinnedPath(request)
    return { kind: 'cannot-preview', message: 'what a command does cannot be rehearsed' }
  }
  const { sent, path } = rehearsal(request)
  const before = await get(transport, target, signal)
  if (before.kind === 'unreadable') return before
  const response = await send(transport, sent, path, signal).catch((error: unknown) => {
    if (error instanceof TransportError) return error
    throw error
  })
  if (response instanceof TransportError)
    return { kind: 'unreadable', reason: response.reason, message: response.message }
  const status = parseStatus(response)
  if (response.status >= 300) {
    const message = status?.message ?? `the API server answered ${response.status}`
    if (response.status === 400 && /dry.?run|side effect/i.test(message)) return { kind: 'cannot-preview', message }
    // A field that an apply has and the kind has not is answered with 500, and is a no all the same.
    if (response.status >= 500 && !message.startsWith('failed to create typed patch object'))
      return { kind: 'unreadable', reason: 'unreachable', message }
    return { kind: 'rejected', status: response.status, reason: status?.reason ?? '', message }
  }
  const object = parseObject(response.body)
  if (object === undefined && status === undefined)
    return { kind: 'unreadable', reason: 'malformed', message: 'the answer to the dry run is not an object' }
  return {
    kind: 'accepted',
    before: before.kind === 'ok' ? before.value : null,
    after: object?.kind === target.kind ? object : null,
    warnings: warningsOf(response),
  }
}

/** The request as a rehearsal. A delete carries it in its body: where there is one, the API server reads no query. */
const rehearsal = (request: WriteRequest): { readonly sent: WriteRequest; readonly path: string } => {
  const path = pinnedPath(request)
  if (request.method !== 'DELETE') return { sent: request, path: `${path}&dryRun=All` }
  const body = JSON.stringify({ ...(JSON.parse(request.body) as object), dryRun: ['All'] })
  return { sent: { ...request, body }, path }
}

/** `299 - "text"` headers, as the API server warns. */
const warningsOf = (response: WireResponse): readonly string[] =>
  [...(response.headers['warning'] ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    redact((match[1] ?? '').replaceAll('\\"', '"')),
  )

const send = (transport: Transport, request: WriteRequest, path: string, signal?: AbortSignal): Promise<WireResponse> =>
  transport.request({
    method: request.method,
    path,
    headers: { accept: 'application/json', 'content-type': request.contentType },
    body: request.body,
    deadline: rehearsalDeadline,
    ...(signal === undefined ? {} : { signal }),
  })

const write = async (transport: Transport, context: KubeContext, permit: WritePermit): Promise<WriteResult> => {
  const shown = permit.identity
  const { identity: now, socket } = await identify(transport, context.name, context.server)
  const confirmedAt = Date.now()
  const objection = sameCluster(shown, now)
  if (objection !== undefined) return { kind: 'rejected', status: 0, reason: 'IdentityMismatch', message: objection }
  const change = permit.spend(Date.now())
  if (change.kind !== 'cluster-write') throw new PinViolation('the plan is not a write to a cluster')
  const path = pinnedPath(change.request)
  const inspect = (peer: Peer) =>
    peer.socket !== socket || Date.now() - confirmedAt > identityAge
      ? 'the connection is not the one whose identity was confirmed'
      : undefined
  try {
    if (change.request.method === 'GET') return await runCommand(transport, path, inspect)
    const response = await transport.request({
      method: change.request.method,
      path,
      headers: { accept: 'application/json', 'content-type': change.request.contentType },
      body: change.request.body,
      deadline: writeDeadline,
      inspect,
    })
    return resultOf(response)
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    return error.sent
      ? { kind: 'unknown', message: error.message }
      : { kind: 'rejected', status: 0, reason: 'NotSent', message: error.message }
  }
}

/** Longer than this no command is listened to, in ms. */
const commandTime = 30_000

/** Runs the command of a pinned handshake: what it said comes back with the result, whatever that was. */
const runCommand = async (
  transport: Transport,
  path: string,
  inspect: (peer: Peer) => string | undefined,
): Promise<WriteResult> => {
  const wire = { path, headers: { accept: '*/*' }, deadline: writeDeadline, inspect }
  const answer = await transport.upgrade(wire, 'v5.channel.k8s.io')
  if (!('kind' in answer)) {
    const result = resultOf(answer)
    // An answer of success that is no stream ran nothing that could be heard.
    return result.kind === 'done' ? { kind: 'unknown', message: 'the API server did not open a stream' } : result
  }
  const said = await readCommand(answer.socket, answer.head, commandTime)
  return { kind: 'done', status: 101, object: null, said }
}

const resultOf = (response: WireResponse): WriteResult => {
  const status = parseStatus(response)
  const message = status?.message ?? `the API server answered ${response.status}`
  if (response.status >= 200 && response.status < 300) return done(response)
  // A gateway may have passed the write on before it failed, so only reading back can tell.
  if (response.status >= 500 || status === undefined) return { kind: 'unknown', message }
  return { kind: 'rejected', status: response.status, reason: status.reason, message }
}

const done = (response: WireResponse): WriteResult => {
  const object: KubeObject | undefined = parseObject(response.body)
  if (object === undefined && parseStatus(response) === undefined)
    return { kind: 'unknown', message: 'the answer is not from a Kubernetes API server' }
  return { kind: 'done', status: response.status, object: object ?? null }
}

const sameCluster = (shown: ClusterIdentity, now: ClusterIdentity): string | undefined => {
  if (shown.kind !== 'confirmed') return 'the cluster was not identified when the plan was made'
  if (now.kind !== 'confirmed') return `the cluster cannot be identified now: ${now.reason}`
  const different = identityMismatch(shown, now)
  return different.length === 0 ? undefined : `this is not the cluster that was shown: ${different.join(', ')} differ`
}
