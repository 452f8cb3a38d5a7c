import type { KubeObject } from '../../domain/kubernetes.ts'
import { redact } from '../../domain/redact.ts'
import { age } from './ages.ts'

/** An event of core/v1 as the API serves it; only what rows show, each field possibly missing. */
export type RawEvent = KubeObject & {
  readonly type?: string
  readonly reason?: string
  readonly message?: string
  readonly count?: number
  readonly firstTimestamp?: string | null
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null
  readonly involvedObject?: {
    readonly kind?: string
    readonly name?: string
    readonly namespace?: string
    readonly uid?: string
  }
}

/** When an event was last seen, RFC 3339; events of the new API have only eventTime or a series. */
export const lastSeen = (event: RawEvent): string =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? ''

/** Columns of `eventRows`. */
export const eventColumns = ['Last seen', 'Type', 'Reason', 'Object', 'Message'] as const

/** Orders events, the latest first. Times come with and without fractions, so they are compared as times. */
export const latestFirst = (a: RawEvent, b: RawEvent): number =>
  (Date.parse(lastSeen(b)) || 0) - (Date.parse(lastSeen(a)) || 0) || (a.metadata.name < b.metadata.name ? -1 : 1)

/** Events as rows, the latest first. */
export const eventRows = (events: readonly RawEvent[], now: number): readonly (readonly string[])[] =>
  events.toSorted(latestFirst).map((event) => {
    const count = event.series?.count ?? event.count ?? 1
    const { kind = '', name = '' } = event.involvedObject ?? {}
    return [
      `${age(lastSeen(event), now)}${count > 1 ? ` (×${count})` : ''}`,
      event.type ?? '',
      event.reason ?? '',
      `${kind.toLowerCase()}/${name}`,
      redact(event.message ?? '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    ]
  })
