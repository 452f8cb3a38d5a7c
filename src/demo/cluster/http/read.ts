import { ApiError, badRequest, noSuchResource } from '../registry/errors.ts'
import { parseFieldSelector } from '../registry/field-selector.ts'
import { parseLabelSelector } from '../registry/label-selector.ts'
import { apiVersionOf, type Resource } from '../registry/resources.ts'
import { bodyBytes, headOf, objectBytes } from '../store/bytes.ts'
import type { KubeObject } from '../types.ts'
import { type Form, formOf } from './accept.ts'
import type { Api, Call } from './api.ts'
import { toServed } from './event-version.ts'
import { checkListOptions, pageOf } from './paging.ts'
import { json, jsonBytes, type Reply } from './reply.ts'
import type { RequestInfo, Target } from './request-info.ts'
import { metadataOnly, tableOf } from './table.ts'

/** A resource target whose resource is served here. */
export type Served = Target & { readonly resource: Resource }

/** GET of one object. */
export function readOne(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  if (target.resource.namespaced && target.namespace === undefined) throw noSuchResource()
  const form = formOf(header(call, 'accept'))
  warnOfEndpoints(target, call)
  tooNew(api, info)
  return present(
    toServed(target.resource, api.registry.get(target.resource, target.namespace, target.name ?? '')),
    target.resource,
    form,
    info,
    api,
  )
}

/** One object in the form the client asked for. */
export function present(
  object: KubeObject,
  resource: Resource,
  form: Form,
  info: RequestInfo,
  api: Api,
  code = 200,
): Reply {
  switch (form.kind) {
    case 'object':
      return jsonBytes(code, objectBytes(object))
    case 'metadata':
      return json(code, metadataOnly(object))
    case 'metadata-list':
      throw new ApiError(
        406,
        'NotAcceptable',
        `you requested PartialObjectMetadataList, but the requested object is not a list (*core.${resource.kind})`,
      )
    case 'table':
      return json(
        code,
        tableOf(
          [object],
          resource,
          includeOf(info),
          { resourceVersion: object.metadata.resourceVersion ?? '' },
          api.ground.clock.now(),
        ),
      )
  }
}

/** GET of a collection. */
export function readList(api: Api, info: RequestInfo, target: Served, call: Call): Reply {
  const { resource } = target
  const form = formOf(header(call, 'accept'))
  warnOfEndpoints(target, call)
  const match = matcherOf(info, resource)
  checkListOptions(info)
  tooNew(api, info)
  const page = pageOf(api.ground.storage, info, resource, target.namespace, match)
  const objects =
    resource.group === 'events.k8s.io' ? page.objects.map((object) => toServed(resource, object)) : page.objects
  switch (form.kind) {
    case 'table':
      return json(200, tableOf(objects, resource, includeOf(info), page.metadata, api.ground.clock.now()))
    case 'metadata':
    case 'metadata-list':
      return json(200, {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata: page.metadata,
        items: objects.length === 0 ? null : objects.map(metadataOnly),
      })
    case 'object':
      return jsonBytes(200, listBytes(objects, resource, page.metadata))
  }
}

/** A list from the kept bytes of its objects: items of built-in kinds say no kind, those of custom kinds do. */
export function listBytes(objects: readonly KubeObject[], resource: Resource, metadata: object): Buffer[] {
  const head = headOf({ kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource) })
  const parts = [head, Buffer.from(`"metadata":${JSON.stringify(metadata)},"items":[`)]
  const open = Buffer.from('{')
  const next = Buffer.from(',{')
  const item = headOf({ kind: resource.kind, apiVersion: apiVersionOf(resource) })
  const separator = Buffer.from(',')
  for (const [index, object] of objects.entries()) {
    if (resource.custom) {
      if (index > 0) parts.push(separator)
      parts.push(item)
    } else parts.push(index === 0 ? open : next)
    parts.push(bodyBytes(object))
  }
  parts.push(Buffer.from(']}'))
  return parts
}

/** The one deprecated resource that is served. */
function warnOfEndpoints({ resource }: Served, call: Call): void {
  if (resource.key === 'endpoints')
    call.warnings.push('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice')
}

/** The selectors of a list or watch as one predicate; undefined when there is none. */
export function matcherOf(info: RequestInfo, resource: Resource): ((object: KubeObject) => boolean) | undefined {
  const labels = info.query.get('labelSelector') ?? ''
  const fields = info.query.get('fieldSelector') ?? ''
  if (labels === '' && fields === '') return undefined
  const byLabels = parseLabelSelector(labels)
  const byFields = parseFieldSelector(fields, resource)
  return (object) => byLabels(object.metadata.labels) && byFields(object)
}

/** A header's single value. */
export function header(call: Call, name: string): string | undefined {
  const value = call.headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function includeOf(info: RequestInfo): string {
  const include = info.query.get('includeObject') ?? 'Metadata'
  if (!['', 'None', 'Metadata', 'Object'].includes(include))
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`)
  return include === '' ? 'Metadata' : include
}

/** A revision from the future cannot be waited for. */
function tooNew(api: Api, info: RequestInfo): void {
  const asked = info.query.get('resourceVersion') ?? ''
  if (asked === '' || asked === '0') return
  if (!/^[0-9]+$/.test(asked)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(asked)}: strconv.ParseUint: parsing ${JSON.stringify(asked)}: invalid syntax`,
    )
  }
  const current = api.ground.storage.revision()
  if (Number(asked) <= current) return
  throw new ApiError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
