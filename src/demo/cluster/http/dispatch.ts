import type { ServerResponse } from 'node:http'
import { ApiError, noSuchResource } from '../registry/errors.ts'
import { type Fields, fieldsAt, isFields, listAt } from '../types.ts'
import type { Api, Call } from './api.ts'
import { contextOf, readObject } from './body.ts'
import { isServed, readPath } from './discovery.ts'
import { evict } from './eviction.ts'
import { metrics, nodeProxy } from './metrics.ts'
import { podLog } from './pod-log.ts'
import { readList, readOne, type Served } from './read.ts'
import { json, type Reply, text } from './reply.ts'
import { isTrue, type RequestInfo } from './request-info.ts'
import { requestToken, review } from './reviews.ts'
import { scale } from './scale.ts'
import { watch } from './watch.ts'
import { createOne, deleteAll, deleteOne, methodNotAllowed, patchOne, replaceOne } from './write.ts'

/** A reply, or a stream that has taken the response over and can be ended. */
export type Outcome = Reply | { readonly kind: 'stream'; readonly end: () => void }

/** Answers an authorized request. */
export function dispatch(api: Api, info: RequestInfo, call: Call, response: ServerResponse): Outcome {
  const { target } = info
  if (target === undefined) {
    const found = readsPath(info) ? readPath(api, info.path, info.query.has('verbose')) : undefined
    if (found !== undefined) return found
    return info.path.startsWith('/api/') ? missing() : text(404, '404 page not found\n')
  }
  const { resource } = target
  if (resource === undefined) return isServed(target.group) ? missing() : text(404, '404 page not found\n')
  const served: Served = { ...target, resource }
  if (target.namespace !== undefined && !resource.namespaced && resource.kind !== 'Namespace') throw noSuchResource()
  if (['authorization.k8s.io', 'authentication.k8s.io'].includes(resource.group)) return review(api, info, served, call)
  if (resource.group === 'metrics.k8s.io') return metrics(api, info, served)
  if (target.subresource !== undefined) return subresource(api, info, served, call)
  return target.name === undefined ? collection(api, info, served, call, response) : single(api, info, served, call)
}

/** Health answers to any method, everything else only to reads. */
const readsPath = (info: RequestInfo): boolean =>
  info.method === 'GET' || info.method === 'HEAD' || /^\/(healthz|livez|readyz)/.test(info.path)

function missing(): Reply {
  throw noSuchResource()
}

function collection(api: Api, info: RequestInfo, target: Served, call: Call, response: ServerResponse): Outcome {
  switch (info.method) {
    case 'GET':
    case 'HEAD':
      if (isTrue(info.query.get('watch'))) return { kind: 'stream', end: watch(api, info, target, call, response) }
      return readList(api, info, target, call)
    case 'POST':
      return createOne(api, info, target, call)
    case 'DELETE':
      return deleteAll(api, info, target, call)
    default:
      throw methodNotAllowed()
  }
}

function single(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  switch (info.method) {
    case 'GET':
    case 'HEAD':
      return readOne(api, info, target, call)
    case 'PUT':
      return replaceOne(api, info, target, call)
    case 'PATCH':
      return patchOne(api, info, target, call)
    case 'DELETE':
      return deleteOne(api, info, target, call)
    default:
      throw methodNotAllowed()
  }
}

function subresource(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const name = target.subresource ?? ''
  if (!target.resource.subresources.includes(name)) throw noSuchResource()
  if (target.rest !== '' && name !== 'proxy') throw noSuchResource()
  switch (name) {
    case 'status':
    case 'ephemeralcontainers':
    case 'resize':
      if (info.method === 'GET') return readOne(api, info, target, call)
      if (info.method === 'PUT') return replaceOne(api, info, target, call)
      if (info.method === 'PATCH') return patchOne(api, info, target, call)
      throw methodNotAllowed()
    case 'scale':
      return scale(api, info, target, call)
    case 'log':
      return podLog(api, info, target)
    case 'eviction':
      return evict(api, info, target, call)
    case 'token':
      return requestToken(api, info, target, call)
    case 'proxy':
      return nodeProxy(api, info, target)
    case 'finalize':
      return finalize(api, info, target, call)
    case 'binding':
      return bind(api, info, target, call)
    default:
      return exec(api, target)
  }
}

/** Programs are not run for clients here: what a client without an upgraded connection hears. */
function exec(api: Api, target: Served): Reply {
  const pod = api.registry.get(target.resource, target.namespace, target.name ?? '')
  if (!fieldsAt(pod, 'spec')['nodeName'])
    throw new ApiError(400, 'BadRequest', `pod ${target.name} does not have a host assigned`)
  throw new ApiError(400, 'BadRequest', 'Upgrade request required')
}

/** PUT namespaces/NAME/finalize: the only way to take a namespace's finalizers away. */
function finalize(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  if (info.method !== 'PUT') throw methodNotAllowed()
  const context = contextOf(info, call, 'UpdateOptions')
  const finalizers = listAt(fieldsAt(readObject(call, target.resource, context), 'spec'), 'finalizers')
  const updated = api.registry.update(
    target.resource,
    undefined,
    target.name ?? '',
    (current) => ({
      ...current,
      spec: { ...fieldsAt(current, 'spec'), ...(finalizers.length > 0 ? { finalizers } : { finalizers: undefined }) },
    }),
    context,
  )
  return json(200, updated)
}

/** POST pods/NAME/binding: what a scheduler sends. */
function bind(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  if (info.method !== 'POST') throw methodNotAllowed()
  const context = contextOf(info, call, 'CreateOptions')
  const body: Fields = readObject(call, { group: '', version: 'v1', kind: 'Binding' }, context)
  const node = fieldsAt(body, 'target')['name']
  const pod = api.registry.get(target.resource, target.namespace, target.name ?? '')
  if (isFields(pod) && fieldsAt(pod, 'spec')['nodeName']) {
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on pods/binding "${target.name}": pod ${target.name} is already assigned to node "${fieldsAt(pod, 'spec')['nodeName']}"`,
      { name: target.name ?? '', kind: 'pods/binding' },
    )
  }
  if (!context.dryRun)
    api.ground.storage.put('pods', { ...pod, spec: { ...fieldsAt(pod, 'spec'), nodeName: node } } as typeof pod)
  return json(201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 })
}
