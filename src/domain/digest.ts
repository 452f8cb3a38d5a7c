import type { PlanRequest } from './job.ts'

/** A proposal that waits for one of the open cards of its channel to be decided. `at` is RFC 3339. */
export type Held = { readonly at: string; readonly request: PlanRequest }

/** What is held back in one channel: one message in place of many cards. `dropped` counts what was too much to keep. */
export type Digest = {
  readonly channel: string
  readonly ts: string | null
  readonly held: readonly Held[]
  readonly dropped: number
}
