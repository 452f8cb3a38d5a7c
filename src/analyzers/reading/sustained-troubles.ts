import type { Pod } from '../../domain/kubernetes.ts'
import { isTrouble, type LogDigest, type LogEntry, patternOf } from '../../domain/log-lines.ts'
import { type LogSign, signOf } from '../../domain/log-sign.ts'
import { containersOf, type PodContainer } from '../../domain/pod-containers.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { currentLog, digestOf } from './logs.ts'

/** Trouble that the log of a running container repeats and still tells of at its end. */
export type SustainedTrouble = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly entry: LogEntry
  readonly count: number
  /** Of all entries of the log. */
  readonly entries: number
  readonly sign?: LogSign
}

const keyOf = (sign: LogSign): string => {
  switch (sign.kind) {
    case 'dependency':
      return `dependency ${sign.dependency.host ?? ''}`
    case 'forbidden':
      return `forbidden ${sign.forbidden.account ?? ''} ${sign.forbidden.verb ?? ''} ${sign.forbidden.resource ?? ''}`
    case 'config':
      return `config ${sign.problem.name ?? ''}`
    default:
      return sign.kind
  }
}

type Kept = { entry: LogEntry; count: number; first: number; last: number; sign?: LogSign }

const worrying =
  /\b(?:slow|high|exceed\w*|time(?:d )?out|retry\w*|retries|fail\w*|lag\w*|leak\w*|throttl\w*|degrad\w*|latency|full|exhaust\w*|drop(?:ped|ping)|reject\w*|backlog|unreachable|unavailable|refused|reset|stuck|overload\w*|usage|pressure|lost|denied|invalid|missing|error|expired)\b/i

// Waiting loops write plain lines; warnings count where they tell of trouble, and not of habits such as deprecated calls.
const counts = (entry: LogEntry): boolean => {
  if (isTrouble(entry)) return true
  if (entry.level === 'warn') return worrying.test(entry.text) && !/deprecat|experimental|insecure/i.test(entry.text)
  return entry.level === undefined && /\bwaiting for\b|\bretry(?:ing)?\b|unavailable|unreachable/i.test(entry.text)
}

const relief =
  /\b(?:connected|reconnected|established|restored|recovered|ready|healthy|listening|started|succeeded|success(?:fully)?|resumed|back to normal|up and running)\b/i

/**
 * Whether a trouble is still true at the end of the log: not many more calm entries follow than lay between its occurrences, and
 * none of a kind that was not seen amid the trouble says that it is over.
 */
const isStillTold = (digest: LogDigest, one: Kept): boolean => {
  const total = digest.entries.length
  const gap = one.count > 1 ? (one.last - one.first) / (one.count - 1) : 1
  if (total - 1 - one.last > Math.max(3, 3 * gap)) return false
  const amid = new Set(digest.entries.slice(one.first, one.last).map((entry) => patternOf(entry.text)))
  return !digest.entries
    .slice(one.last + 1)
    .some((entry) => !isTrouble(entry) && relief.test(entry.text) && !amid.has(patternOf(entry.text)))
}

/** What a log keeps saying, by cause where it has a sign, else by pattern, as far as it is still true at its end. */
export const sustainedIn = (digest: LogDigest): readonly Omit<SustainedTrouble, 'pod' | 'workload' | 'unit'>[] => {
  const kept = new Map<string, Kept>()
  const total = digest.entries.length
  for (const pattern of digest.patterns.slice(0, 400)) {
    if (!counts(pattern.example)) continue
    const sign = signOf(pattern.example)
    const key = sign === undefined ? `text ${pattern.first}` : keyOf(sign)
    const known = kept.get(key)
    if (known === undefined) {
      kept.set(key, {
        entry: pattern.example,
        count: pattern.count,
        first: pattern.first,
        last: pattern.last,
        ...(sign === undefined ? {} : { sign }),
      })
    } else {
      if (pattern.last > known.last && sign !== undefined) Object.assign(known, { entry: pattern.example, sign })
      known.count += pattern.count
      known.first = Math.min(known.first, pattern.first)
      known.last = Math.max(known.last, pattern.last)
    }
  }
  return [...kept.values()]
    .filter((one) => isStillTold(digest, one))
    .map((one) => ({
      entry: one.entry,
      count: one.count,
      entries: total,
      ...(one.sign === undefined ? {} : { sign: one.sign }),
    }))
    .sort((a, b) => b.count - a.count)
}

const cache = new WeakMap<ClusterView, readonly SustainedTrouble[]>()

/** The sustained troubles of every running container that has a log, in pod order. Computed once per view. */
export const sustainedTroubles = (view: ClusterView): readonly SustainedTrouble[] => {
  const known = cache.get(view)
  if (known !== undefined) return known
  const found = view
    .all('Pod')
    .filter(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined &&
        pod.status?.phase !== 'Succeeded' &&
        pod.status?.phase !== 'Failed',
    )
    .flatMap((pod) => {
      const workload = view.workloadOf(pod)
      return containersOf(pod).flatMap((unit) => {
        if (unit.status !== undefined && unit.status.state?.running === undefined) return []
        const log = currentLog(view, pod, unit.name)
        return log === undefined ? [] : sustainedIn(digestOf(log)).map((one) => ({ pod, workload, unit, ...one }))
      })
    })
  cache.set(view, found)
  return found
}
