import type { Event } from '../../domain/kubernetes.ts'
import { redact } from '../../domain/redact.ts'
import { metadata } from './meta.ts'
import { f, int, isRecord, message, type Shape, text, time } from './shape.ts'

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

/** Every field that either API of events has; which of them is set depends on who wrote the event. */
type Written = {
  readonly metadata: Event['metadata']
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
  involvedObject: f(2, reference),
  reason: f(3, text),
  message: f(4, text),
  source: f(5, source),
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

const latestOf = (times: readonly (string | undefined)[]): string | undefined => {
  const known = times.filter((at) => at !== undefined)
  return known.length === 0 ? undefined : known.reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a))
}

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
  return {
    metadata: event.metadata,
    regarding: event.involvedObject ?? event.regarding ?? {},
    ...(event.type === undefined ? {} : { type: event.type }),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(note === undefined ? {} : { note: redact(note.slice(0, 4096)) }),
    ...(firstSeen === undefined ? {} : { firstSeen }),
    ...(lastSeen === undefined ? {} : { lastSeen }),
    ...(count > 0 ? { count } : {}),
    ...(component === undefined ? {} : { component }),
    ...(host === undefined ? {} : { host }),
  }
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
