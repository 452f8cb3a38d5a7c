/** A no that a person can read and act on. Not a fault: nothing broke. */
export type Refusal = { readonly kind: 'refused'; readonly reason: string; readonly code: string }

/** Builds a refusal. `code` is stable for tests and metrics; `reason` is a full sentence for the person who asked. */
export const refused = (code: string, reason: string): Refusal => ({ kind: 'refused', code, reason })

/** Whether a result is a refusal. */
export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'refused'
