import type { ServerResponse } from 'node:http'
import { ApiError, type Status } from '../registry/errors.ts'
import type { Resource } from '../registry/resources.ts'
import { objectBytes } from '../store/bytes.ts'
import type { Change } from '../store/store.ts'
import type { KubeObject } from '../types.ts'
import { formOf } from './accept.ts'
import type { Api, Call } from './api.ts'
import { toServed } from './event-version.ts'
import { checkListOptions, numberOf } from './paging.ts'
import { header, matcherOf, type Served } from './read.ts'
import { isTrue, type RequestInfo } from './request-info.ts'
import { metadataOnly, tableOf } from './table.ts'

const bookmarkEvery = 60_000

/** Streams changes of a collection until the client leaves, its timeout passes or the server closes. Returns how to end it. */
export function watch(api: Api, info: RequestInfo, target: Served, call: Call, response: ServerResponse): () => void {
  const { resource, namespace } = target
  const { storage } = api.ground
  const match = matcherOf(info, resource)
  checkListOptions(info)
  const encode = encoder(api, info, resource, call)
  const from = revisionOf(info, api)
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-cache, private',
    'Transfer-Encoding': 'chunked',
  })
  response.flushHeaders()
  const write = (type: string, object: unknown): void => {
    response.write(
      Buffer.concat([
        Buffer.from(`{"type":"${type}","object":`),
        Buffer.isBuffer(object) ? object : Buffer.from(JSON.stringify(object)),
        Buffer.from('}\n'),
      ]),
    )
  }
  const inScope = (object: KubeObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (target.name === undefined || object.metadata.name === target.name) &&
    (match === undefined || match(object))
  const deliver = (change: Change): void => {
    const event = visible(change, inScope)
    if (event !== undefined) write(event.type, encode(event.object))
  }
  const missed = from === 'now' ? [] : storage.since(resource.key, from)
  if (missed === undefined) {
    write('ERROR', tooOld(from, storage.revision()))
    response.end()
    return () => {}
  }
  const initial =
    isTrue(info.query.get('sendInitialEvents')) || (from === 'now' && info.query.get('sendInitialEvents') === null)
  if (initial)
    for (const object of storage.list(resource.key, namespace)) if (inScope(object)) write('ADDED', encode(object))
  const bookmarks = isTrue(info.query.get('allowWatchBookmarks'))
  const bookmark = (extra: object): void =>
    write('BOOKMARK', {
      kind: resource.kind,
      apiVersion: objectVersion(resource),
      metadata: { resourceVersion: String(storage.revision()), ...extra },
      ...blankOf(resource),
    })
  if (bookmarks && isTrue(info.query.get('sendInitialEvents')))
    bookmark({ annotations: { 'k8s.io/initial-events-end': 'true' } })
  if (!isTrue(info.query.get('sendInitialEvents'))) for (const change of missed) deliver(change)
  const stopListening = storage.listen((change) => {
    if (change.resource === resource.key) deliver(change)
  })
  const seconds = numberOf(info, 'timeoutSeconds')
  const timer = setInterval(() => bookmarks && bookmark({}), bookmarkEvery)
  const limit = setTimeout(() => end(), seconds > 0 ? seconds * 1000 : 30 * 60_000 + Math.random() * 30 * 60_000)
  const end = (): void => {
    stopListening()
    clearInterval(timer)
    clearTimeout(limit)
    response.end()
  }
  response.on('close', end)
  return end
}

/** How a change looks through a selector: an object that comes into view is added, one that leaves it is deleted. */
function visible(
  change: Change,
  inScope: (object: KubeObject) => boolean,
): { type: string; object: KubeObject } | undefined {
  const is = inScope(change.object)
  if (change.type === 'DELETED')
    return is || (change.previous !== undefined && inScope(change.previous))
      ? { type: 'DELETED', object: change.object }
      : undefined
  const was = change.previous !== undefined && inScope(change.previous)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: change.object }
  if (!was || change.previous === undefined) return undefined
  const { resourceVersion } = change.object.metadata
  return { type: 'DELETED', object: { ...change.previous, metadata: { ...change.previous.metadata, resourceVersion } } }
}

function encoder(api: Api, info: RequestInfo, resource: Resource, call: Call): (object: KubeObject) => unknown {
  const form = formOf(header(call, 'accept'))
  if (form.kind === 'object') return (object) => objectBytes(toServed(resource, object))
  if (form.kind !== 'table') return metadataOnly
  const include = info.query.get('includeObject') ?? 'Metadata'
  return (object) =>
    tableOf([object], resource, include, { resourceVersion: object.metadata.resourceVersion }, api.ground.clock.now())
}

function revisionOf(info: RequestInfo, api: Api): number | 'now' {
  const asked = info.query.get('resourceVersion') ?? ''
  if (asked === '' || asked === '0') return 'now'
  if (!/^[0-9]+$/.test(asked)) {
    throw new ApiError(
      400,
      'BadRequest',
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(asked)}: strconv.ParseUint: parsing ${JSON.stringify(asked)}: invalid syntax`,
    )
  }
  const current = api.ground.storage.revision()
  if (Number(asked) > current) {
    throw new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    })
  }
  return Number(asked)
}

function tooOld(from: number | 'now', current: number): Status {
  return new ApiError(410, 'Expired', `too old resource version: ${from} (${current})`).status
}

function objectVersion(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

function blankOf(resource: Resource): object {
  return resource.custom ? {} : { spec: {}, status: {} }
}
