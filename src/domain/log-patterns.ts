import type { Unreadable } from './coverage.ts'
import type { LogLevel } from './log-line.ts'
import { isTrouble, type LogEntry, patternOf, readLog } from './log-lines.ts'

/** The log of one container, already redacted. */
export type NamedLog = { readonly pod: string; readonly container: string; readonly text: string }

/** Messages that are alike over all the logs of a place and a window. */
export type LogCluster = {
  readonly level?: LogLevel
  /** Whether it reports trouble, by its level or its words. */
  readonly trouble: boolean
  /** One of the messages, the latest. */
  readonly example: string
  readonly count: number
  readonly pods: readonly string[]
  /** RFC 3339, where the lines carry times. */
  readonly firstSeen?: string
  readonly lastSeen?: string
  /** A minute, over the window; absent where lines carry no times. */
  readonly perMinute?: number
  /** Its share in the window's second half against the first: `new` where the first three quarters had none. */
  readonly trend?: 'new' | 'rising' | 'steady' | 'falling'
}

/** What the logs of a place say, in patterns: trouble first, then by how often. */
export type PatternReport = {
  readonly version: 1
  readonly cluster: string
  readonly at: string
  readonly namespace?: string
  /** The window in seconds, where one was asked for. */
  readonly since?: number
  readonly pods: { readonly read: number; readonly of: number }
  readonly messages: number
  readonly patterns: readonly LogCluster[]
  readonly unavailable: readonly Unreadable[]
}

type Seen = { readonly entry: LogEntry; readonly pod: string; readonly at: number | undefined }

/** Milliseconds of a time as lines write it: RFC 3339 (UTC where no zone is said) or seconds since the epoch. */
const timeIn = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  if (/^\d{10}(?:\.\d+|\d{3})?$/.test(text)) return Number(text) * (text.length === 13 ? 1 : 1000)
  if (!/^\d{4}[-/]\d\d[-/]\d\d[T ]\d/.test(text)) return undefined
  const plain = text.replaceAll('/', '-').replace(' ', 'T').replace(',', '.').replace(/\s+/g, '')
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(plain) ? plain : `${plain.replace(/(?:UTC|GMT)$/, '')}Z`)
  return Number.isNaN(time) ? undefined : time
}

/** Status codes mean something, so that their digits must not be taken out with the others: `500` becomes letters before. */
const keepCodes = (text: string): string =>
  text.replace(
    /\b(status|code|HTTP\/\d(?:\.\d)?"?|exit code|errno)(\W{0,3})([1-5]\d\d|\d{1,3})\b/gi,
    (_, word, gap, digits) =>
      `${word}${gap}${[...String(digits)].map((digit) => String.fromCharCode(97 + Number(digit))).join('')}`,
  )

/** The key of a message: quoted texts, ids, numbers and words with numbers in them taken out. */
export const keyOf = (text: string): string =>
  patternOf(keepCodes(text.slice(0, 400)).replace(/"[^"]{0,200}"|'[^']{1,200}'/g, '"…"')).replace(
    /[\w./:@-]*#[\w.#/:@-]*/g,
    '#',
  )

/**
 * Clusters the messages of logs that are alike but for names and numbers, those older than `since` seconds left out where they
 * carry times. Linear in the logs, each bounded as `readLog` bounds it. Never throws.
 */
export const logPatterns = (
  logs: readonly NamedLog[],
  options: { readonly now: string; readonly since?: number },
): { readonly messages: number; readonly patterns: readonly LogCluster[] } => {
  const now = Date.parse(options.now)
  const oldest = options.since === undefined ? Number.NEGATIVE_INFINITY : now - options.since * 1000
  const groups = new Map<string, Seen[]>()
  let messages = 0
  let [begin, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { pod, text } of logs) {
    for (const entry of readLog(text).entries) {
      const at = timeIn(entry.at)
      if (at !== undefined && at < oldest) continue
      messages += 1
      if (at !== undefined) [begin, end] = [Math.min(begin, at), Math.max(end, at)]
      const key = `${entry.level ?? ''} ${keyOf(entry.text)}`
      const known = groups.get(key)
      if (known === undefined) groups.set(key, [{ entry, pod, at }])
      else known.push({ entry, pod, at })
    }
  }
  const window = { begin: options.since === undefined ? begin : Math.max(begin, oldest), end }
  return { messages, patterns: [...groups.values()].map((seen) => clusterOf(seen, window)).sort(compareClusters) }
}

const clusterOf = (seen: readonly Seen[], window: { readonly begin: number; readonly end: number }): LogCluster => {
  const times = seen.flatMap(({ at }) => at ?? []).sort((a, b) => a - b)
  const latest = seen.reduce((best, one) => ((one.at ?? 0) >= (best.at ?? 0) ? one : best))
  const [first, last] = [times[0], times.at(-1)]
  const minutes = Math.max(1, (window.end - window.begin) / 60_000)
  const trend = trendOf(times, window)
  return {
    ...(latest.entry.level === undefined ? {} : { level: latest.entry.level }),
    trouble: isTrouble(latest.entry),
    example: latest.entry.text.slice(0, 500),
    count: seen.length,
    pods: [...new Set(seen.map(({ pod }) => pod))].sort(),
    ...(first === undefined ? {} : { firstSeen: new Date(first).toISOString() }),
    ...(last === undefined ? {} : { lastSeen: new Date(last).toISOString() }),
    ...(times.length === 0 ? {} : { perMinute: Math.round((100 * times.length) / minutes) / 100 }),
    ...(trend === undefined ? {} : { trend }),
  }
}

/** Said only of what came often enough, over a window long enough, for halves to differ by more than chance. */
const trendOf = (
  times: readonly number[],
  { begin, end }: { readonly begin: number; readonly end: number },
): LogCluster['trend'] => {
  const first = times[0]
  if (first === undefined || times.length < 6 || end - begin < 120_000) return undefined
  if (first > begin + 0.75 * (end - begin)) return 'new'
  const late = times.filter((at) => at > (begin + end) / 2).length
  const early = times.length - late
  return late > 2 * early ? 'rising' : early > 2 * late ? 'falling' : 'steady'
}

const loudness = ({ level, trouble }: LogCluster): number =>
  level === 'fatal' ? 4 : level === 'error' ? 3 : trouble ? 2 : level === 'warn' ? 1 : 0

const compareClusters = (a: LogCluster, b: LogCluster): number =>
  Number(loudness(b) >= 2) - Number(loudness(a) >= 2) ||
  Number(loudness(b) >= 1) - Number(loudness(a) >= 1) ||
  b.count - a.count ||
  loudness(b) - loudness(a) ||
  (a.example < b.example ? -1 : a.example > b.example ? 1 : 0)
