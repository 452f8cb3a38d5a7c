import type { CauseCode } from './cause.ts'
import type { Coverage } from './coverage.ts'
import type { Evidence } from './evidence.ts'
import type { ChangeNote, Severity } from './finding.ts'
import type { ObjectRef } from './object.ts'
import type { Risk } from './plan.ts'

/** The whole answer in a word. `healthy` only when everything needed was read and nothing was found. */
export type Verdict = 'healthy' | 'degraded' | 'critical' | 'inconclusive'

/** What a runbook offers for a cause: an action of the catalogue with the input it would be planned with. */
export type Proposal = {
  readonly action: string
  readonly risk: Risk
  readonly summary: string
  readonly runbook: string
  readonly target: ObjectRef
  readonly input: Readonly<Record<string, unknown>>
}

/** One root cause, explained. `explanation` steps cite evidence ids; `since` and `at` are RFC 3339. */
export type RootCause = {
  readonly code: CauseCode
  readonly object: ObjectRef
  readonly confidence: number
  readonly severity: Severity
  readonly since?: string
  readonly summary: string
  readonly explanation: readonly string[]
  readonly evidence: readonly Evidence[]
  readonly affected: readonly ObjectRef[]
  readonly change?: ChangeNote
  readonly fix: readonly string[]
  readonly prevention: readonly string[]
  readonly contributingFactors: readonly string[]
  readonly proposals: readonly Proposal[]
  readonly facts: Readonly<Record<string, string | number | boolean>>
}

/** A finding in the answer: `causedBy` is the index of its root cause, absent where it stands alone. */
export type ReportedFinding = {
  readonly code: CauseCode
  readonly severity: Severity
  readonly object: ObjectRef
  readonly summary: string
  readonly evidence: readonly string[]
  readonly causedBy?: number
}

/** The answer as JSON (SNAPSHOT.md, version 1): equal input gives equal bytes. */
export type Diagnosis = {
  readonly version: 1
  readonly cluster: string
  readonly at: string
  readonly verdict: Verdict
  readonly coverage: Coverage
  readonly rootCauses: readonly RootCause[]
  readonly findings: readonly ReportedFinding[]
  /** What findings without a root cause rest on; the rest of the evidence stands under its root cause. */
  readonly evidence?: readonly Evidence[]
  /** What to look at next: for an inconclusive answer, the evidence that would decide. */
  readonly next: readonly string[]
}
