import type { z } from 'zod'
import { redact } from '../../domain/redact.ts'

/** The longest texts that are kept of what comes from outside, in characters, and the most labels. */
export const limits = { title: 250, value: 1_000, labels: 64 } as const

/**
 * Text from outside as one clean line: secrets out, no control, bidirectional or zero-width characters, at most `max`
 * characters. What is cut says so.
 */
export const cleanText = (text: string, max: number = limits.value): string => {
  const line = redact(text.slice(0, max * 4))
    .toWellFormed()
    .replace(/[\t\r\n\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}]/gu, '')
    .replace(/ {2,}/g, ' ')
    .trim()
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`
}

/** A map of labels or annotations, bounded: the first 64 in order of name, values cleaned, names that are no names left out. */
export const cleanLabels = (labels: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(labels ?? {})
      .filter(([name]) => /^[A-Za-z_][\w./:-]{0,127}$/.test(name) && name !== '__proto__')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limits.labels)
      .map(([name, value]) => [name, cleanText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))]),
  )

/** An RFC 3339 time that is not in the future and not before 2000, else `fallback`. */
export const cleanTime = (text: string | undefined, fallback: string): string => {
  const ms = text === undefined ? Number.NaN : Date.parse(text)
  const latest = Date.parse(fallback)
  return ms >= Date.UTC(2000, 0) && ms <= latest ? new Date(ms).toISOString() : fallback
}

/** An https or http address, bounded; anything else is left out. It is only ever shown, never fetched. */
export const cleanUrl = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= 2_000 && /^https?:\/\/[^\s<>|"]+$/.test(text) ? text : undefined

/** A severity word as the three that we know. */
export const severityOf = (word: string | undefined): 'critical' | 'warning' | 'info' => {
  const text = (word ?? '').toLowerCase()
  if (/^(critical|page|fatal|emergency|error|high|p1|p2|sev-?[012])\b/.test(text)) return 'critical'
  return /^(info|none|low|notice|p5|sev-?[45])\b/.test(text) ? 'info' : 'warning'
}

/** What a schema says is wrong, as the first field and its problem. */
export const firstProblem = (error: z.ZodError): { readonly kind: 'invalid'; field: string; problem: string } => {
  const issue = error.issues[0]
  return {
    kind: 'invalid',
    field: cleanText(issue?.path.map(String).join('.') || 'body', 200),
    problem: cleanText(issue?.message ?? 'has the wrong shape', 200),
  }
}
