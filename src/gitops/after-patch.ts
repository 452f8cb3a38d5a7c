import type { WriteRequest } from '../domain/change.ts'
import type { KubeObject } from '../domain/kubernetes.ts'

type Op = { readonly op?: unknown; readonly path?: unknown; readonly value?: unknown }

/**
 * The object as a JSON Patch of our own making would leave it; undefined where the request is another kind of write. Only
 * what our actions use: test, add, replace, remove.
 */
export const afterPatch = (object: KubeObject, request: WriteRequest): KubeObject | undefined => {
  if (request.method !== 'PATCH' || request.contentType !== 'application/json-patch+json') return undefined
  const operations = JSON.parse(request.body) as readonly Op[]
  const result = structuredClone(object) as unknown as Record<string, unknown>
  for (const operation of operations) if (!carryOut(result, operation)) return undefined
  return result as unknown as KubeObject
}

const carryOut = (root: Record<string, unknown>, { op, path, value }: Op): boolean => {
  if (op === 'test') return true
  const segments = typeof path === 'string' && path.startsWith('/') ? path.slice(1).split('/').map(unescaped) : []
  const last = segments.at(-1)
  if (last === undefined) return false
  let parent: unknown = root
  for (const segment of segments.slice(0, -1)) parent = (parent as Record<string, unknown> | undefined)?.[segment]
  if (Array.isArray(parent)) return inList(parent, op, last, value)
  if (typeof parent !== 'object' || parent === null) return false
  const map = parent as Record<string, unknown>
  if (op === 'remove') delete map[last]
  else if (op === 'add' || op === 'replace') map[last] = structuredClone(value)
  else return false
  return true
}

const inList = (list: unknown[], op: unknown, segment: string, value: unknown): boolean => {
  const index = segment === '-' ? list.length : Number(segment)
  if (!Number.isInteger(index) || index < 0 || index > list.length) return false
  if (op === 'add') list.splice(index, 0, structuredClone(value))
  else if (op === 'replace') list[index] = structuredClone(value)
  else if (op === 'remove') list.splice(index, 1)
  else return false
  return true
}

const unescaped = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~')
