import type { EvidenceKind, Observation } from './evidence.ts'
import type { Event } from './kubernetes.ts'
import type { ObjectRef } from './object.ts'
import { short } from './words.ts'

/** One observation, its text brought to one line of at most 400 characters. */
export const observe = (kind: EvidenceKind, about: ObjectRef, text: string, at?: string): Observation => ({
  kind,
  about,
  text: short(text, 400),
  ...(at === undefined ? {} : { at }),
})

/** What an event said, with its reason and how often. */
export const observeEvent = (about: ObjectRef, event: Event): Observation => {
  const times = event.count !== undefined && event.count > 1 ? ` (${event.count} times)` : ''
  return observe('event', about, `${event.reason ?? 'event'}: ${event.note ?? ''}${times}`, event.lastSeen)
}
