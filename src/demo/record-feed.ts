import type { AuditEntry } from '../domain/timeline.ts'
import type { Running } from '../main.ts'

/** The app's record as the panel and the tour read it. */
export type RecordFeed = {
  entries(): readonly AuditEntry[]
  /** Begins to follow an app; `changed` is called when there is news. Returns the end. */
  follow(app: Running, changed: () => void): () => void
}

const everyMs = 300

/** Follows the record by its head, and reads it only when that has moved. */
export const createRecordFeed = (): RecordFeed => {
  let entries: readonly AuditEntry[] = []
  return {
    entries: () => entries,
    follow: ({ doctor }, changed) => {
      let seen = -1
      let busy = false
      const look = async (): Promise<void> => {
        const { seq } = doctor.audit.head()
        if (seq === seen) return
        entries = await doctor.audit.read({})
        seen = seq
        changed()
      }
      const timer = setInterval(() => {
        if (busy) return
        busy = true
        void look()
          .catch(() => undefined)
          .then(() => {
            busy = false
          })
      }, everyMs)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}
