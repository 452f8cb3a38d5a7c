import type { Pod } from '../../domain/kubernetes.ts'
import { isTrouble, type LogDigest, type LogEntry } from '../../domain/log-lines.ts'
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

type Kept = { entry: LogEntry; count: number; last: number; sign?: LogSign }

// Waiting loops write plain lines; they count where nothing but waiting is written.
const counts = (entry: LogEntry): boolean =>
  isTrouble(entry) ||
  entry.level === 'warn' ||
  (entry.level === undefined && /\bwaiting for\b|\bretry(?:ing)?\b|unavailable|unreachable/i.test(entry.text))

/**
 * What a log keeps saying, by cause where it has a sign, else by pattern. Still true means: among the last entries, or nothing
 * but calm routine lines has followed for less than the trouble itself lasted.
 */
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
        last: pattern.last,
        ...(sign === undefined ? {} : { sign }),
      })
    } else {
      if (pattern.last > known.last && sign !== undefined) Object.assign(known, { entry: pattern.example, sign })
      known.count += pattern.count
      known.last = Math.max(known.last, pattern.last)
    }
  }
  const stillTold = (one: Kept): boolean => total - 1 - one.last <= Math.max(15, Math.min(one.count, 60))
  return [...kept.values()]
    .filter(stillTold)
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
