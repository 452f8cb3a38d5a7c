import type { Event } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { nameKey } from './object-index.ts'
import { compareText, groupBy, lazy } from './order.ts'
import { kindSchemas } from './schema/kinds.ts'

/** Events by what they are about and by reason, oldest first. */
export const indexEvents = (events: readonly Event[]) => {
  const byObject = groupByRegarding(events)
  const about = (ref: ObjectRef): readonly Event[] => {
    const all = byObject.get(nameKey(ref.kind, ref.namespace, ref.name))?.() ?? []
    // The kubelet writes the node's name where its uid should stand.
    if (ref.uid === undefined || ref.kind === 'Node') return all
    const same = (uid: string | undefined) => uid === undefined || uid === ref.uid
    return all.every((event) => same(event.regarding.uid)) ? all : all.filter((event) => same(event.regarding.uid))
  }
  const byReason = new Map(
    [...groupBy(events, (event) => event.reason ?? '')].map(([reason, some]) => [
      reason,
      lazy(() => oldestFirst(some)),
    ]),
  )
  return { about, byReason: (reason: string): readonly Event[] => byReason.get(reason)?.() ?? [] }
}

/** Few of many events are ever asked for: only those are put in order. Times are RFC 3339 in UTC, so they compare as text. */
const oldestFirst = (events: readonly Event[]): readonly Event[] =>
  events.length < 2
    ? events
    : [...events].sort(
        (a, b) => compareText(a.lastSeen ?? '', b.lastSeen ?? '') || compareText(a.metadata.name, b.metadata.name),
      )

/** Events about one object often hold the very same reference, so that its key is made once. */
const groupByRegarding = (events: readonly Event[]): ReadonlyMap<string, () => readonly Event[]> => {
  const byKey = new Map<string, Event[]>()
  const lists = new Map<Event['regarding'], Event[]>()
  for (const event of events) {
    const { regarding } = event
    const known = lists.get(regarding)
    if (known !== undefined && regarding.namespace !== undefined) known.push(event)
    else {
      const key = keyOf(event)
      const list = byKey.get(key) ?? []
      byKey.set(key, list)
      lists.set(regarding, list)
      list.push(event)
    }
  }
  return new Map([...byKey].map(([key, list]) => [key, lazy(() => oldestFirst(list))]))
}

const keyOf = ({ regarding, metadata }: Event): string => {
  const namespace = regarding.namespace ?? (clusterScoped(regarding.kind) ? undefined : metadata.namespace)
  return nameKey(regarding.kind ?? '', namespace, regarding.name ?? '')
}

const clusterScoped = (kind: string | undefined): boolean =>
  kind !== undefined && kindSchemas.get(kind)?.namespaced === false
