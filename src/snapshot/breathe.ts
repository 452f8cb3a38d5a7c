/** How long work on big data may hold the event loop at a stretch, in milliseconds. */
const longest = 12

/** Something to await between pieces of work: it lets the event loop turn once enough time has passed. */
export type Breath = () => Promise<void> | undefined

/** A breath that counts time from its making and from each turn it gave. */
export const createBreath = (): Breath => {
  let started = performance.now()
  return () => {
    if (performance.now() - started < longest) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        started = performance.now()
        resolve()
      })
    })
  }
}
