import { ApiError, invalid, noSuchResource } from '../registry/errors.ts'
import type { Resource } from '../registry/resources.ts'
import { type Fields, fieldsAt, isFields, type KubeObject, type OpenObject } from '../types.ts'
import type { Api, Call } from './api.ts'
import { contextOf, readObject } from './body.ts'
import { type PatchType, patchTypeOf, readPatch } from './patch.ts'
import type { Served } from './read.ts'
import { json, type Reply } from './reply.ts'
import type { RequestInfo } from './request-info.ts'
import { selectorText } from './table-columns.ts'
import { methodNotAllowed } from './write.ts'

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }

/** GET, PUT and PATCH of the scale subresource. */
export function scale(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const { resource, namespace, name = '' } = target
  if (!resource.subresources.includes('scale')) throw noSuchResource()
  if (info.method === 'GET') return json(200, scaleOf(api.registry.get(resource, namespace, name)))
  if (info.method !== 'PUT' && info.method !== 'PATCH') throw methodNotAllowed()
  const type = info.method === 'PATCH' ? patchTypeOf(call, resource) : undefined
  const context = contextOf(info, call, type === undefined ? 'UpdateOptions' : 'PatchOptions', type === 'apply')
  const change = type === undefined ? replacement(readObject(call, scaleKind, context)) : patched(call, type, context)
  const updated = api.registry.update(
    resource,
    namespace,
    name,
    (current) => withReplicas(current, change(scaleOf(current) as OpenObject), resource),
    context,
    { subresource: 'scale' },
  )
  return json(200, scaleOf(updated))
}

function replacement(body: Fields): (current: OpenObject) => Fields {
  return () => body
}

function patched(call: Call, type: PatchType, context: ReturnType<typeof contextOf>): (current: OpenObject) => Fields {
  if (type === 'apply') throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
  return readPatch(call, type, scaleKind, context)
}

function withReplicas(current: OpenObject, scaled: Fields, resource: Resource): Fields {
  const replicas = fieldsAt(scaled, 'spec')['replicas'] ?? 0
  const name = current.metadata.name
  if (typeof replicas !== 'number' || replicas < 0) {
    throw invalid(scaleKind, name, [
      {
        type: 'FieldValueInvalid',
        field: 'spec.replicas',
        value: replicas,
        detail: 'must be greater than or equal to 0',
      },
    ])
  }
  const metadata = fieldsAt(scaled, 'metadata')
  const { uid, resourceVersion } = metadata
  if (typeof uid === 'string' && uid !== current.metadata.uid) {
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${resource.plural}.${resource.group} "${name}": Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
      { name, group: resource.group, kind: resource.plural },
    )
  }
  const spec = isFields(current['spec']) ? current['spec'] : {}
  return {
    ...current,
    metadata: {
      ...current.metadata,
      resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
    },
    spec: { ...spec, replicas },
  }
}

/** The Scale of a workload. */
export function scaleOf(object: KubeObject): Fields {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = selectorText(fieldsAt(object, 'spec')['selector'])
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: withoutZero('replicas', fieldsAt(object, 'spec')['replicas']),
    status: { replicas: fieldsAt(object, 'status')['replicas'] ?? 0, selector },
  }
}

function withoutZero(key: string, value: unknown): Fields {
  return value === 0 || value === undefined ? {} : { [key]: value }
}
