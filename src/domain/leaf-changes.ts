/**
 * How two values of a field differ, in the words of people: `a → b` for single values, `limits.memory 512Mi → 192Mi` for each
 * leaf of larger ones. At most `most` leaves are named; the rest are counted.
 */
export const leafChanges = (before: unknown, after: unknown, most = 4): string => {
  const [old, now] = [leavesOf(before), leavesOf(after)]
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path))
  const shown = paths.slice(0, most).map((path) => {
    const change = `${old.get(path) ?? 'not set'} → ${now.get(path) ?? 'not set'}`
    return path === '' ? change : `${path} ${change}`
  })
  const rest = paths.length - shown.length
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** The leaves of a value in words: `limits.memory 192Mi, requests.cpu 150m`; `none` where there is none. */
export const leavesText = (value: unknown): string =>
  [...leavesOf(value)].map(([path, text]) => (path === '' ? text : `${path} ${text}`)).join(', ') || 'none'

const leavesOf = (value: unknown): ReadonlyMap<string, string> => {
  const leaves = new Map<string, string>()
  walk(value, '', leaves)
  return leaves
}

const walk = (value: unknown, path: string, into: Map<string, string>): void => {
  if (value === undefined || value === null) return
  if (typeof value !== 'object') {
    into.set(path, short(String(value)))
    return
  }
  const entries = Object.entries(value)
  if (entries.length === 0) into.set(path, Array.isArray(value) ? '[]' : '{}')
  for (const [key, item] of entries) walk(item, join(path, Array.isArray(value) ? `[${key}]` : key), into)
}

const join = (path: string, key: string): string =>
  path === '' || key.startsWith('[') ? `${path}${key}` : `${path}.${key}`

const short = (text: string): string => (text.length <= 120 ? text : `${text.slice(0, 119)}…`)
