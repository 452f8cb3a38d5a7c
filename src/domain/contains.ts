import { at } from './at.ts'
import { parseQuantity } from './quantity.ts'

/**
 * The path of the first field of `wanted` that `live` has not, or has otherwise; undefined where it holds all of them.
 * What the server adds does not matter; entries of lists are found by name where they have one; `0.5` is `500m`.
 */
export const firstMissing = (wanted: unknown, live: unknown, path = ''): string | undefined => {
  if (Array.isArray(wanted)) return missingInList(wanted, live, path)
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return Object.keys(wanted).length === 0 ? undefined : path
    for (const [key, value] of Object.entries(wanted)) {
      const missing = firstMissing(value, at(live, key), path === '' ? key : `${path}.${key}`)
      if (missing !== undefined) return missing
    }
    return undefined
  }
  return same(wanted, live) ? undefined : path
}

const missingInList = (wanted: readonly unknown[], live: unknown, path: string): string | undefined => {
  if (!Array.isArray(live)) return wanted.length === 0 ? undefined : path
  for (const [index, item] of wanted.entries()) {
    const name = at(item, 'name')
    const here =
      typeof name === 'string'
        ? live.find((other) => at(other, 'name') === name)
        : (live.find((other) => firstMissing(item, other) === undefined) ?? live[index])
    const missing = firstMissing(item, here, `${path}[${typeof name === 'string' ? name : index}]`)
    if (missing !== undefined) return missing
  }
  return undefined
}

const same = (wanted: unknown, live: unknown): boolean => {
  if (wanted === live) return true
  // A zero, an empty text or a false that the server leaves out is there all the same.
  if (live === undefined) return wanted === null || wanted === '' || wanted === 0 || wanted === false
  const [a, b] = [quantity(wanted), quantity(live)]
  return a !== undefined && a === b
}

const quantity = (value: unknown): number | undefined =>
  typeof value === 'string' || typeof value === 'number' ? parseQuantity(value) : undefined
