/** How long work on big data may hold the event loop at a stretch, in milliseconds. */
const longest = 12
/** How long it stands back while others keep the loop busy, and after how many quiet turns it believes that nobody does. */
const patience = 40
const quietTurns = 20

/** Something to await between pieces of work: it lets the event loop turn once enough time has passed. */
export type Breath = () => Promise<void> | undefined

let resumed = performance.now()
let pausing: Promise<void> | undefined

/**
 * A breath. All work of this process on big data shares one measure of time and pauses together, or three lists decoded at once
 * would hold the loop three times as long. A pause is several turns of the loop: libuv accepts one connection a turn
 * (since 1.45), so that a single turn would let fifty callers in over fifty slices.
 */
export const createBreath = (): Breath => () => {
  if (pausing === undefined && performance.now() - resumed < longest) return undefined
  pausing ??= untilQuiet().then(() => {
    pausing = undefined
    resumed = performance.now()
  })
  return pausing
}

const untilQuiet = (): Promise<void> =>
  new Promise((resolve) => {
    const begun = performance.now()
    const turn = (before: number, quiet: number) => {
      const now = performance.now()
      // A turn in which nothing else ran takes microseconds.
      const still = now - before < 0.05 ? quiet + 1 : 0
      if (still < quietTurns && now - begun < patience) setImmediate(turn, now, still)
      else resolve()
    }
    setImmediate(turn, begun, 0)
  })
