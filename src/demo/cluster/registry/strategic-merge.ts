import { fieldShape, itemShape, type Shape } from '../schema/schema.ts'
import { copy, type Fields, isFields, same } from '../types.ts'
import { ApiError } from './errors.ts'

const directives = new Set(['$patch', '$retainKeys', '$setElementOrder', '$deleteFromPrimitiveList'])
const isDirective = (key: string): boolean => directives.has(key.split('/')[0] ?? '')

/**
 * Applies a strategic merge patch to a copy, by the merge keys of the kind. Understands `$patch: delete|replace|merge`,
 * `$retainKeys`, `$deleteFromPrimitiveList/…` and `$setElementOrder/…`.
 */
export function strategicMerge(target: unknown, patch: Fields, shape: Shape): Fields {
  const base = isFields(target) ? target : {}
  if (patch['$patch'] === 'replace') return without(patch)
  if (patch['$patch'] === 'delete') return {}
  if (patch['$patch'] !== undefined && patch['$patch'] !== 'merge') {
    throw unusable(`unknown patch type: ${String(patch['$patch'])} in map: ${goMap(patch)}`)
  }
  const result: Fields = copy(base)
  const retained = patch['$retainKeys']
  if (Array.isArray(retained)) for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key]
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue
    const field = fieldShape(shape, key)
    if (value === null) delete result[key]
    else if (Array.isArray(value)) result[key] = mergeList(result[key], value, field, patch, key)
    else if (isFields(value)) result[key] = strategicMerge(result[key], value, field)
    else result[key] = value
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$deleteFromPrimitiveList/') || !Array.isArray(value)) continue
    const field = key.slice('$deleteFromPrimitiveList/'.length)
    const held = result[field]
    if (Array.isArray(held)) result[field] = held.filter((item) => !value.includes(item))
  }
  return result
}

function mergeList(held: unknown, patch: readonly unknown[], shape: Shape, parent: Fields, field: string): unknown[] {
  const key = shape.kind === 'list' ? shape.mergeKey : undefined
  const replaces = patch.some((item) => isFields(item) && item['$patch'] === 'replace')
  if (key === undefined || replaces) {
    return copy(
      patch
        .filter((item) => !(isFields(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1))
        .map(strip),
    )
  }
  const base: unknown[] = Array.isArray(held) ? copy(held) : []
  if (key === '') return [...base, ...patch.filter((item) => !base.some((other) => same(other, item)))]
  let result = [...base]
  for (const item of patch) {
    if (!isFields(item)) throw unusable('cannot merge a list of objects with other values')
    if (item[key] === undefined) {
      throw unusable(`map: ${goMap(item)} does not contain declared merge key: ${key}`)
    }
    const at = result.findIndex((other) => isFields(other) && same(other[key], item[key]))
    if (item['$patch'] === 'delete') result = result.filter((_, index) => index !== at)
    else if (at < 0) result.push(strategicMerge({}, item, itemShape(shape)))
    else result[at] = strategicMerge(result[at], item, itemShape(shape))
  }
  const order = parent[`$setElementOrder/${field}`]
  return inOrder(result, Array.isArray(order) ? order : patch, base, key)
}

/** The real merge's order: named items as the patch (or `$setElementOrder`) has them, the others woven in as they lay before. */
function inOrder(
  items: readonly unknown[],
  named: readonly unknown[],
  before: readonly unknown[],
  key: string,
): unknown[] {
  const indexIn = (list: readonly unknown[], item: unknown): number =>
    list.findIndex((entry) => isFields(entry) && isFields(item) && same(entry[key], item[key]))
  const byIndex = (list: readonly unknown[]) => (a: unknown, b: unknown) => indexIn(list, a) - indexIn(list, b)
  const first = items.filter((item) => indexIn(named, item) >= 0).sort(byIndex(named))
  const rest = items.filter((item) => indexIn(named, item) < 0).sort(byIndex(before))
  const result: unknown[] = []
  while (first.length > 0 && rest.length > 0) {
    const [left, right] = [indexIn(before, rest[0]), indexIn(before, first[0])]
    result.push(left >= 0 && right >= 0 && left < right ? rest.shift() : first.shift())
  }
  return [...result, ...first, ...rest]
}

const strip = (value: unknown): unknown => (isFields(value) ? without(value) : value)

function without(patch: Fields): Fields {
  return Object.fromEntries(
    Object.entries(patch).flatMap(([key, value]) =>
      isDirective(key) || value === null ? [] : [[key, isFields(value) ? without(value) : copy(value)]],
    ),
  )
}

/** The real server answers a patch that cannot be merged with a bare 500. */
const unusable = (message: string): ApiError => new ApiError(500, '', message)

/** A map as Go prints it with %v. */
export function goMap(item: Fields): string {
  return `map[${Object.keys(item)
    .sort()
    .map((key) => `${key}:${goValue(item[key])}`)
    .join(' ')}]`
}

function goValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`
  if (value === null) return '<nil>'
  return isFields(value) ? goMap(value) : String(value)
}
