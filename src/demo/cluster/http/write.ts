import { type DeleteOptions, deleteObject } from '../registry/delete.ts'
import { ApiError, badRequest, conflict, invalid, noSuchResource } from '../registry/errors.ts'
import { fieldSetOf } from '../registry/field-set.ts'
import { record, tracked } from '../registry/managed-fields.ts'
import { apiVersionOf } from '../registry/resources.ts'
import { shapeOf } from '../schema/schema.ts'
import { type Fields, isFields, type KubeObject } from '../types.ts'
import { formOf } from './accept.ts'
import type { Api, Call } from './api.ts'
import { contextOf, goJsonError, readObject } from './body.ts'
import { toServed, toStored } from './event-version.ts'
import { applied, patchTypeOf, readApply, readPatch } from './patch.ts'
import { header, listBytes, matcherOf, present, type Served } from './read.ts'
import { json, jsonBytes, type Reply } from './reply.ts'
import { isTrue, type RequestInfo } from './request-info.ts'

/** The answer of a method that a path does not take. */
export function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

/** POST to a collection. */
export function createOne(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const { resource, namespace } = target
  if (resource.namespaced && namespace === undefined) throw methodNotAllowed()
  const form = formOf(header(call, 'accept'))
  const context = contextOf(info, call, 'CreateOptions')
  const body = readObject(call, resource, context)
  const created = api.registry.create(resource, namespace, toStored(resource, body), context)
  return present(toServed(resource, created), resource, form, info, api, 201)
}

/** PUT of one object or of its status. */
export function replaceOne(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const { resource, namespace, name = '', subresource } = target
  if (resource.namespaced && namespace === undefined) throw noSuchResource()
  const context = contextOf(info, call, 'UpdateOptions')
  const body = readObject(call, resource, context)
  const metadata = isFields(body['metadata']) ? body['metadata'] : {}
  if (metadata['name'] === undefined || metadata['name'] === '')
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  const { uid } = metadata
  const updated = api.registry.update(
    resource,
    namespace,
    name,
    (current) => {
      if (typeof uid === 'string' && uid !== current.metadata.uid) throw uidMismatch(target, uid, current)
      return toStored(resource, body)
    },
    context,
    subresource === undefined ? {} : { subresource },
  )
  return present(toServed(resource, updated), resource, formOf(header(call, 'accept')), info, api)
}

function uidMismatch(target: Served, uid: string, current: KubeObject): ApiError {
  const { resource, name = '' } = target
  const key = `/registry/${resource.plural}/${current.metadata.namespace === undefined ? '' : `${current.metadata.namespace}/`}${name}`
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`
  const { group, plural } = resource
  return new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${group === '' ? plural : `${plural}.${group}`} "${name}": ${why}`,
    { name, ...(group === '' ? {} : { group }), kind: plural },
  )
}

/** PATCH of one object or of its status. */
export function patchOne(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const { resource, namespace, name = '', subresource } = target
  if (resource.namespaced && namespace === undefined) throw noSuchResource()
  const type = patchTypeOf(call, resource)
  const context = contextOf(info, call, 'PatchOptions', type === 'apply')
  const form = formOf(header(call, 'accept'))
  const options = subresource === undefined ? {} : { subresource }
  if (type !== 'apply') {
    const patch = readPatch(call, type, resource, context)
    const updated = api.registry.update(resource, namespace, name, patch, context, options)
    return present(toServed(resource, updated), resource, form, info, api)
  }
  const config = readApply(call, resource, namespace, name)
  const force = isTrue(info.query.get('force'))
  const time = api.ground.clock.stamp()
  if (api.ground.storage.get(resource.key, namespace, name) === undefined && subresource === undefined) {
    const { uid, resourceVersion: _, ...metadata } = config['metadata'] as Fields
    if (uid !== undefined) throw nothingOfThatUid(target, String(uid))
    const created = api.registry.create(
      resource,
      namespace,
      {
        ...config,
        metadata: {
          ...metadata,
          managedFields: [ownRecord(config, context.manager, time, apiVersionOf(resource), resource.kind)],
        },
      },
      context,
    )
    return present(created, resource, form, info, api, 201)
  }
  const updated = api.registry.update(
    resource,
    namespace,
    name,
    (live) => {
      const { uid } = config['metadata'] as Fields
      if (uid !== undefined && uid !== live.metadata.uid) throw uidIsFixed(target, String(uid))
      return applied(live, config, context, time, resource, force, subresource)
    },
    context,
    { ...options, records: false },
  )
  return present(updated, resource, form, info, api)
}

function nothingOfThatUid({ resource, name = '' }: Served, uid: string): ApiError {
  const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
  return conflict(resource, name, why)
}

function uidIsFixed({ resource, name = '' }: Served, uid: string): ApiError {
  return invalid(resource, name, [
    { type: 'FieldValueInvalid', field: 'metadata.uid', value: uid, detail: 'field is immutable' },
  ])
}

function ownRecord(config: Fields, manager: string, time: string, apiVersion: string, kind: string) {
  return record({ manager, apiVersion, time }, 'Apply', tracked(fieldSetOf(config, shapeOf(apiVersion, kind))))
}

/** DELETE of one object. */
export function deleteOne(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const { resource, namespace, name = '' } = target
  if (resource.namespaced && namespace === undefined) throw noSuchResource()
  const context = contextOf(info, call, 'DeleteOptions')
  const options = deleteOptions(info, call)
  // With a body the query is not read, so a dryRun that stands there deletes for real.
  const fromBody = (options as { dryRun?: string[] }).dryRun?.includes('All') === true
  const dry = call.body.length > 0 ? fromBody : context.dryRun
  return json(200, deleteObject(api.ground, resource, namespace, name, options, { ...context, dryRun: dry }))
}

/** DELETE of a collection: every object that the selectors select, without asking twice. */
export function deleteAll(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const { resource, namespace } = target
  if ((resource.namespaced && namespace === undefined) || resource.key === 'namespaces') throw methodNotAllowed()
  const context = contextOf(info, call, 'DeleteOptions')
  const options = deleteOptions(info, call)
  const match = matcherOf(info, resource)
  const objects = api.ground.storage
    .list(resource.key, namespace)
    .filter((object) => match === undefined || match(object))
  for (const object of objects) deleteObject(api.ground, resource, namespace, object.metadata.name, options, context)
  return jsonBytes(200, listBytes(objects, resource, { resourceVersion: String(api.ground.storage.revision()) }))
}

/** DeleteOptions from the body, else from the query. */
export function deleteOptions(info: RequestInfo, call: Call): DeleteOptions {
  if (call.body.length > 0) {
    let value: unknown
    try {
      value = JSON.parse(call.body.toString('utf8'))
    } catch {
      throw badRequest(`couldn't get version/kind; json parse error: ${goJsonError(call.body.toString('utf8'))}`)
    }
    if (isFields(value) && Object.keys(value).length > 0) return value as DeleteOptions
  }
  const grace = info.query.get('gracePeriodSeconds')
  const policy = info.query.get('propagationPolicy')
  if (grace !== null && !/^-?[0-9]+$/.test(grace))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`)
  return {
    ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
  }
}
