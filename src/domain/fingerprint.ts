import { canonicalHash } from './canonical.ts'
import type { KubeObject } from './kubernetes.ts'

/**
 * SHA-256 of an object without what the cluster moves by itself: status, resourceVersion and managedFields. Equal before
 * and after means that nobody changed what the object is meant to be, labels and annotations included.
 */
export const fingerprint = (object: KubeObject): string => {
  const { status: _, metadata, ...rest } = object as KubeObject & { metadata: Record<string, unknown> }
  const { resourceVersion: _rv, managedFields: _mf, selfLink: _sl, ...named } = metadata
  // An Application keeps its status in the object itself, so every look of Argo CD makes a new generation.
  const { generation, ...rested } = named
  const kept = object.kind === 'Application' || generation === undefined ? rested : { ...rested, generation }
  return canonicalHash(withoutUndefined({ ...rest, metadata: kept }))
}

const withoutUndefined = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutUndefined)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, withoutUndefined(item)]])),
        )
      : value
