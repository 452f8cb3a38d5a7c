import { canonical, sha256 } from '../domain/canonical.ts'
import { redact } from '../domain/redact.ts'
import type { AuditEntry, TimelineEvent } from '../domain/timeline.ts'

/** The `prev` of a chain's first entry. */
export const genesis = '0'.repeat(64)

/** The hash of an entry: SHA-256 of the canonical form of everything else in it, so it covers `prev` and with it the past. */
export const entryHash = (entry: Omit<AuditEntry, 'hash'>): string => {
  const { hash: _, ...rest } = entry as AuditEntry
  return sha256(canonical(rest))
}

/** The next entry of a chain. Text is redacted and made well-formed; what JSON cannot carry is left out. */
export const nextEntry = (event: TimelineEvent, head: { readonly seq: number; readonly hash: string }): AuditEntry => {
  const clean = cleaned(event) as TimelineEvent
  const unsealed = { seq: head.seq + 1, ...clean, prev: head.hash }
  return { ...unsealed, hash: entryHash(unsealed) }
}

const cleaned = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return redact(value.toWellFormed()).normalize('NFC').slice(0, 8_000)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean' || value === null) return value
  if (depth > 12 || typeof value !== 'object') return undefined
  if (Array.isArray(value)) return value.slice(0, 1_000).map((item) => cleaned(item, depth + 1) ?? null)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const kept = cleaned(item, depth + 1)
      return kept === undefined ? [] : [[key, kept]]
    }),
  )
}
