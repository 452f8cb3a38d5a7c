/** The objects of a cluster share their times; how many of them are remembered. */
const mostKnown = 5_000
const known = new Map<string, number>()

/** Milliseconds of an RFC 3339 time, or undefined where there is none or it is not one. */
export const timeOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const before = known.get(text)
  if (before !== undefined) return before
  const time = Date.parse(text)
  if (Number.isNaN(time)) return undefined
  if (known.size >= mostKnown) known.clear()
  if (text.length <= 40) known.set(text, time)
  return time
}

/** Seconds from a time until now; undefined where the time is not known. Both RFC 3339. */
export const secondsSince = (then: string | undefined, now: string): number | undefined => {
  const [start, end] = [timeOf(then), timeOf(now)]
  return start === undefined || end === undefined ? undefined : (end - start) / 1000
}

/** Whether a time lies at most so many seconds before now. A time that is not known is not recent. */
export const within = (then: string | undefined, now: string, seconds: number): boolean => {
  const age = secondsSince(then, now)
  return age !== undefined && age <= seconds
}

/** Whether a state has surely lasted so many seconds. A start that is not known counts as long ago. */
export const lasted = (since: string | undefined, now: string, seconds: number): boolean => {
  const age = secondsSince(since, now)
  return age === undefined || age >= seconds
}

/** The earliest of the times that are known. */
export const earliest = (times: readonly (string | undefined)[]): string | undefined => {
  let best: { readonly text: string; readonly at: number } | undefined
  for (const text of times) {
    const at = timeOf(text)
    if (text !== undefined && at !== undefined && (best === undefined || at < best.at)) best = { text, at }
  }
  return best?.text
}

/** The latest of the times that are known. */
export const latest = (times: readonly (string | undefined)[]): string | undefined => {
  let best: { readonly text: string; readonly at: number } | undefined
  for (const text of times) {
    const at = timeOf(text)
    if (text !== undefined && at !== undefined && (best === undefined || at > best.at)) best = { text, at }
  }
  return best?.text
}
