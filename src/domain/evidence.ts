import type { ObjectRef } from './object.ts'

/** Where a piece of evidence was read. */
export type EvidenceKind =
  | 'event'
  | 'status'
  | 'spec'
  | 'log'
  | 'metric'
  | 'alert'
  | 'change'
  | 'computed'
  | 'workflow-run'

/**
 * One observation as an analyzer made it: immutable, already redacted, at most a few lines.
 * `at` is RFC 3339, where the source says when. It gets its id (`e1`…) when the diagnosis is assembled.
 */
export type Observation = {
  readonly kind: EvidenceKind
  readonly about: ObjectRef
  readonly text: string
  readonly at?: string
}

/** An observation under the id by which explanations cite it. */
export type Evidence = Observation & { readonly id: string }
