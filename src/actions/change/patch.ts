import type { WriteRequest } from '../../domain/change.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { fieldManager, writePath } from '../../domain/write-path.ts'

/** One operation of a JSON Patch (RFC 6902), as far as actions use it. */
export type Op =
  | { readonly op: 'test' | 'replace' | 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/** The annotation that tells which plan wrote last: reading it back settles whether a lost write happened. */
export const planAnnotation = 'cluster-doctor.dev/plan'

/** A JSON pointer (RFC 6901) of raw path segments. */
export const pointer = (...segments: readonly (string | number)[]): string =>
  segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** How a patch differs from the usual: a subresource that it goes to, or a kind whose generation moves with its status. */
export type PatchManner = { readonly subresource?: 'approval' | 'status'; readonly generation?: 'moves' }

/**
 * A JSON Patch of the target that the API server refuses unless it is still the same object with the same spec: `test` on
 * uid and generation come first, the plan's mark comes last. Deterministic: equal input gives equal bytes.
 */
export const patchRequest = (
  target: KubeObject,
  mark: string,
  ops: readonly Op[],
  manner: PatchManner = {},
): WriteRequest | Refusal => {
  const path = writePath(refOf(target), manner.subresource)
  if (isRefusal(path)) return path
  const { uid, generation } = target.metadata
  if (uid === undefined) return refused('no-uid', 'The object was read without its uid, so it cannot be pinned.')
  const guards: Op[] = [
    { op: 'test', path: '/metadata/uid', value: uid },
    ...(generation === undefined || manner.generation === 'moves'
      ? []
      : [{ op: 'test', path: '/metadata/generation', value: generation } as const]),
  ]
  // A status subresource keeps no annotation; the field manager's time tells there who wrote.
  const marked = manner.subresource === 'status' ? [] : setAnnotation(target, [], planAnnotation, mark)
  const body = JSON.stringify([...guards, ...ops, ...marked])
  const contentType = 'application/json-patch+json'
  return { method: 'PATCH', path, query: [['fieldManager', fieldManager]], contentType, body }
}

/** The operations that set one annotation of the object or of what lies below `base`, creating the maps on the way. */
export const setAnnotation = (target: unknown, base: readonly string[], name: string, value: string): readonly Op[] => {
  const metadata = read(target, [...base, 'metadata'])
  if (metadata === undefined)
    return [{ op: 'add', path: pointer(...base, 'metadata'), value: { annotations: { [name]: value } } }]
  const annotations = read(metadata, ['annotations'])
  if (annotations === undefined || annotations === null)
    return [{ op: 'add', path: pointer(...base, 'metadata', 'annotations'), value: { [name]: value } }]
  return [{ op: 'add', path: pointer(...base, 'metadata', 'annotations', name), value }]
}

const read = (value: unknown, path: readonly string[]): unknown => {
  let here = value
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined
    here = (here as Record<string, unknown>)[key]
  }
  return here
}
