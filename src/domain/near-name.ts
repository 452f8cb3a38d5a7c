const cap = 64

/** Edits (insert, delete, replace, swap of neighbours) from one name to another; names are cut at 64 characters. */
export const editDistance = (from: string, to: string): number => {
  const [a, b] = [from.slice(0, cap), to.slice(0, cap)]
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

const words = (name: string): string =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .sort()
    .join('-')

/** `web-svc` for `web`, `catalog2` for `catalog`: one name is the other with something before or after it. */
const contains = (a: string, b: string): boolean => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (short.length >= 4 && (long.startsWith(short) || long.endsWith(short))) return true
  return short.length >= 2 && (long.startsWith(`${short}-`) || long.endsWith(`-${short}`))
}

/** How unlike two names are: 0 equal but for case, order or separators; undefined where a person would not confuse them. */
export const nameGap = (wanted: string, candidate: string): number | undefined => {
  if (words(wanted) === words(candidate)) return 0
  const distance = editDistance(wanted.toLowerCase(), candidate.toLowerCase())
  const bound = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 4))
  if (distance <= bound) return distance
  return contains(wanted.toLowerCase(), candidate.toLowerCase()) ? bound + distance / cap : undefined
}

/** The candidate that a person most likely meant by a name that does not exist; undefined where none is near. */
export const nearestName = (wanted: string, candidates: Iterable<string>): string | undefined => {
  let best: { readonly name: string; readonly gap: number } | undefined
  for (const name of [...candidates].sort()) {
    if (name === wanted) continue
    const gap = nameGap(wanted, name)
    if (gap !== undefined && (best === undefined || gap < best.gap)) best = { name, gap }
  }
  return best?.name
}
