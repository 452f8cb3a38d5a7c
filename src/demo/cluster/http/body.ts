import { parse as parseYaml } from 'yaml'
import type { WriteContext } from '../registry/context.ts'
import { ApiError, badRequest, type FieldError, invalid } from '../registry/errors.ts'
import { apiVersionOf, resourceOfKind } from '../registry/resources.ts'
import { decode } from '../schema/decode.ts'
import { type Fields, isFields } from '../types.ts'
import type { Call } from './api.ts'
import { header } from './read.ts'
import type { RequestInfo } from './request-info.ts'

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'

/** The media type of a request's body, without its parameters. */
export function mediaType(call: Call): string {
  return (header(call, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** Reads an object body of POST or PUT and checks it against its kind; unknown fields are dropped, warned of or refused. */
export function readObject(
  call: Call,
  resource: { group: string; version: string; kind: string },
  context: WriteContext,
): Fields {
  const type = mediaType(call)
  if (type !== '' && type !== 'application/json' && type !== 'application/yaml') {
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    )
  }
  const text = call.body.toString('utf8')
  const value = type === 'application/yaml' ? readYaml(text) : readJson(text, call.body, resource.kind)
  if (!isFields(value)) {
    const found = Array.isArray(value) ? 'array' : typeof value
    const wants =
      'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
    throw unrecognized(resource.kind, `json: cannot unmarshal ${found} into Go value of type ${wants}`, call.body)
  }
  const wanted = apiVersionOf(resource)
  const [apiVersion, kind] = [value['apiVersion'] ?? wanted, value['kind'] ?? resource.kind]
  if (kind !== resource.kind || apiVersion !== wanted) {
    throw badRequest(wrongKind(String(apiVersion), String(kind), wanted, resource))
  }
  checkFields(value, resource, context, (problems) =>
    badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${problems}`,
    ),
  )
  return value
}

function wrongKind(apiVersion: string, kind: string, wanted: string, resource: { kind: string }): string {
  const version = apiVersion.split('/').at(-1)
  const handled = `${kind} in version "${version}" cannot be handled as a ${resource.kind}`
  if (resourceOfKind(apiVersion, kind) === undefined) {
    return `${handled}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`
  }
  const internal = wanted.includes('/') ? wanted.split('/')[0]?.split('.')[0] : 'core'
  return `${handled}: converting (${version}.${kind}) to (${internal}.${resource.kind}): unknown conversion`
}

function unrecognized(kind: string, why: string, body: Buffer): Error {
  const text = body.toString('utf8')
  const looksLikeJson = text.trimStart().startsWith('{')
  const shown = looksLikeJson ? text.slice(0, 300) : body.subarray(0, 60).toString('hex')
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${shown}${body.length > 300 ? ' ...' : ''})`,
  )
}

/** Decodes against the kind's schema and treats unknown fields as `fieldValidation` says. */
export function checkFields(
  value: Fields,
  resource: { group: string; version: string; kind: string },
  context: WriteContext,
  refuse: (problems: string) => Error,
): void {
  const { unknown } = decode(value, apiVersionOf(resource), resource.kind)
  if (unknown.length === 0 || context.fieldValidation === 'Ignore') return
  if (context.fieldValidation === 'Strict') throw refuse(unknown.join(', '))
  context.warnings.push(...unknown)
}

function readJson(text: string, body: Buffer, kind: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw unrecognized(kind, goJsonError(text), body)
  }
}

/** What encoding/json says of text that is not JSON. */
export function goJsonError(text: string): string {
  const first = text.trim()[0]
  if (first === undefined) return 'unexpected end of JSON input'
  const literal = { n: 'null', t: 'true', f: 'false' }[first]
  if (literal !== undefined) {
    const at = [...text.trim()].findIndex((character, index) => character !== literal[index])
    return `invalid character '${text.trim()[at] ?? ''}' in literal ${literal} (expecting '${literal[at] ?? ''}')`
  }
  if ('{["-0123456789'.includes(first)) return 'unexpected end of JSON input'
  return `invalid character '${first}' looking for beginning of value`
}

/** YAML as the server reads it: one document, JSON types. */
export function readYaml(text: string): unknown {
  try {
    return parseYaml(text) as unknown
  } catch (error) {
    const line = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${line}`)
  }
}

/** The terms of a write from its query and user agent; options that the real server refuses are a 422. */
export function contextOf(info: RequestInfo, call: Call, optionsKind: string, isApply = false): WriteContext {
  const { query } = info
  const errors: FieldError[] = []
  const dryRun = query.getAll('dryRun')
  if (dryRun.some((value) => value !== 'All'))
    errors.push({ type: 'FieldValueNotSupported', field: 'dryRun', value: dryRun, detail: 'supported values: "All"' })
  const validation = query.get('fieldValidation') ?? ''
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(validation)) {
    errors.push({
      type: 'FieldValueNotSupported',
      field: 'fieldValidation',
      value: validation,
      detail: 'supported values: "", "Ignore", "Strict", "Warn"',
    })
  }
  const manager = query.get('fieldManager') ?? ''
  if (manager.length > 128)
    errors.push({ type: 'FieldValueTooLong', field: 'fieldManager', detail: 'may not be more than 128 bytes' })
  if (isApply && manager === '')
    errors.push({ type: 'FieldValueRequired', field: 'fieldManager', detail: 'is required for apply patch' })
  if (optionsKind === 'PatchOptions' && !isApply && query.has('force')) {
    errors.push({ type: 'FieldValueForbidden', field: 'force', detail: 'may not be specified for non-apply patch' })
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: optionsKind }, '', errors)
  const agent = (header(call, 'user-agent') ?? '').split('/')[0] ?? ''
  return {
    user: call.user,
    manager: manager === '' ? agent.slice(0, 128) || 'unknown' : manager,
    dryRun: dryRun.length > 0,
    fieldValidation: validation === '' ? 'Warn' : (validation as 'Strict' | 'Warn' | 'Ignore'),
    warnings: call.warnings,
  }
}
