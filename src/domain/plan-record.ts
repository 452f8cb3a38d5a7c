import type { Plan } from './plan.ts'
import type { PlanLife } from './plan-life.ts'

/** A plan as it is stored (kind `plan`, id = plan id): what never changes, what does, and the message that shows it. */
export type PlanRecord = {
  readonly plan: Plan
  readonly life: PlanLife
  /** The one message whose buttons decide about it; null until it is posted. */
  readonly card: { readonly channel: string; readonly ts: string } | null
  /** The thread the card belongs to, and who asked where. */
  readonly thread: { readonly channel: string; readonly ts?: string } | null
  /** Steps done since approval, for the card: short words in the order they happened. */
  readonly steps: readonly string[]
  /** Sequence number of the last `effect.intended` on the record; 0 before. */
  readonly intentSeq: number
}
