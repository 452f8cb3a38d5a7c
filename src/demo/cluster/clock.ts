/** The cluster's own time: the given clock plus an offset, so that tests and the seed can move it without waiting. */
export type ClusterClock = {
  /** Milliseconds since the epoch, as the cluster sees them. */
  readonly now: () => number
  /** RFC 3339 in whole seconds, the form of metav1.Time. */
  readonly stamp: () => string
  /** RFC 3339 with microseconds, the form of metav1.MicroTime. */
  readonly microStamp: () => string
  /** Moves the cluster's time by that many milliseconds. */
  readonly shift: (milliseconds: number) => void
}

/** A cluster clock over a clock that runs by itself. */
export function createClock(base: () => Date): ClusterClock {
  let offset = 0
  // A speed that divides no delay evenly leaves fractions; instants are whole milliseconds.
  const now = (): number => Math.floor(base().getTime() + offset)
  return {
    now,
    stamp: () => seconds(now()),
    microStamp: () => new Date(now()).toISOString().replace('Z', '000Z'),
    shift: (milliseconds) => {
      offset += milliseconds
    },
  }
}

/** An instant as metav1.Time writes it. */
export function seconds(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`
}
