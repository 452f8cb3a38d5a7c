/** Runs work when it is its turn. Rejects with the signal's reason where that fires while it still waits. */
export type Turns = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>

/** At most `most` at once, in the order of asking. */
export const createTurns = (most: number): Turns => {
  const waiting: (() => void)[] = []
  let busy = 0
  return async (work, signal) => {
    signal.throwIfAborted()
    if (busy < most) busy += 1
    else await turn(waiting, signal)
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) busy -= 1
      else next()
    }
  }
}

/** Resolves when whoever ends hands its turn over, so that nobody who comes later gets it first. */
const turn = (waiting: (() => void)[], signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const gone = () => {
      const place = waiting.indexOf(mine)
      if (place >= 0) waiting.splice(place, 1)
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    }
    const mine = () => {
      signal.removeEventListener('abort', gone)
      resolve()
    }
    waiting.push(mine)
    signal.addEventListener('abort', gone, { once: true })
  })
