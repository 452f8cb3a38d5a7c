import type { KubeObject } from '../types.ts'
import type { Storage } from './store.ts'

/** Lists that clients are still paging through, by storage: each page comes from the moment of the first. */
const snapshots = new WeakMap<Storage, Map<string, readonly KubeObject[]>>()
const limit = 64

/** Keeps a list for the pages still to come; the oldest goes when there are too many. */
export function keepSnapshot(storage: Storage, key: string, objects: readonly KubeObject[]): void {
  const held = snapshots.get(storage) ?? new Map<string, readonly KubeObject[]>()
  snapshots.set(storage, held)
  held.set(key, objects)
  const oldest = held.keys().next().value
  if (held.size > limit && oldest !== undefined) held.delete(oldest)
}

/** A kept list, while it is kept. */
export function snapshotOf(storage: Storage, key: string): readonly KubeObject[] | undefined {
  return snapshots.get(storage)?.get(key)
}

/** Forgets them all, as compaction does. */
export function dropSnapshots(storage: Storage): void {
  snapshots.delete(storage)
}
