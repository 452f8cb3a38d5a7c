import type { Document } from '../domain/document.ts'
import type { PlanRequest } from '../domain/job.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { WhyNot } from '../domain/why-not.ts'

/** A plan that has not ended, with its short name and the names of who may approve it. */
export type OpenPlan = {
  readonly record: PlanRecord
  readonly name: string
  readonly approvers: readonly string[]
  readonly link?: string
}

/** What may be asked about: a plan by its name, a wish for a change, or whatever this thread was refused last. */
export type WhyNotAsked =
  | { readonly kind: 'plan'; readonly plan: string }
  | { readonly kind: 'wish'; readonly wish: Pick<PlanRequest, 'cluster' | 'action' | 'target' | 'input'> }
  | { readonly kind: 'thread' }

/** The rules that two people want lifted, where, for how long and why. */
export type BreakGlassWish = {
  readonly cluster: string
  readonly namespace?: string
  readonly rules: readonly string[]
  readonly minutes: number
  readonly reason: string
}

/** What the running app knows of plans and of who may decide about them. None of it decides anything. */
export type PlanFace = {
  readonly open: () => Promise<readonly OpenPlan[]>
  readonly whyNot: (asked: WhyNotAsked) => Promise<WhyNot | Refusal>
  /** Asks for the way back of a plan, by its name or of the thread's last change; its card needs approval. */
  readonly undo: (plan?: string) => Promise<string | Refusal>
  /** Asks for a break-glass; somebody else has to grant it with its button. */
  readonly breakGlass: (wish: BreakGlassWish) => Promise<string | Refusal>
  /** The rules that may be lifted, and what is lifted now. */
  readonly lifted: () => Promise<Document>
  /** What would have been done in observe mode, beside what people did. */
  readonly agreement: () => Promise<Document>
  /** The ids of the catalogue. */
  readonly actions: readonly string[]
}
