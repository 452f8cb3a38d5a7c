import { fieldShape, itemShape, type Shape } from '../schema/schema.ts'
import { type FieldSet, type Fields, isFields, same } from '../types.ts'

/** Is this path a member of the set, not only an ancestor of members? */
const isMember = (node: FieldSet): boolean => Object.keys(node).length === 0 || '.' in node

/** The path element of a list item: by its keys, by its value, or undefined for an atomic list. */
export function elementOf(item: unknown, shape: Shape): string | undefined {
  if (shape.kind !== 'list' || shape.topology === 'atomic') return undefined
  if (shape.topology === 'set') return `v:${JSON.stringify(item)}`
  if (!isFields(item)) return undefined
  const keys: Fields = {}
  for (const key of [...shape.keys].sort()) {
    const value = item[key] ?? (key === 'protocol' ? 'TCP' : undefined)
    if (value !== undefined) keys[key] = value
  }
  return `k:${JSON.stringify(keys)}`
}

type Child = { readonly element: string; readonly value: unknown; readonly shape: Shape }

/** The members of a value that are owned one by one; undefined where the value is owned as a whole. */
function childrenOf(value: unknown, shape: Shape): readonly Child[] | undefined {
  if (isFields(value)) {
    if ((shape.kind === 'struct' || shape.kind === 'map') && shape.atomic) return undefined
    if (shape.kind === 'scalar' || shape.kind === 'list') return undefined
    return Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [{ element: `f:${key}`, value: member, shape: fieldShape(shape, key) }],
    )
  }
  if (!Array.isArray(value) || shape.kind !== 'list' || shape.topology === 'atomic') return undefined
  return value.flatMap((item) => {
    const element = elementOf(item, shape)
    return element === undefined
      ? []
      : [{ element, value: item, shape: shape.topology === 'set' ? leaf : itemShape(shape) }]
  })
}

const leaf: Shape = { kind: 'scalar', code: 's' }

/** The fields that an applied configuration names. */
export function fieldSetOf(value: unknown, shape: Shape): FieldSet {
  const set: FieldSet = {}
  for (const child of childrenOf(value, shape) ?? []) {
    const inner = childrenOf(child.value, child.shape)
    if (inner === undefined || inner.length === 0) set[child.element] = {}
    else {
      const isItem = child.element.startsWith('k:')
      set[child.element] = { ...(isItem ? { '.': {} } : {}), ...fieldSetOf(child.value, child.shape) }
    }
  }
  return set
}

/** What a write changed: fields set or altered, and fields removed. */
export function difference(before: unknown, after: unknown, shape: Shape): { changed: FieldSet; removed: FieldSet } {
  const changed: FieldSet = {}
  const removed: FieldSet = {}
  const old = new Map((childrenOf(before, shape) ?? []).map((child) => [child.element, child]))
  for (const child of childrenOf(after, shape) ?? []) {
    const held = old.get(child.element)
    old.delete(child.element)
    if (held === undefined) changed[child.element] = added(child)
    else if (!same(held.value, child.value)) {
      const inner = childrenOf(child.value, child.shape)
      const innerBefore = childrenOf(held.value, held.shape)
      if (inner === undefined || (innerBefore === undefined && held.value !== null)) changed[child.element] = {}
      else {
        const deeper = difference(held.value, child.value, child.shape)
        if (Object.keys(deeper.changed).length > 0) changed[child.element] = deeper.changed
        if (Object.keys(deeper.removed).length > 0) removed[child.element] = deeper.removed
      }
    }
  }
  for (const [element, child] of old) removed[element] = { '.': {}, ...addedSet(child) }
  return { changed, removed }
}

/** A new field with everything below it: it and its leaves become members. */
function added(child: Child): FieldSet {
  const inner = childrenOf(child.value, child.shape)
  return inner === undefined || inner.length === 0 ? {} : { '.': {}, ...addedSet(child) }
}

function addedSet(child: Child): FieldSet {
  return Object.fromEntries((childrenOf(child.value, child.shape) ?? []).map((inner) => [inner.element, added(inner)]))
}

/** Members of either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {}
  for (const element of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [left, right] = [a[element], b[element]]
    if (left === undefined || right === undefined) result[element] = left ?? right ?? {}
    else {
      const inner = union(withoutSelf(left), withoutSelf(right))
      result[element] =
        Object.keys(inner).length > 0 && (isMember(left) || isMember(right)) ? { '.': {}, ...inner } : inner
    }
  }
  return result
}

/** Members of the first that are not members of the second. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {}
  for (const [element, node] of Object.entries(a)) {
    const other = b[element]
    if (element === '.') continue
    if (other === undefined) {
      result[element] = node
      continue
    }
    const inner = subtract(withoutSelf(node), withoutSelf(other))
    const stays = isMember(node) && !isMember(other)
    if (Object.keys(inner).length > 0) result[element] = stays ? { '.': {}, ...inner } : inner
    else if (stays) result[element] = {}
  }
  return result
}

/** Members of both. */
export function intersect(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {}
  for (const [element, node] of Object.entries(a)) {
    const other = b[element]
    if (other === undefined || element === '.') continue
    const inner = intersect(withoutSelf(node), withoutSelf(other))
    const both = isMember(node) && isMember(other)
    if (Object.keys(inner).length > 0) result[element] = both ? { '.': {}, ...inner } : inner
    else if (both) result[element] = {}
  }
  return result
}

function withoutSelf(node: FieldSet): FieldSet {
  if (!('.' in node)) return node
  const { '.': _self, ...rest } = node
  return rest
}

/** Is nothing in the set? */
export const isEmpty = (set: FieldSet): boolean => Object.keys(set).length === 0

/** The member paths, as apimachinery prints them: `.spec.template.spec.containers[name="app"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  return Object.entries(set).flatMap(([element, node]) => {
    if (element === '.') return []
    const path = prefix + elementText(element)
    return [...(isMember(node) ? [path] : []), ...pathsOf(node, path)]
  })
}

function elementText(element: string): string {
  if (element.startsWith('f:')) return `.${element.slice(2)}`
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`
  const keys: Fields = JSON.parse(element.slice(2))
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}]`
}

/** Removes from a value every leaf of the set, with all that lies below it. */
export function removeFields(value: unknown, set: FieldSet, shape: Shape): unknown {
  if (isFields(value)) {
    const result: Fields = {}
    for (const [key, member] of Object.entries(value)) {
      const node = set[`f:${key}`]
      if (node === undefined) result[key] = member
      else if (!isEmpty(node)) result[key] = removeFields(member, node, fieldShape(shape, key))
    }
    return result
  }
  if (!Array.isArray(value)) return value
  return value.flatMap((item) => {
    const node = set[elementOf(item, shape) ?? '']
    if (node === undefined) return [item]
    return isEmpty(node) ? [] : [removeFields(item, node, itemShape(shape))]
  })
}
