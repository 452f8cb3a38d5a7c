const cap = 64

/** Three rows of the table of distances, used again by each call: names are compared by the hundred thousand. */
const rows = [new Uint8Array(cap + 1), new Uint8Array(cap + 1), new Uint8Array(cap + 1)] as const

/**
 * Edits (insert, delete, replace, swap of neighbours) from one name to another; names are cut at 64 characters. Beyond
 * `limit` it stops counting and says `limit + 1`.
 */
export const editDistance = (from: string, to: string, limit = cap): number => {
  // What both share at their ends takes as much from one as from the other.
  if (Math.abs(Math.min(from.length, cap) - Math.min(to.length, cap)) > limit) return limit + 1
  const [a, b] = differing(from.length > cap ? from.slice(0, cap) : from, to.length > cap ? to.slice(0, cap) : to)
  if (limit === 0) return a.length + b.length === 0 ? 0 : 1
  let [before, last, row]: readonly [Uint8Array, Uint8Array, Uint8Array] = rows
  for (let column = 0; column <= b.length; column++) last[column] = column
  let leastBefore = 0
  for (let i = 1; i <= a.length; i++) {
    const least = nextRow(a, b, i, { before, last, row })
    // A swap reaches two rows back, so that two rows beyond the limit are needed to be sure.
    if (least > limit && leastBefore > limit) return limit + 1
    leastBefore = least
    ;[before, last, row] = [last, row, before]
  }
  return Math.min(last[b.length] ?? 0, limit + 1)
}

type Rows = { readonly before: Uint8Array; readonly last: Uint8Array; readonly row: Uint8Array }

/** Fills one row of the table of distances; returns the least of it. */
const nextRow = (a: string, b: string, i: number, { before, last, row }: Rows): number => {
  row[0] = i
  let least = i
  for (let j = 1; j <= b.length; j++) {
    const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
    let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
    const swapped =
      i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
    if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
    row[j] = cost
    if (cost < least) least = cost
  }
  return least
}

/** Two names without the beginning and the end that they share, which cost no edit. */
const differing = (a: string, b: string): readonly [string, string] => {
  let start = 0
  const most = Math.min(a.length, b.length)
  while (start < most && a.charCodeAt(start) === b.charCodeAt(start)) start++
  let end = 0
  while (end < most - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)]
}

const words = (name: string): string =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .sort()
    .join('-')

/** A number that names of the same letters share, in whatever order those stand; few others have it. */
const lettersOf = (name: string): number => {
  let sum = 0
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at)
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) sum += code * code * code
  }
  return sum
}

/** `web-svc` for `web`, `catalog2` for `catalog`: one name is the other with something before or after it. */
const contains = (a: string, b: string): boolean => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const [before, after] = [long.endsWith(short), long.startsWith(short)]
  if (short.length < 2 || (!before && !after)) return false
  if (short.length >= 4) return true
  return (after && long[short.length] === '-') || (before && long[long.length - short.length - 1] === '-')
}

/** How unlike two names are: 0 equal but for case, order or separators; undefined where a person would not confuse them. */
export const nameGap = (wanted: string, candidate: string): number | undefined => gapFrom(wanted)(candidate)

/**
 * The gap from one name to many: what is the same for all of them is computed once. A gap that is not `below` another need
 * not be told.
 */
const gapFrom = (wanted: string): ((candidate: string, below?: number) => number | undefined) => {
  const [mine, low] = [words(wanted), wanted.toLowerCase()]
  const letters = lettersOf(low)
  return (candidate, below = Number.POSITIVE_INFINITY) => {
    const other = candidate.toLowerCase()
    // Names of the same words have the same letters: to add them up is much cheaper than to sort the words.
    if (lettersOf(other) === letters && words(candidate) === mine) return 0
    const bound = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 4))
    const part = contains(low, other)
    const distance = editDistance(low, other, part ? cap : Math.min(bound, Math.max(0, Math.ceil(below) - 1)))
    if (distance <= bound) return distance
    return part ? bound + distance / cap : undefined
  }
}

/** The candidate that a person most likely meant by a name that does not exist; undefined where none is near. */
export const nearestName = (wanted: string, candidates: Iterable<string>): string | undefined => {
  const gapTo = gapFrom(wanted)
  let best: { readonly name: string; readonly gap: number } | undefined
  for (const name of [...candidates].sort()) {
    if (name === wanted) continue
    const gap = gapTo(name, best?.gap)
    if (gap !== undefined && (best === undefined || gap < best.gap)) best = { name, gap }
  }
  return best?.name
}
