import type { Unreadable } from './coverage.ts'
import type { ObjectRef } from './object.ts'

/** warn: it will hurt when the expected happens (a drain, a load peak, a leaked token). info: worth tidying. Neither hurts now. */
export type HygieneSeverity = 'warn' | 'info'

/** One thing about one object that could hurt one day. `check` is the id by which an annotation silences it. */
export type HygieneFinding = {
  readonly check: string
  readonly severity: HygieneSeverity
  readonly object: ObjectRef
  /** One line with the names and numbers that matter; never a value of a Secret or of an environment variable. */
  readonly summary: string
  readonly fix: string
}

/** How tidy some objects are: 0 to 100, and as a letter. `objects` were judged, `clean` of them have no finding at all. */
export type HygieneScore = {
  readonly score: number
  readonly grade: 'A' | 'B' | 'C' | 'D' | 'E' | 'F'
  readonly objects: number
  readonly clean: number
}

/** What could hurt one day, apart from what is broken now. `notJudged` says which checks could not be made, and why. */
export type HygieneReport = {
  readonly version: 1
  readonly cluster: string
  readonly at: string
  /** Absent where nothing could be judged: no score is not a good score. */
  readonly total?: HygieneScore
  /** By namespace name; objects outside namespaces under `(cluster)`. */
  readonly namespaces: readonly ({ readonly namespace: string } & HygieneScore)[]
  readonly findings: readonly HygieneFinding[]
  readonly notJudged: readonly { readonly check: string; readonly reason: string }[]
  readonly unavailable: readonly Unreadable[]
}
