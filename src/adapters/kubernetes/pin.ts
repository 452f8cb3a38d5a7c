import type { WriteRequest } from '../../domain/change.ts'
import { mustBeNew } from '../../domain/expected.ts'
import { isRecordName, recordType } from '../../domain/helm/revision.ts'
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
    `^(${object}(/scale)?|/apis/certificates\\.k8s\\.io/v1/certificatesigningrequests/${name}/approval|/apis/cert-manager\\.io/v1/namespaces/${name}/certificates/${name}/status|/api/v1/namespaces/${name}/pods/${name}/ephemeralcontainers)$`,
  ),
  PUT: new RegExp(`^${object}(/scale)?$`),
  // Only what the catalogue has: evictions. What is made is made by server-side apply, which names the object in the path.
  POST: new RegExp(`^/api/v1/namespaces/${name}/pods/${name}/eviction$`),
  // One object of a namespace, never a namespace, a node or a volume.
  // The handshake of a command, which is a GET.
  GET: new RegExp(`^/api/v1/namespaces/${name}/pods/${name}/exec$`),
  DELETE: new RegExp(`^(/api/v1|/apis/${name}/${name})/namespaces/${name}/${name}/${name}$`),
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
  GET: [''],
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
  if (method === 'GET') return pinnedExec(path, query, body)
  const keys = query.map(([key]) => key)
  if (keys.some((key, index) => !allowedQuery.has(key) || (index > 0 && key <= (keys[index - 1] ?? ''))))
    throw new PinViolation('the query has an unknown, repeated or unsorted parameter')
  if (body === '') throw new PinViolation('the body is empty')
  if (method === 'DELETE') return pinnedDelete(path, keys, body)
  if (!keys.includes('fieldManager')) throw new PinViolation('the query does not name the field manager')
  if (contentType === 'application/apply-patch+yaml') pinApply(path, body)
  if (/\/secrets\/[^/]+$/.test(path)) pinRecord(path, contentType, body)
  if (path.endsWith('/ephemeralcontainers')) pinEphemeral(contentType, body)
  if (path.endsWith('/approval')) pinCondition('Approved', contentType, body)
  if (path.endsWith('/status')) pinCondition('Issuing', contentType, body)
  const search = new URLSearchParams()
  for (const [key, value] of query) search.append(key, value)
  return `${path}?${search}`
}

/**
 * A delete says in its body which object it means, by its uid. It has no query: where there is a body the API server does
 * not read one, so a `dryRun` there would delete for real.
 */
const pinnedDelete = (path: string, keys: readonly string[], body: string): string => {
  if (/\/secrets\/[^/]+$/.test(path)) throw new PinViolation('no Secret is deleted')
  if (keys.length > 0) throw new PinViolation('a delete has no query')
  const { kind, preconditions, ...rest } = bodyOf(body)
  const uid = (preconditions as { readonly uid?: unknown } | undefined)?.uid
  if (kind !== 'DeleteOptions' || typeof uid !== 'string' || uid === '')
    throw new PinViolation('the delete does not name the uid of what it deletes')
  const other = Object.keys(rest).find((key) => !deleteTerms.has(key))
  if (other !== undefined) throw new PinViolation(`a delete has no ${other.slice(0, 40)}`)
  return path
}

const deleteTerms: ReadonlySet<string> = new Set(['apiVersion', 'propagationPolicy', 'gracePeriodSeconds'])

/** An apply is of the object of its path, and says whether that must be there (its uid) or must not (resourceVersion 1). */
const pinApply = (path: string, body: string): void => {
  const { metadata } = bodyOf(body) as { readonly metadata?: Readonly<Record<string, unknown>> }
  const [, namespace, name] = /(?:\/namespaces\/([^/]+))?\/[a-z]+\/([^/]+)$/.exec(path) ?? []
  if (metadata?.['name'] !== name || metadata?.['namespace'] !== namespace)
    throw new PinViolation('the body is of another object than the path')
  if (typeof metadata?.['uid'] !== 'string' && metadata?.['resourceVersion'] !== mustBeNew)
    throw new PinViolation('the apply says neither which object it changes nor that it makes one')
}

/** Of Secrets only the records of Helm are made, and patched by tested operations; none is deleted. */
const pinRecord = (path: string, contentType: string, body: string): void => {
  const fits =
    isRecordName(path.slice(path.lastIndexOf('/') + 1)) &&
    (contentType === 'application/json-patch+json' ||
      (contentType === 'application/apply-patch+yaml' && bodyOf(body)['type'] === recordType))
  if (!fits) throw new PinViolation('a Secret is written only where it is the record of a Helm release')
}

/** Into a running pod goes one container at a time, and nothing that is there is changed. */
const pinEphemeral = (contentType: string, body: string): void => {
  const ops = bodyOf(body) as unknown as readonly { readonly op?: string; readonly path?: string }[]
  const fits =
    contentType === 'application/json-patch+json' &&
    Array.isArray(ops) &&
    ops[0]?.op === 'test' &&
    ops[0].path === '/metadata/uid' &&
    ops.filter((one) => one.op !== 'test').length === 1 &&
    ops.every(
      ({ op, path }, index) =>
        index === 0 || ((op === 'test' || op === 'add') && /^\/spec\/ephemeralContainers(?:\/-)?$/.test(path ?? '')),
    )
  if (!fits) throw new PinViolation('only one container is added to a pod, and nothing else')
}

/** Into a status goes one condition of one type and the plan's mark: a request is approved, never denied, and nothing is forged. */
const pinCondition = (type: string, contentType: string, body: string): void => {
  type Op = { readonly op?: string; readonly path?: string; readonly value?: unknown }
  const ops = bodyOf(body) as unknown as readonly Op[]
  const changes = Array.isArray(ops) ? ops.filter((one) => one.op !== 'test') : []
  const [condition, ...marks] = changes
  const said = JSON.stringify(condition?.value ?? null)
  const fits =
    contentType === 'application/json-patch+json' &&
    ops[0]?.op === 'test' &&
    ops[0].path === '/metadata/uid' &&
    /^\/status(?:\/conditions(?:\/(?:-|\d+))?)?$/.test(condition?.path ?? '') &&
    [...said.matchAll(/"type":"([^"]*)"/g)].map((match) => match[1]).join() === type &&
    marks.every(
      ({ op, path }) => op === 'add' && /^\/metadata\/annotations(?:\/cluster-doctor\.dev~1plan)?$/.test(path ?? ''),
    )
  if (!fits) throw new PinViolation(`only the condition ${type} is set, and nothing else`)
}

const bodyOf = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // falls through to the same refusal as another shape
  }
  throw new PinViolation('the body is not a JSON object')
}

/** A command is an argument vector for a named container, without input and without a terminal. */
const pinnedExec = (path: string, query: WriteRequest['query'], body: string): string => {
  const words = query.filter(([key]) => key === 'command')
  const rest = query.slice(words.length).map(([key, value]) => (key === 'container' ? key : `${key}=${value}`))
  const fits =
    words.length > 0 &&
    query.slice(0, words.length).every(([key, value]) => key === 'command' && value !== '') &&
    rest.join() === 'container,stderr=true,stdout=true' &&
    isNamespaceName(query[words.length]?.[1])
  if (!fits || body !== '') throw new PinViolation('a command has words, a container and nothing else')
  const search = new URLSearchParams()
  for (const [key, value] of query) search.append(key, value)
  return `${path}?${search}`
}

/** What is written has a DNS-1123 name: the wider names of RBAC kinds stay out of reach. */
const namesOneObject = (path: string): boolean => {
  const [, namespace, object] = /(?:\/namespaces\/([^/]+))?\/[a-z]+\/([^/]+)(?:\/[a-z]+)?$/.exec(path) ?? []
  return isObjectName(object) && (namespace === undefined || isNamespaceName(namespace))
}
