/** What became of a write that GitHub did not confirm. `unknown`: it may have happened, and only looking can tell. */
export type WriteFailure = { readonly kind: 'rejected' | 'unknown'; readonly message: string }

/** What an error says of a write: a 4xx is GitHub's no, unless its status is one of `unclear`; anything else may have happened. */
export const failedWrite = (error: unknown, unclear: readonly number[] = [408]): WriteFailure => {
  const { status, message } = error as { status?: number; message?: string }
  const said = message?.split('\n')[0] ?? ''
  return status !== undefined && status >= 400 && status < 500 && !unclear.includes(status)
    ? { kind: 'rejected', message: `GitHub said no (${status}): ${said}` }
    : { kind: 'unknown', message: `GitHub did not answer clearly: ${said}` }
}

/** Statuses that say nothing of whether it was made where the same write is looked for before it is tried again: limits too. */
export const limitsAreUnclear: readonly number[] = [403, 408, 429]
