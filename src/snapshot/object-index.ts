import type { KubeObject } from '../domain/kubernetes.ts'
import { groupOf, type ObjectRef } from '../domain/object.ts'
import { compareText, groupBy, lazy } from './order.ts'
import { kindSchemas, schemaOf } from './schema/kinds.ts'
import type { Steps } from './steps.ts'

/** The objects of a view, found by kind, by name and by uid. */
export type Index = {
  readonly kinds: readonly string[]
  /** All of a typed kind, of its own API group only. */
  readonly ofKind: (kind: string) => readonly KubeObject[]
  /** All of a kind, whatever its group. */
  readonly named: (kind: string) => readonly KubeObject[]
  readonly get: (kind: string, namespace: string | undefined, name: string) => KubeObject | undefined
  readonly find: (ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>) => KubeObject | undefined
  readonly byUid: ReadonlyMap<string, KubeObject>
}

/** Indexes objects once, a kind a step. Of two readings of one object it keeps the later made. */
export function* indexingObjects(objects: readonly KubeObject[]): Steps<Index> {
  const byKind = new Map<string, readonly KubeObject[]>()
  for (const [kind, all] of groupBy(objects, (object) => object.kind)) {
    yield
    byKind.set(kind, distinct(all))
  }
  const own = new Map<string, readonly KubeObject[]>()
  const byName = new Map<string, () => ReadonlyMap<string, KubeObject>>()
  const byUid = new Map<string, KubeObject>()
  for (const [kind, all] of byKind) {
    yield
    const typed = kindSchemas.has(kind)
    const mine = typed ? all.filter((object) => schemaOf(kind, groupOf(object.apiVersion)) !== undefined) : all
    own.set(kind, mine)
    for (const object of all) if (object.metadata.uid !== undefined) byUid.set(object.metadata.uid, object)
    byName.set(
      kind,
      lazy(() => new Map(mine.map((object) => [placeKey(object.metadata.namespace, object.metadata.name), object]))),
    )
  }
  const get: Index['get'] = (kind, namespace, name) => byName.get(kind)?.().get(placeKey(namespace, name))
  return {
    kinds: [...byKind.keys()].sort(),
    ofKind: (kind) => own.get(kind) ?? [],
    named: (kind) => byKind.get(kind) ?? [],
    get,
    find: (ref) => {
      const group = groupOf(ref.apiVersion)
      const found = get(ref.kind, ref.namespace, ref.name)
      if (found !== undefined && (ref.apiVersion === '' || sameKind(ref.kind, group, found))) return found
      return byKind
        .get(ref.kind)
        ?.find(
          (object) =>
            object.metadata.name === ref.name &&
            object.metadata.namespace === ref.namespace &&
            groupOf(object.apiVersion) === group,
        )
    },
    byUid,
  }
}

const sameKind = (kind: string, group: string, object: KubeObject): boolean =>
  groupOf(object.apiVersion) === group || (schemaOf(kind, group) !== undefined && kindSchemas.has(kind))

const placeKey = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

/** Lists come sorted from the API server; checking is much cheaper than sorting. */
const isSorted = (objects: readonly KubeObject[]): boolean =>
  objects.every((object, index) => {
    const before = objects[index - 1]
    return before === undefined || compareObjects(before, object) < 0
  })

/** Whether no two of a sorted list stand at one place; such two would be neighbours. */
const allApart = (sorted: readonly KubeObject[]): boolean =>
  sorted.every((object, index) => {
    const before = sorted[index - 1]?.metadata
    return before?.name !== object.metadata.name || before.namespace !== object.metadata.namespace
  })

/** Sorted, and of two readings of one object (two files, two API versions) the first in order. */
const distinct = (objects: readonly KubeObject[]): readonly KubeObject[] => {
  const sorted = isSorted(objects) ? objects : [...objects].sort(compareObjects)
  if (allApart(sorted)) return sorted
  const kept = new Map<string, KubeObject>()
  for (const object of sorted) {
    const group = schemaOf(object.kind, groupOf(object.apiVersion))?.group ?? groupOf(object.apiVersion)
    const key = `${group}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    const before = kept.get(key)
    if (before === undefined || newer(object, before)) kept.set(key, object)
  }
  return kept.size === sorted.length ? sorted : [...kept.values()].sort(compareObjects)
}

/** Which of two readings to keep: the later made, else the one of the higher generation. */
const newer = (a: KubeObject, b: KubeObject): boolean => {
  const [made, before] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '']
  if (made !== before) return made > before
  return (a.metadata.generation ?? 0) > (b.metadata.generation ?? 0)
}

/** Order of objects in every list: by namespace, name, API and version. */
export const compareObjects = (a: KubeObject, b: KubeObject): number =>
  compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? '') ||
  compareText(a.metadata.name, b.metadata.name) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.metadata.resourceVersion ?? '', b.metadata.resourceVersion ?? '') ||
  compareText(a.metadata.uid ?? '', b.metadata.uid ?? '')

/** What names an object among those of its kind's API. */
export const nameKey = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind}/${namespace ?? ''}/${name}`
