import { badRequest, expired, type FieldError, invalid } from '../registry/errors.ts'
import type { Resource } from '../registry/resources.ts'
import { keepSnapshot, snapshotOf } from '../store/snapshots.ts'
import type { Storage } from '../store/store.ts'
import type { KubeObject } from '../types.ts'
import { isTrue, type RequestInfo } from './request-info.ts'

/** One page of a list and the list's metadata. */
export type Page = { readonly objects: readonly KubeObject[]; readonly metadata: PageMetadata }

/** metav1.ListMeta. */
export type PageMetadata = { resourceVersion: string; continue?: string; remainingItemCount?: number }

type Match = ((object: KubeObject) => boolean) | undefined

const tooOldText =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'

/** The page that `limit` and `continue` name. A token whose moment was compacted away is a 410. */
export function pageOf(
  storage: Storage,
  info: RequestInfo,
  resource: Resource,
  namespace: string | undefined,
  match: Match,
): Page {
  const limit = Math.max(0, numberOf(info, 'limit'))
  const token = info.query.get('continue') ?? ''
  const fromCache = info.query.get('resourceVersion') === '0' && token === ''
  const all = storage.list(resource.key, namespace)
  if (token === '' && (limit === 0 || fromCache)) {
    return {
      objects: match === undefined ? all : all.filter(match),
      metadata: { resourceVersion: String(storage.revision()) },
    }
  }
  const { revision, start } = token === '' ? { revision: storage.revision(), start: '' } : readToken(token)
  const held = token === '' ? all : snapshotOf(storage, `${revision} ${resource.key} ${namespace ?? ''}`)
  if (held === undefined) throw expired(tooOldText)
  const rest = held.filter((object) => keyOf(object) > start && (match === undefined || match(object)))
  const objects = limit === 0 ? rest : rest.slice(0, limit)
  const last = objects.at(-1)
  if (objects.length === rest.length || last === undefined)
    return { objects, metadata: { resourceVersion: String(revision) } }
  keepSnapshot(storage, `${revision} ${resource.key} ${namespace ?? ''}`, held)
  const next = Buffer.from(
    JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `/${keyOf(last)}\u0000` }),
  ).toString('base64url')
  return {
    objects,
    metadata: {
      resourceVersion: String(revision),
      continue: next,
      ...(match === undefined ? { remainingItemCount: rest.length - objects.length } : {}),
    },
  }
}

function readToken(token: string): { revision: number; start: string } {
  const text = Buffer.from(token, 'base64url').toString('latin1')
  try {
    const { rv, start } = JSON.parse(text) as { rv: unknown; start: unknown }
    if (typeof rv === 'number' && typeof start === 'string')
      return { revision: rv, start: start.replace(/^\//, '').split('\u0000')[0] ?? '' }
  } catch {
    // reported below with every other unreadable token
  }
  throw badRequest(
    `invalid continue token: continue key is not valid: invalid character ${quoted(text)} looking for beginning of value`,
  )
}

const quoted = (text: string): string => `'${[...text][0] ?? ''}'`

function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** A whole-number parameter; 0 when it is not there. */
export function numberOf(info: RequestInfo, name: string): number {
  const value = info.query.get(name)
  if (value === null || value === '') return 0
  if (!/^[+-]?[0-9]+$/.test(value))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  return Number(value)
}

/** Combinations of list options that the real server refuses. */
export function checkListOptions(info: RequestInfo): void {
  const match = info.query.get('resourceVersionMatch') ?? ''
  const initial = info.query.get('sendInitialEvents')
  const errors: FieldError[] = []
  const forbid = (field: string, detail: string): void => {
    errors.push({ type: 'FieldValueForbidden', field, detail })
  }
  if (initial !== null && !isTrue(info.query.get('watch')))
    forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list')
  else if (initial !== null && match === '')
    forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  else if (match !== '' && isTrue(info.query.get('watch')) && initial === null)
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  else if (match !== '' && initial === null && (info.query.get('resourceVersion') ?? '') === '')
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided')
  else if (match === 'Exact' && (info.query.get('resourceVersion') ?? '') === '0')
    forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    errors.push({
      type: 'FieldValueNotSupported',
      field: 'resourceVersionMatch',
      value: match,
      detail: 'supported values: "Exact", "NotOlderThan", ""',
    })
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
}
