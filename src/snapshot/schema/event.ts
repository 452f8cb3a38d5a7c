import type { Event } from '../../domain/kubernetes.ts'
import { redact } from '../../domain/redact.ts'
import { f, int, isRecord, message, ownText, type Shape, text, time } from './shape.ts'
import { shared } from './shared.ts'

type Regarding = Event['regarding']

const reference = message<Regarding>({
  kind: f(1, text),
  namespace: f(2, text),
  name: f(3, text),
  uid: f(4, text),
  apiVersion: f(5, text),
  fieldPath: f(7, text),
})

const source = message<{ component?: string; host?: string }>({ component: f(1, text), host: f(2, text) })
const series = message<{ count?: number; lastObservedTime?: string }>({
  count: f(1, int),
  lastObservedTime: f(2, time),
})

/** Of an event's own metadata only what is asked for: there are more events than anything else, and nothing refers to one. */
const metadata = message<Pick<Event['metadata'], 'name' | 'namespace' | 'creationTimestamp'>>({
  name: f(1, ownText),
  namespace: f(3, text),
  creationTimestamp: f(8, time),
})

/** Every field that either API of events has; which of them is set depends on who wrote the event. */
type Written = {
  readonly metadata: Pick<Event['metadata'], 'name' | 'namespace' | 'creationTimestamp'>
  readonly involvedObject?: Regarding
  readonly regarding?: Regarding
  readonly reason?: string
  readonly message?: string
  readonly note?: string
  readonly source?: { component?: string; host?: string }
  readonly deprecatedSource?: { component?: string; host?: string }
  readonly firstTimestamp?: string
  readonly lastTimestamp?: string
  readonly deprecatedFirstTimestamp?: string
  readonly deprecatedLastTimestamp?: string
  readonly count?: number
  readonly deprecatedCount?: number
  readonly type?: string
  readonly eventTime?: string
  readonly series?: { count?: number; lastObservedTime?: string }
  readonly reportingComponent?: string
  readonly reportingController?: string
  readonly reportingInstance?: string
}

/** The wire numbers are those of core/v1, the API that is listed. */
const written = message<Written>({
  metadata: f(1, metadata),
  involvedObject: f(2, shared(reference)),
  reason: f(3, text),
  message: f(4, text),
  source: f(5, shared(source)),
  firstTimestamp: f(6, time),
  lastTimestamp: f(7, time),
  count: f(8, int),
  type: f(9, text),
  eventTime: f(10, time),
  series: f(11, series),
  reportingComponent: f(14, text),
  reportingInstance: f(15, text),
  regarding: f(0, reference),
  note: f(0, text),
  deprecatedSource: f(0, source),
  deprecatedFirstTimestamp: f(0, time),
  deprecatedLastTimestamp: f(0, time),
  deprecatedCount: f(0, int),
  reportingController: f(0, text),
})

/** Times are read as RFC 3339 in UTC to the second, so that texts compare as times do. */
const latestOf = (times: readonly (string | undefined)[]): string | undefined => {
  let latest: string | undefined
  for (const at of times) if (at !== undefined && (latest === undefined || at > latest)) latest = at
  return latest
}

type Unified = { -readonly [P in keyof Omit<Event, 'apiVersion' | 'kind'>]: Event[P] }

/** One shape for both APIs; the newest of all times that it carries is when it was last seen. */
const unify = (event: Written): Omit<Event, 'apiVersion' | 'kind'> => {
  const note = event.message ?? event.note
  const firstSeen =
    event.firstTimestamp ?? event.deprecatedFirstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp
  const lastSeen =
    latestOf([
      event.lastTimestamp,
      event.deprecatedLastTimestamp,
      event.series?.lastObservedTime,
      event.eventTime,
      event.firstTimestamp,
    ]) ?? event.metadata.creationTimestamp
  const count = Math.max(event.count ?? 0, event.deprecatedCount ?? 0, event.series?.count ?? 0)
  const component =
    event.source?.component ??
    event.deprecatedSource?.component ??
    event.reportingComponent ??
    event.reportingController
  const host = event.source?.host ?? event.deprecatedSource?.host
  // Written field by field: a cluster has events by the ten thousand, and each spread would cost an object more.
  const out: Unified = { metadata: event.metadata, regarding: event.involvedObject ?? event.regarding ?? {} }
  if (event.type !== undefined) out.type = event.type
  if (event.reason !== undefined) out.reason = event.reason
  if (note !== undefined) out.note = redact(note.slice(0, 4096))
  if (firstSeen !== undefined) out.firstSeen = firstSeen
  if (lastSeen !== undefined) out.lastSeen = lastSeen
  if (count > 0) out.count = count
  if (component !== undefined) out.component = component
  if (host !== undefined) out.host = host
  return out
}

/** An event of core/v1 or events.k8s.io/v1; without a name of its own it is named after what it is about. */
export const event: Shape<Omit<Event, 'apiVersion' | 'kind'>> = {
  json: (value) => {
    const read = written.json(value)
    if (read === undefined || !isRecord(value)) return undefined
    const about = read.involvedObject ?? read.regarding
    const name = read.metadata?.name ?? `${about?.name ?? 'unknown'}.${read.reason ?? ''}`
    return unify({ ...read, metadata: { ...read.metadata, name } })
  },
  wire: (pbf, before) => {
    const read = written.wire(pbf, before)
    return read === undefined ? undefined : unify(read)
  },
  wireType: 2,
}
