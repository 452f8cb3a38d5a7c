import type { KubeObject } from '../types.ts'

/** One committed change. `revision` orders all changes of a store. */
export type Change = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: string
  readonly object: KubeObject
  readonly previous: KubeObject | undefined
  readonly revision: number
}

/** What etcd and the watch cache are to an API server: objects by key, one revision counter, a bounded history. */
export type Storage = {
  readonly revision: () => number
  readonly get: (resource: string, namespace: string | undefined, name: string) => KubeObject | undefined
  /** Ordered by key, as etcd answers. The array is shared: do not change it. */
  readonly list: (resource: string, namespace?: string | undefined) => readonly KubeObject[]
  /** Stores the object under the next revision, which becomes its resourceVersion; returns what was stored. */
  readonly put: (resource: string, object: KubeObject) => KubeObject
  readonly remove: (resource: string, object: KubeObject) => KubeObject
  /** Changes of one resource after a revision, or undefined when the history no longer reaches that far. */
  readonly since: (resource: string, revision: number) => readonly Change[] | undefined
  readonly listen: (listener: (change: Change) => void) => () => void
  /** Forgets the history, as compaction does: watches from older revisions answer 410. */
  readonly compact: () => void
}

const historyLimit = 20_000

type Shelf = { readonly objects: Map<string, KubeObject>; readonly keys: Map<string, readonly string[]> }

/** An empty storage. */
export function createStorage(): Storage {
  const shelves = new Map<string, Shelf>()
  const listeners = new Set<(change: Change) => void>()
  let history: Change[] = []
  let revision = 1000
  let oldest = revision
  /** A listener that writes must not overtake the change it was told of: deliveries keep the order of revisions. */
  const pending: Change[] = []
  let delivering = false

  const shelf = (resource: string): Shelf => {
    let found = shelves.get(resource)
    if (found === undefined) {
      found = { objects: new Map(), keys: new Map() }
      shelves.set(resource, found)
    }
    return found
  }
  const commit = (change: Change): void => {
    history.push(change)
    if (history.length > historyLimit * 2) {
      oldest = history[historyLimit - 1]?.revision ?? revision
      history = history.slice(historyLimit)
    }
    pending.push(change)
    if (delivering) return
    delivering = true
    try {
      for (let next = pending.shift(); next !== undefined; next = pending.shift())
        for (const listener of [...listeners]) listener(next)
    } finally {
      delivering = false
    }
  }
  return {
    revision: () => revision,
    get: (resource, namespace, name) => shelves.get(resource)?.objects.get(keyOf(namespace, name)),
    list: (resource, namespace) => ordered(shelf(resource), namespace),
    put: (resource, object) => {
      revision++
      const { objects, keys } = shelf(resource)
      const key = keyOf(object.metadata.namespace, object.metadata.name)
      const previous = objects.get(key)
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
      objects.set(key, stored)
      if (previous === undefined) keys.clear()
      commit({ type: previous === undefined ? 'ADDED' : 'MODIFIED', resource, object: stored, previous, revision })
      return stored
    },
    remove: (resource, object) => {
      revision++
      const { objects, keys } = shelf(resource)
      objects.delete(keyOf(object.metadata.namespace, object.metadata.name))
      keys.clear()
      const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
      commit({ type: 'DELETED', resource, object: last, previous: object, revision })
      return last
    },
    since: (resource, from) =>
      from < oldest ? undefined : history.filter((change) => change.revision > from && change.resource === resource),
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    compact: () => {
      history = []
      oldest = revision
    },
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

function ordered(shelf: Shelf, namespace: string | undefined): readonly KubeObject[] {
  let keys = shelf.keys.get(namespace ?? '')
  if (keys === undefined) {
    const prefix = namespace === undefined ? '' : `${namespace}/`
    keys = [...shelf.objects.keys()].filter((key) => key.startsWith(prefix)).sort()
    shelf.keys.set(namespace ?? '', keys)
  }
  return keys.flatMap((key) => shelf.objects.get(key) ?? [])
}
