import type { WriteRequest } from '../../domain/change.ts'
import { isNamespaceName, isObjectName, isPathSegment } from '../../domain/name.ts'

/** A request that is not what a plan may send. Thrown before a socket opens. */
export class PinViolation extends Error {
  constructor(message: string) {
    super(`write refused at the last line: ${message}`)
    this.name = 'PinViolation'
  }
}

const name = '[^/]+'
const object = `(/api/v1|/apis/${name}/${name})(/namespaces/${name})?/${name}/${name}`
const shapes: Readonly<Record<WriteRequest['method'], RegExp>> = {
  PATCH: new RegExp(
    `^(${object}(/scale)?|/apis/certificates\\.k8s\\.io/v1/certificatesigningrequests/${name}/approval|/apis/cert-manager\\.io/v1/namespaces/${name}/certificates/${name}/status)$`,
  ),
  PUT: new RegExp(`^${object}(/scale)?$`),
  // Only what the catalogue has: evictions. Creating and deleting come with their own actions and their own shapes.
  POST: new RegExp(`^/api/v1/namespaces/${name}/pods/${name}/eviction$`),
  DELETE: /^(?!)/,
}
const contentTypes: Readonly<Record<WriteRequest['method'], readonly string[]>> = {
  PATCH: [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/strategic-merge-patch+json',
    'application/apply-patch+yaml',
  ],
  PUT: ['application/json'],
  POST: ['application/json'],
  DELETE: ['application/json'],
}
const allowedQuery = new Set(['fieldManager', 'fieldValidation'])

/**
 * The exact path and query of a change, or a throw: canonical segments only (no '', '.', '..', no escapes), an object and
 * never a collection, a known content type, a sorted query of known parameters, `fieldManager` always, `force` never.
 */
export const pinnedPath = (request: WriteRequest): string => {
  const { method, path, query, contentType, body } = request
  const shape = shapes[method]
  if (shape === undefined || !shape.test(path))
    throw new PinViolation(`${method} ${path.slice(0, 200)} is no write of the catalogue`)
  if (!path.slice(1).split('/').every(isPathSegment) || !namesOneObject(path))
    throw new PinViolation('the path has a segment that is not a name')
  if (new URL(path, 'https://api').pathname !== path) throw new PinViolation('the path is not canonical')
  if (!contentTypes[method].includes(contentType))
    throw new PinViolation(`content type ${contentType} does not go with ${method}`)
  const keys = query.map(([key]) => key)
  if (keys.some((key, index) => !allowedQuery.has(key) || (index > 0 && key <= (keys[index - 1] ?? ''))))
    throw new PinViolation('the query has an unknown, repeated or unsorted parameter')
  if (!keys.includes('fieldManager')) throw new PinViolation('the query does not name the field manager')
  if (body === '') throw new PinViolation('the body is empty')
  const search = new URLSearchParams()
  for (const [key, value] of query) search.append(key, value)
  return `${path}?${search}`
}

/** What is written has a DNS-1123 name: the wider names of RBAC kinds stay out of reach. */
const namesOneObject = (path: string): boolean => {
  const [, namespace, object] = /(?:\/namespaces\/([^/]+))?\/[a-z]+\/([^/]+)(?:\/[a-z]+)?$/.exec(path) ?? []
  return isObjectName(object) && (namespace === undefined || isNamespaceName(namespace))
}
