import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { authorize } from '../auth/rbac.ts'
import { accountUser } from '../auth/tokens.ts'
import type { Credential } from '../pki/certificate.ts'
import { ApiError, type GroupResource, resourceText } from '../registry/errors.ts'
import type { User } from '../types.ts'
import type { Api, Call } from './api.ts'
import { dispatch } from './dispatch.ts'
import { execute } from './exec.ts'
import { type Faults, faultReply, truncate } from './faults.ts'
import { errorReply, type Reply, send } from './reply.ts'
import { attributesOf, parseRequest, type RequestInfo } from './request-info.ts'

/** One request as it reached the server: what tests compare with the doctor's own record. */
export type RequestRecord = {
  readonly at: string
  readonly method: string
  readonly path: string
  readonly query: string
  readonly user: string
  readonly impersonatedBy: string | undefined
  readonly contentType: string
  readonly body: string
  readonly dryRun: boolean
  /** Status of the answer; 0 when none was sent. */
  status: number
}

/** The listening API server. */
export type Listener = { readonly port: number; readonly close: () => Promise<void> }

const bodyLimit = 3 * 1024 * 1024
const recordLimit = 20_000

/** Serves the API over TLS on loopback. */
export async function listen(
  api: Api,
  credential: Credential,
  faults: Faults,
  records: RequestRecord[],
  port: number,
): Promise<Listener> {
  const streams = new Set<() => void>()
  const server: Server = createServer(
    { key: credential.keyPem, cert: credential.certificatePem, keepAliveTimeout: 60_000 },
    (request, response) => {
      void handle(api, faults, records, streams, request, response)
    },
  )
  server.on('upgrade', (request, socket) => upgrade(api, faults, records, request, socket))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      for (const end of streams) end()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

async function handle(
  api: Api,
  faults: Faults,
  records: RequestRecord[],
  streams: Set<() => void>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const info = parseRequest(request.method ?? 'GET', request.url ?? '/')
  const warnings: string[] = []
  response.setHeader('Audit-Id', randomUUID())
  response.setHeader('Cache-Control', 'no-cache, private')
  let record: RequestRecord | undefined
  const answer = (reply: Reply): void => {
    if (record !== undefined) record.status = reply.code
    if (!response.headersSent) send(request, response, reply, warnings)
  }
  try {
    const body = await readBody(request)
    const caller = authenticate(api, request)
    record = recordOf(api, info, request, body, caller)
    records.push(record)
    if (records.length > recordLimit) records.splice(0, records.length - recordLimit)
    if (caller === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized')
    const fault = faults.take(info)
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds))
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'drop') return void response.destroy()
    const instead = fault === undefined ? undefined : faultReply(fault)
    if (instead !== undefined) return answer(instead)
    const user = permit(api, info, request, caller)
    const call: Call = { user, headers: request.headers, body, warnings }
    const outcome = dispatch(api, info, call, response)
    if ('kind' in outcome) {
      record.status = 200
      streams.add(outcome.end)
      response.on('close', () => streams.delete(outcome.end))
      return
    }
    if (fault?.kind === 'apply-then-drop') return void response.destroy()
    if (fault?.kind === 'apply-then-status') return answer(faultReply({ kind: 'status', code: fault.code }) ?? outcome)
    if (fault?.kind === 'truncate') return truncate(response, outcome)
    answer(outcome)
  } catch (error) {
    answer(errorReply(error))
  }
}

/** The handshake that runs a command: what it may not do, or where, is answered as any other request. */
function upgrade(api: Api, faults: Faults, records: RequestRecord[], request: IncomingMessage, socket: Duplex): void {
  const info = parseRequest(request.method ?? 'GET', request.url ?? '/')
  socket.on('error', () => socket.destroy())
  try {
    const caller = authenticate(api, request)
    const record = recordOf(api, info, request, Buffer.alloc(0), caller)
    records.push(record)
    if (caller === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized')
    const fault = faults.take(info)
    if (fault?.kind === 'drop') return void socket.destroy()
    const { target } = info
    if (target?.resource === undefined || target.subresource !== 'exec' || target.name === undefined)
      throw new ApiError(400, 'BadRequest', 'Upgrade request refused')
    const user = permit(api, info, request, caller)
    // Whoever may only read pods/exec may not run anything, though the handshake is a GET.
    permit(api, { ...info, method: 'POST' }, request, user)
    const pod = api.registry.get(target.resource, target.namespace, target.name)
    execute(pod, info.query, String(request.headers['sec-websocket-key'] ?? ''), socket)
    record.status = 101
    if (fault?.kind === 'apply-then-drop') socket.destroy()
  } catch (error) {
    const { code, type, body } = errorReply(error)
    socket.end(
      `HTTP/1.1 ${code} Refused\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body.toString()}`,
    )
  }
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    request.on('data', (part: Buffer) => {
      size += part.length
      if (size > bodyLimit)
        reject(new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`))
      else parts.push(part)
    })
    request.on('end', () => resolve(Buffer.concat(parts)))
    request.on('error', reject)
  })
}

const anonymous: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

function authenticate(api: Api, request: IncomingMessage): User | undefined {
  const header = request.headers.authorization
  if (header === undefined) return anonymous
  const token = /^Bearer\s+(\S+)$/i.exec(header)?.[1]
  return token === undefined ? undefined : api.tokens.userOf(token)
}

/** The user the request runs as, once impersonation and the request itself are allowed. */
function permit(api: Api, info: RequestInfo, request: IncomingMessage, caller: User): User {
  const attributes = attributesOf(info)
  const wanted = request.headers['impersonate-user']
  let user = caller
  if (typeof wanted === 'string') {
    if (!mayImpersonate(api, caller, wanted)) throw denied(info, caller, `impersonate-on:user-info:${attributes.verb}`)
    const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(wanted)
    const groups = [request.headers['impersonate-group'] ?? []].flat()
    user =
      account === null
        ? { name: wanted, groups: [...groups, 'system:authenticated'] }
        : accountUser(account[1] ?? '', account[2] ?? '')
  }
  if (authorize(api.ground.storage, user, attributes) === undefined) throw denied(info, user, attributes.verb)
  return user
}

function mayImpersonate(api: Api, caller: User, wanted: string): boolean {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(wanted)
  const attributes =
    account === null
      ? { resource: 'users', namespace: '', name: wanted }
      : { resource: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? '' }
  return (
    authorize(api.ground.storage, caller, {
      kind: 'resource',
      verb: 'impersonate',
      group: '',
      subresource: '',
      ...attributes,
    }) !== undefined
  )
}

/** The 403 of the authorizer, in its words. */
function denied(info: RequestInfo, user: User, verb: string): ApiError {
  const { target } = info
  if (target === undefined)
    return new ApiError(
      403,
      'Forbidden',
      `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(info.path)}`,
      {},
    )
  const { group, plural, name, subresource } = target
  const attributes = attributesOf(info)
  const namespace = attributes.kind === 'resource' && attributes.namespace !== '' ? attributes.namespace : undefined
  const resource: GroupResource = { group, plural }
  const what = subresource === undefined ? plural : `${plural}/${subresource}`
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  const subject = name === undefined ? resourceText(resource) : `${resourceText(resource)} ${JSON.stringify(name)}`
  const message = `${subject} is forbidden: User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`
  return new ApiError(403, 'Forbidden', message, {
    ...(name === undefined ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: plural,
  })
}

function recordOf(
  api: Api,
  info: RequestInfo,
  request: IncomingMessage,
  body: Buffer,
  caller: User | undefined,
): RequestRecord {
  const wanted = request.headers['impersonate-user']
  const impersonates = typeof wanted === 'string'
  const text = body.length > 262_144 ? body.subarray(0, 262_144).toString('utf8') : body.toString('utf8')
  return {
    at: api.ground.clock.microStamp(),
    method: info.method,
    path: info.path,
    query: info.query.toString(),
    user: impersonates ? wanted : (caller?.name ?? ''),
    impersonatedBy: impersonates ? caller?.name : undefined,
    contentType: request.headers['content-type'] ?? '',
    body: text,
    dryRun: isRehearsal(info, text),
    status: 0,
  }
}

/** A DELETE with a body takes its options from there alone. */
function isRehearsal(info: RequestInfo, body: string): boolean {
  const asked = info.query.getAll('dryRun').includes('All') && !(info.method === 'DELETE' && body !== '')
  return asked || /"dryRun"\s*:\s*\[\s*"All"/.test(body)
}
