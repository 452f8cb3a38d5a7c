import type { Event } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { nameKey } from './object-index.ts'
import { compareText, groupBy } from './order.ts'
import { kindSchemas } from './schema/kinds.ts'

/** Events by what they are about and by reason, oldest first. */
export const indexEvents = (events: readonly Event[]) => {
  // Times are RFC 3339 in UTC to the second, so they compare as text.
  const sorted = [...events].sort(
    (a, b) => compareText(a.lastSeen ?? '', b.lastSeen ?? '') || compareText(a.metadata.name, b.metadata.name),
  )
  const byObject = groupBy(sorted, ({ regarding, metadata }) => {
    const namespace = regarding.namespace ?? (clusterScoped(regarding.kind) ? undefined : metadata.namespace)
    return nameKey(regarding.kind ?? '', namespace, regarding.name ?? '')
  })
  const about = (ref: ObjectRef): readonly Event[] => {
    const all = byObject.get(nameKey(ref.kind, ref.namespace, ref.name)) ?? []
    // The kubelet writes the node's name where its uid should stand.
    if (ref.uid === undefined || ref.kind === 'Node') return all
    const same = (uid: string | undefined) => uid === undefined || uid === ref.uid
    return all.every((event) => same(event.regarding.uid)) ? all : all.filter((event) => same(event.regarding.uid))
  }
  return { about, byReason: groupBy(sorted, (event) => event.reason ?? '') }
}

const clusterScoped = (kind: string | undefined): boolean =>
  kind !== undefined && kindSchemas.get(kind)?.namespaced === false
