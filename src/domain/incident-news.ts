import { canonicalHash } from './canonical.ts'
import type { Incident } from './incident.ts'
import { refText } from './object.ts'

/** The other places that can be told of incidents. */
export type PlaceId = 'webhook' | 'jira' | 'evidence'

/** An incident as other places are told of it: where it stands and why. Plain JSON; its form is promised to the outside. */
export type IncidentNews = {
  readonly version: 1
  /** Different for each state that is told of, equal when the same is told again. */
  readonly id: string
  readonly incident: string
  readonly state: Incident['state']
  readonly title: string
  readonly severity: Incident['severity']
  readonly cluster: string
  readonly namespace?: string
  readonly workload?: string
  readonly team?: string
  readonly source: Incident['source']
  readonly url?: string
  readonly openedAt: string
  readonly endedAt?: string
  readonly cause?: {
    readonly code: string
    readonly object: string
    readonly summary: string
    readonly confidence: number
  }
  readonly acknowledgedBy?: string
  readonly assignee?: string
  readonly mergedInto?: string
}

/** What of an incident is news to others. Counts are none: a storm must not become one for them. */
export const newsOf = (incident: Incident): IncidentNews => {
  const { focus, link, acknowledged, diagnosis } = incident
  const cause = diagnosis?.rootCauses[0]
  const told = {
    version: 1 as const,
    incident: incident.id,
    state: incident.state,
    title: incident.title,
    severity: incident.severity,
    cluster: incident.cluster,
    ...pick(incident, ['namespace', 'team', 'endedAt', 'assignee', 'mergedInto']),
    ...(focus === undefined ? {} : { workload: focus.name }),
    source: incident.source,
    ...(link?.url === undefined ? {} : { url: link.url }),
    openedAt: incident.openedAt,
    ...(cause === undefined
      ? {}
      : {
          cause: {
            code: cause.code,
            object: refText(cause.object),
            summary: cause.summary,
            confidence: cause.confidence,
          },
        }),
    ...(acknowledged === undefined ? {} : { acknowledgedBy: acknowledged.by }),
  }
  return { ...told, id: `${incident.id}-${canonicalHash(told).slice(0, 12)}` }
}

const pick = <T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]]))) as Pick<T, K>
