/**
 * Collects what comes for one key while earlier work for that key runs, and hands it over as one batch: many signals about
 * one trouble cost few writes, and never race each other within a process. A failed batch fails each of its callers.
 */
export const batchByKey = <T, R>(
  work: (key: string, batch: readonly T[]) => Promise<R>,
): ((key: string, item: T) => Promise<R>) => {
  type Waiting = { readonly items: T[]; readonly result: Promise<R> }
  const running = new Map<string, Promise<unknown>>()
  const waiting = new Map<string, Waiting>()

  const start = (key: string, items: readonly T[]): Promise<R> => {
    const result = work(key, items)
    const settled = result
      .catch(() => undefined)
      .then(() => {
        if (running.get(key) === settled) running.delete(key)
      })
    running.set(key, settled)
    return result
  }

  return (key, item) => {
    const next = waiting.get(key)
    if (next !== undefined) {
      next.items.push(item)
      return next.result
    }
    const items = [item]
    const before = running.get(key) ?? Promise.resolve()
    const result = before.then(() => {
      waiting.delete(key)
      return start(key, items)
    })
    waiting.set(key, { items, result })
    return result
  }
}
