import type { Read } from '../../domain/coverage.ts'
import { type Answer, text } from '../../domain/document.ts'

/** What to say where something of the Git host is not there, or could not be read. */
export const unreadRuns = (what: string, read: Exclude<Read<unknown>, { kind: 'ok' }>): Answer =>
  read.kind === 'absent'
    ? {
        status: 'not-found',
        document: [text(`${what}: GitHub has no such thing, or the token may not see it.`)],
      }
    : { status: 'could-not-tell', document: [text(`${what} could not be read (${read.reason}): ${read.message}.`)] }
