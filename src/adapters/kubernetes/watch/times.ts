/** How a watch keeps time and how much it may hold. Times in milliseconds. */
export type WatchTimes = {
  /** After how long a kind is listed anew, so that what a watch missed is there again. */
  readonly relist: number
  /** How long a watch may be silent, bookmarks included, before it is held to be dead. */
  readonly silent: number
  /** How long what is kept may stand without a connection before the server is asked instead. */
  readonly alone: number
  /** The first wait after a failure, and the longest; each failure doubles it. */
  readonly retry: { readonly first: number; readonly longest: number }
  /** How long a kind that cannot be watched, or is too big to keep, is left to lists. */
  readonly standDown: number
  /** How long a refusal to list a kind stands before the server is asked again. */
  readonly refused: number
  /** After how long a kind that nobody asked for is kept no longer. */
  readonly unasked: number
}

/** A server sends a bookmark about once a minute. Listing anew every five minutes bounds how long a missed event can matter. */
export const watchTimes: WatchTimes = {
  relist: 300_000,
  silent: 90_000,
  alone: 5_000,
  retry: { first: 500, longest: 30_000 },
  standDown: 600_000,
  refused: 60_000,
  unasked: 3_600_000,
}

/** Between 0.85 and 1 of a time, so that many kinds and many replicas do not come at once. */
export const jittered = (ms: number): number => Math.max(0, Math.round(ms * (1 - Math.random() * 0.15)))
