import type { KubeObject } from '../../../domain/kubernetes.ts'

/** The objects of one kind as a watch keeps them: sorted by namespace and name, and the same object while it is unchanged. */
export type KeptList = {
  /** All of them; the array is never changed afterwards, a change makes another. */
  readonly objects: () => readonly KubeObject[]
  readonly inNamespace: (namespace: string) => readonly KubeObject[]
  /** About how many bytes they came in: what they cost in memory goes with it. */
  readonly bytes: () => number
  /** How often something changed in it. */
  readonly changes: () => number
  /** Puts a whole list in the place of what was there. What has the same uid and resourceVersion stays the object it was. */
  readonly replace: (objects: readonly KubeObject[], bytes: number) => void
  readonly put: (object: KubeObject, bytes: number) => void
  readonly remove: (object: KubeObject) => void
  readonly clear: () => void
}

/** An empty list. A change costs the search for its place, and one copy of the array for all changes between two readings. */
export const createKeptList = (): KeptList => {
  let all: KubeObject[] = []
  let shown = false
  let size = 0
  let changes = 0
  const own = (): KubeObject[] => {
    changes += 1
    if (shown) all = [...all]
    shown = false
    return all
  }
  return {
    objects: () => {
      shown = true
      return all
    },
    inNamespace: (namespace) => {
      const from = placeOf(all, namespace, '')
      let to = from
      while (all[to]?.metadata.namespace === namespace) to += 1
      return all.slice(from, to)
    },
    bytes: () => size,
    changes: () => changes,
    replace: (objects, bytes) => {
      const old = all
      const before = new Map(all.map((object) => [object.metadata.uid, object]))
      all = objects
        .map((object) => {
          const known = object.metadata.uid === undefined ? undefined : before.get(object.metadata.uid)
          return known !== undefined && known.metadata.resourceVersion === object.metadata.resourceVersion
            ? known
            : object
        })
        .sort((a, b) => compare(a, b.metadata.namespace ?? '', b.metadata.name))
      if (all.length === old.length && all.every((object, index) => object === old[index])) all = old
      else {
        changes += 1
        shown = false
      }
      size = bytes
    },
    put: (object, bytes) => {
      const { namespace = '', name } = object.metadata
      const at = placeOf(all, namespace, name)
      const there = all[at]
      if (there !== undefined && compare(there, namespace, name) === 0) {
        // The same version again, as after a watch was opened anew, is no change.
        if (sameVersion(there, object)) return
        own()[at] = object
      } else {
        own().splice(at, 0, object)
        size += bytes
      }
    },
    remove: (object) => {
      const { namespace = '', name } = object.metadata
      const at = placeOf(all, namespace, name)
      const there = all[at]
      if (there !== undefined && compare(there, namespace, name) === 0) own().splice(at, 1)
    },
    clear: () => {
      changes += 1
      all = []
      shown = false
      size = 0
    },
  }
}

const sameVersion = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.uid === b.metadata.uid &&
  a.metadata.resourceVersion !== undefined &&
  a.metadata.resourceVersion === b.metadata.resourceVersion

/** The order of a view's lists: by namespace, then by name, by code unit. */
const compare = ({ metadata }: KubeObject, namespace: string, name: string): number => {
  const mine = metadata.namespace ?? ''
  if (mine !== namespace) return mine < namespace ? -1 : 1
  return metadata.name === name ? 0 : metadata.name < name ? -1 : 1
}

/** Where an object of that name is, or would have to stand. */
const placeOf = (all: readonly KubeObject[], namespace: string, name: string): number => {
  let [low, high] = [0, all.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const object = all[middle]
    if (object !== undefined && compare(object, namespace, name) < 0) low = middle + 1
    else high = middle
  }
  return low
}
