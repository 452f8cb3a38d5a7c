import type { CauseCode } from './cause.ts'
import type { Risk } from './plan.ts'

/** A condition on a cause before a runbook may offer its action, by fact or by kind. */
export type Precondition =
  | { readonly kind: 'object-kind'; readonly in: readonly string[] }
  | {
      readonly kind: 'fact'
      readonly name: string
      readonly equals?: string | number | boolean
      readonly exists?: boolean
    }
  | { readonly kind: 'not-tried'; readonly action: string; readonly within: string }
  | { readonly kind: 'changed-within'; readonly within: string }
  /** An older revision of the target is kept, so that going back is possible at all. */
  | { readonly kind: 'earlier-revision' }

/** One step: an action of the catalogue with its input (values may be `{{fact}}`), or words for a person. */
export type Step =
  | {
      readonly kind: 'action'
      readonly action: string
      /** The cause's own object, or the one workload that it hurts. */
      readonly target: 'object' | 'affected-workload'
      readonly input: Readonly<Record<string, unknown>>
      readonly summary: string
    }
  | { readonly kind: 'human'; readonly text: string; readonly commands: readonly string[] }

/** A typed runbook: which causes it answers, when it may, what it does, how that is checked and undone, and who owns it. */
export type Runbook = {
  readonly id: string
  readonly title: string
  readonly owner: string
  readonly codes: readonly CauseCode[]
  readonly risk: Risk
  readonly preconditions: readonly Precondition[]
  readonly steps: readonly Step[]
  readonly validation: string
  readonly rollback: string
  readonly approvals: number
}
