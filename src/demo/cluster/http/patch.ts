import { serverSideApply } from '../registry/apply.ts'
import type { WriteContext } from '../registry/context.ts'
import { ApiError, badRequest, invalid } from '../registry/errors.ts'
import { jsonPatch, mergePatch, PatchFailure } from '../registry/json-patch.ts'
import { apiVersionOf, type Resource, resourceOfKind } from '../registry/resources.ts'
import { goMap, strategicMerge } from '../registry/strategic-merge.ts'
import { decode } from '../schema/decode.ts'
import { shapeOf } from '../schema/schema.ts'
import { copy, type Fields, isFields, type KubeObject, type OpenObject } from '../types.ts'
import type { Call } from './api.ts'
import { goJsonError, mediaType, readYaml } from './body.ts'

/** The four ways to patch. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

const types: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
}

/** The patch type by content type; anything else, and strategic merge of custom resources, is a 415. */
export function patchTypeOf(call: Call, resource: Resource): PatchType {
  const type = types[mediaType(call)]
  if (type === undefined) throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
  if (type === 'strategic' && resource.custom) {
    const accepted =
      'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/apply-patch+cbor'
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    )
  }
  return type
}

/** A patch ready to be laid on the current object. */
export type Patch = (current: OpenObject) => Fields

/** Reads a JSON, merge or strategic merge patch. A result that is no longer an object of the kind is a 422, as the real server says it. */
export function readPatch(
  call: Call,
  type: Exclude<PatchType, 'apply'>,
  resource: { group: string; version: string; kind: string },
  context: WriteContext,
): Patch {
  const text = call.body.toString('utf8')
  const patch = parse(text)
  if (type === 'json' && !Array.isArray(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${isFields(patch) ? 'object' : typeof patch} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  if (type !== 'json' && !isFields(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    )
  }
  return (current) => {
    const result = lay(current, patch, type, resource)
    const shown = type === 'strategic' ? goMap(patch as Fields) : JSON.stringify(result)
    if (result['kind'] !== resource.kind || result['apiVersion'] !== apiVersionOf(resource)) {
      const [apiVersion, kind] = [String(result['apiVersion']), String(result['kind'])]
      const known = resourceOfKind(apiVersion, kind) !== undefined
      const internal = resource.group === '' ? 'core' : resource.group.split('.')[0]
      throw unfit(
        shown,
        known
          ? `converting (${apiVersion.split('/').at(-1)}.${kind}) to (${internal}.${resource.kind}): unknown conversion`
          : `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`,
      )
    }
    const problems = checkResult(result, shown, resource, type)
    if (problems.length > 0 && context.fieldValidation === 'Strict')
      throw unfit(shown, `strict decoding error: ${problems.join(', ')}`)
    if (problems.length > 0 && context.fieldValidation === 'Warn') context.warnings.push(...problems)
    return result
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest(`error decoding patch: ${goJsonError(text)}`)
  }
}

function lay(
  current: OpenObject,
  patch: unknown,
  type: Exclude<PatchType, 'apply'>,
  resource: { group: string; version: string; kind: string },
): Fields {
  if (type === 'merge') return mergePatch(current, patch) as Fields
  if (type === 'strategic')
    return wrapIntegers(strategicMerge(current, patch as Fields, shapeOf(apiVersionOf(resource), resource.kind)))
  try {
    return jsonPatch(current, patch as unknown[]) as Fields
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error
    throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
  }
}

/** The strategic merge's converter lets 64-bit integers wrap into 32-bit fields instead of refusing them. */
function wrapIntegers(object: Fields): Fields {
  const spec = object['spec']
  const replicas = isFields(spec) ? spec['replicas'] : undefined
  if (isFields(spec) && typeof replicas === 'number' && Number.isInteger(replicas) && Math.abs(replicas) >= 2 ** 31) {
    spec['replicas'] = Number(BigInt.asIntN(32, BigInt(replicas)))
  }
  return object
}

function checkResult(
  result: Fields,
  shown: string,
  resource: { group: string; version: string; kind: string },
  type: PatchType,
): readonly string[] {
  try {
    return decode(result, apiVersionOf(resource), resource.kind).unknown
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const why = error.message.replace(/^.*? cannot be handled as a \w+: /, '')
    throw unfit(shown, type === 'strategic' ? strategicWords(why) : why)
  }
}

/** The strategic merge's converter has its own words for values of the wrong type. */
function strategicWords(why: string): string {
  const mismatch = /^json: cannot unmarshal (\S+)(?: \S+)? into Go struct field \S+ of type (\S+)$/.exec(why)
  if (mismatch === null) return why
  if (mismatch[1] === 'number' && /^int/.test(mismatch[2] ?? '')) return `cannot convert float64 to ${mismatch[2]}`
  return `unrecognized type: ${mismatch[2]}`
}

function unfit(value: string, detail: string): ApiError {
  return invalid({ group: '', kind: '' }, '', [{ type: 'FieldValueInvalid', field: 'patch', value, detail }])
}

/** Reads an apply configuration: YAML or JSON that says what it is. */
export function readApply(call: Call, resource: Resource, namespace: string | undefined, name: string): Fields {
  const value = readYaml(call.body.toString('utf8'))
  if (!isFields(value)) throw badRequest('error decoding YAML: object is not a map')
  const { apiVersion, kind } = value
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) {
    const [group, version] = String(apiVersion ?? '').includes('/')
      ? String(apiVersion).split('/')
      : ['', String(apiVersion ?? '')]
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${String(kind ?? '')}`)
  }
  const metadata = isFields(value['metadata']) ? value['metadata'] : {}
  if (metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil')
  if (metadata['name'] !== undefined && metadata['name'] !== name) {
    throw badRequest(
      `the name of the object (${String(metadata['name'])}) does not match the name on the URL (${name})`,
    )
  }
  checkTyped(value, resource, String(metadata['namespace'] ?? ''), name)
  return { ...value, metadata: { ...metadata, name, ...(namespace === undefined ? {} : { namespace }) } }
}

/** The typed converter of server-side apply answers a field that is unknown or of the wrong type with a bare 500. */
function checkTyped(value: Fields, resource: Resource, namespace: string, name: string): void {
  const where = `failed to create typed patch object (${namespace}/${name}; ${apiVersionOf(resource)}, Kind=${resource.kind})`
  const trial = copy(value)
  let unknown: readonly string[]
  try {
    unknown = decode(trial, apiVersionOf(resource), resource.kind).unknown
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    const parts = /cannot unmarshal (\w+).* into Go struct field \w+\.(\S+) of type (\S+)$/.exec(error.message)
    const wanted = /^int/.test(parts?.[3] ?? '') ? 'numeric (int or float)' : (parts?.[3] ?? '')
    throw new ApiError(
      500,
      '',
      parts === null ? `${where}: ${error.message}` : `${where}: .${parts[2]}: expected ${wanted}, got ${parts[1]}`,
    )
  }
  const first = unknown[0]
  if (first !== undefined)
    throw new ApiError(500, '', `${where}: .${first.replace(/^unknown field "|"$/g, '')}: field not declared in schema`)
}

/** The object that an apply makes of the live one. A resourceVersion in the configuration stays as a precondition. */
export function applied(
  live: KubeObject,
  config: Fields,
  context: WriteContext,
  time: string,
  resource: Resource,
  force: boolean,
  subresource?: string,
): Fields {
  const writer = {
    manager: context.manager,
    apiVersion: apiVersionOf(resource),
    time,
    ...(subresource === undefined ? {} : { subresource }),
  }
  const result = serverSideApply(live, config, writer, force)
  const version = isFields(config['metadata']) ? config['metadata']['resourceVersion'] : undefined
  return (typeof version === 'string'
    ? { ...result, metadata: { ...result.metadata, resourceVersion: version } }
    : result) as unknown as Fields
}
