/** What one consultation may cost at most. The last turn is for the conclusion only. */
export type Limits = {
  readonly turns: number
  /** Tool calls that are carried out in one turn; the others of that turn are told to wait. */
  readonly callsATurn: number
  readonly tokens: number
  readonly ms: number
  /** Tokens of one reply. */
  readonly replyTokens: number
  /** How often the same call, or a call that is not valid, may come before it ends. */
  readonly repeats: number
}

/** The shipped limits (SAFETY T23): 12 turns, 4 looks a turn, 200,000 tokens, three minutes. */
export const defaultLimits: Limits = {
  turns: 12,
  callsATurn: 4,
  tokens: 200_000,
  ms: 180_000,
  replyTokens: 4_096,
  repeats: 3,
}
