import type { Attributes } from '../auth/rbac.ts'
import { type Resource, resourceAt } from '../registry/resources.ts'

/** A request path taken apart as the API server does it. */
export type RequestInfo = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** Set for paths below /api/v1 and /apis/GROUP/VERSION that name a resource. */
  readonly target: Target | undefined
}

/** What a resource request is about. `resource` is undefined where nothing serves that name. */
export type Target = {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly resource: Resource | undefined
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
  /** What follows the subresource, for proxies. */
  readonly rest: string
}

/** Reads a request line. Empty segments make a path that nothing serves; a trailing slash is ignored. */
export function parseRequest(method: string, url: string): RequestInfo {
  const cut = url.indexOf('?')
  const path = cut < 0 ? url : url.slice(0, cut)
  const query = new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1))
  return { method, path, query, target: targetOf(path) }
}

function targetOf(path: string): Target | undefined {
  const trimmed = path.replace(/\/$/, '')
  const parts = trimmed.split('/').slice(1).map(decode)
  const isCore = parts[0] === 'api'
  if (!isCore && parts[0] !== 'apis') return undefined
  const [group = '', version = ''] = isCore ? ['', parts[1]] : [parts[1], parts[2]]
  const rest = parts.slice(isCore ? 2 : 3)
  if (rest.length === 0 || version === '' || rest[0] === '') return undefined
  if (rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] ?? '')) {
    return build(group, version, rest[1], rest.slice(2))
  }
  return build(group, version, undefined, rest)
}

function build(group: string, version: string, namespace: string | undefined, parts: readonly string[]): Target {
  const [plural = '', name, subresource, ...rest] = parts
  const resource = resourceAt(group, version, plural)
  return { group, version, plural, resource, namespace, name, subresource, rest: rest.join('/') }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The verb that the authorizer is asked about. */
export function verbOf(info: RequestInfo): string {
  const { method, target, query } = info
  if (target === undefined) return method.toLowerCase()
  const named = target.name !== undefined && target.name !== ''
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return named ? 'delete' : 'deletecollection'
    case 'GET':
    case 'HEAD':
      if (named) return 'get'
      return isTrue(query.get('watch')) ? 'watch' : 'list'
    default:
      return method.toLowerCase()
  }
}

/** What the authorizer is asked. */
export function attributesOf(info: RequestInfo): Attributes {
  const { target } = info
  const verb = verbOf(info)
  if (target === undefined) return { kind: 'path', verb, path: info.path }
  return {
    kind: 'resource',
    verb,
    group: target.group,
    resource: target.plural,
    subresource: target.subresource ?? '',
    namespace: target.namespace ?? (target.group === '' && target.plural === 'namespaces' ? (target.name ?? '') : ''),
    name: target.name ?? '',
  }
}

/** A boolean query parameter as Go reads it. */
export function isTrue(value: string | null): boolean {
  return value === '1' || value === 'true' || value === 't' || value === 'TRUE' || value === 'True'
}
