import type { CauseCode } from './cause.ts'
import type { Observation } from './evidence.ts'
import type { ObjectRef } from './object.ts'

/** critical: users are or will soon be hurt. warning: degraded or at risk now. info: worth knowing, never a root cause. */
export type Severity = 'critical' | 'warning' | 'info'

/** What changed shortly before the onset; `by` is the field manager, user or commit author where known. */
export type ChangeNote = {
  readonly what: string
  readonly at?: string
  readonly by?: string
  readonly object?: ObjectRef
}

/**
 * What one analyzer says about one cluster view. Analyzers state what they see; joining, ranking and explaining is
 * diagnosis' work. Text is for a tired person: specific names and numbers, no secrets.
 */
export type Finding = {
  readonly code: CauseCode
  readonly severity: Severity
  /** The object that has to be fixed, as CAUSES says for the code (a workload is the top-most controller). */
  readonly object: ObjectRef
  /** One line: what is wrong, with the names and numbers that matter. */
  readonly summary: string
  /** At least one observation; the decisive one first. */
  readonly evidence: readonly Observation[]
  /** How sure the analyzer is, 0 to 1, from its evidence: 0.95+ an API field says it; 0.8 log or event text; 0.6 inferred. */
  readonly confidence: number
  /** What is directly hurt by it: pods, workloads, Services. Diagnosis follows the graph from here. */
  readonly affects?: readonly ObjectRef[]
  /** RFC 3339: since when it holds, where the evidence says. */
  readonly since?: string
  /** True when the finding is an effect that something else usually causes (no endpoints, rollout stuck, not ready). */
  readonly symptom?: boolean
  /** Objects whose own fault would explain this one (the Service it cannot reach, the node it runs on, the claim it mounts). */
  readonly dependsOn?: readonly ObjectRef[]
  readonly change?: ChangeNote
  /** Steps to fix exactly this object; copy-paste commands where they help. */
  readonly fix?: readonly string[]
  readonly prevention?: readonly string[]
  readonly contributing?: readonly string[]
  /** Values that runbooks use to fill an action's input, e.g. `container`, `memoryLimit`, `suggestedMemoryLimit`, `image`. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>
}
