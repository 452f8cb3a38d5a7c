import type { DeploymentNews } from './deployment-news.ts'
import type { ObjectRef } from './object.ts'

/** The deployment at a Git host that brought a commit: which, and where to. */
export type DeployedFrom = Pick<DeploymentNews, 'repository' | 'deployment' | 'sha' | 'environment'>

/** How a workload did over a window. What could not be read is absent, and never taken for zero. */
export type Sample = {
  /** RFC 3339. */
  readonly at: string
  readonly wanted: number
  readonly available: number
  /** Whether the rollout is done, still goes on, or has surely failed. */
  readonly rollout: 'done' | 'going' | 'failed'
  /** Restarts of its containers in an hour, over all of its pods. */
  readonly restartsPerHour?: number
  /** How many restarts that were. */
  readonly restarts?: number
  /** Messages of trouble in its logs, by their pattern. */
  readonly errors?: readonly ErrorPattern[]
  /** The 95th percentile of its requests, in seconds. */
  readonly latency?: number
  /** What could not be read, in words. */
  readonly unread: readonly string[]
}

/** Messages of trouble that are alike: one of them, their key, and how often in a minute. */
export type ErrorPattern = { readonly key: string; readonly example: string; readonly perMinute: number }

/** One thing that is worse than before. `grave`: it is not up. */
export type Worse = {
  readonly what: 'health' | 'restarts' | 'errors' | 'latency'
  readonly text: string
  readonly grave: boolean
}

/** What a comparison says. `unknown`: what decides could not be read, so it is not called healthy. */
export type DeployVerdict = 'healthy' | 'unhealthy' | 'unknown' | 'superseded' | 'gone'

/** The check of one rollout: one record for each revision that a workload was brought to. Times are RFC 3339. */
export type DeployCheck = {
  readonly id: string
  readonly cluster: string
  readonly target: ObjectRef
  readonly revision: string
  /** The revision before; absent where none was known. */
  readonly from?: string
  /** Images that changed: `app: acme/web:1 → acme/web:2`. */
  readonly images: readonly string[]
  readonly seenAt: string
  /** The number of the next look: an older one that still waits in the queue does nothing. */
  readonly turn: number
  readonly phase: 'before' | 'window' | 'told' | 'ended'
  readonly before?: Sample
  readonly after?: Sample
  readonly verdict?: DeployVerdict
  readonly worse?: readonly Worse[]
  /** The case that it opened, or was told in. */
  readonly incident?: string
  /** Templates that differ by more than marks: going back to the one before would change something. */
  readonly revertible: boolean
  /** The deployment at the Git host that made it, where one said so. */
  readonly news?: DeployedFrom
}

/** So many new messages of trouble a minute are more than a slip; below it nothing is said of a new pattern. */
const loud = 0.6

/**
 * What is worse after a rollout than before it; pure. Only what was read on both sides is compared, but pods that are not up, and
 * containers that restart again and again, are worse than anything that is not known.
 */
export const worseThan = (before: Sample | undefined, after: Sample): readonly Worse[] => [
  ...health(before, after),
  ...restarts(before, after),
  ...errors(before, after),
  ...latency(before, after),
]

const health = (before: Sample | undefined, after: Sample): readonly Worse[] => {
  if (after.rollout === 'done') return []
  const short = after.wanted - after.available
  const shortBefore = before === undefined ? 0 : before.wanted - before.available
  if (after.rollout === 'going' && short <= shortBefore && short > 0 && before !== undefined) return []
  const was = before === undefined ? '' : ` (${before.available} of ${before.wanted} before)`
  const text =
    after.rollout === 'failed'
      ? `the rollout is stuck: ${after.available} of ${after.wanted} available${was}`
      : `the rollout is not done: ${after.available} of ${after.wanted} available${was}`
  return [{ what: 'health', text, grave: short > shortBefore || after.rollout === 'failed' }]
}

const restarts = (before: Sample | undefined, after: Sample): readonly Worse[] => {
  const { restarts: count, restartsPerHour: rate } = after
  if (count === undefined || rate === undefined || count === 0) return []
  const known = before?.restartsPerHour
  // Of new pods that restarted once it is not known that they will again.
  if (count < 2 || (known !== undefined && rate <= 2 * known)) return []
  const was = known === undefined ? 'before is not known' : `${round(known)} an hour before`
  return [{ what: 'restarts', text: `${count} restarts of new pods (${was})`, grave: false }]
}

const errors = (before: Sample | undefined, after: Sample): readonly Worse[] => {
  if (before?.errors === undefined || after.errors === undefined) return []
  const known = new Map(before.errors.map(({ key, perMinute }) => [key, perMinute]))
  const found = after.errors.filter(({ key, perMinute }) => perMinute >= loud && perMinute > 3 * (known.get(key) ?? 0))
  return found.slice(0, 3).map(({ key, example, perMinute }) => ({
    what: 'errors' as const,
    text: `${known.has(key) ? 'more often than before' : 'new'} in the logs, ${round(perMinute)} a minute: ${example.slice(0, 160)}`,
    grave: false,
  }))
}

const latency = (before: Sample | undefined, after: Sample): readonly Worse[] => {
  if (before?.latency === undefined || after.latency === undefined) return []
  if (after.latency <= 1.5 * before.latency || after.latency - before.latency < 0.05) return []
  const text = `95 % of requests within ${milliseconds(after.latency)}, ${milliseconds(before.latency)} before`
  return [{ what: 'latency', text, grave: false }]
}

/** Whether all that decides was read: without it nothing is called healthy. */
export const tellable = (after: Sample): boolean => after.restarts !== undefined

const milliseconds = (seconds: number): string => `${Math.round(seconds * 1000)} ms`
const round = (value: number): number => Math.round(value * 10) / 10
