import { copy, isFields, same } from '../types.ts'

/** A JSON Patch that cannot be applied: a failed test, a missing path, an unknown operation. */
export class PatchFailure extends Error {}

type Operation = { op?: unknown; path?: unknown; from?: unknown; value?: unknown }

/** Applies RFC 6902 operations to a copy; throws PatchFailure where one does not hold. */
export function jsonPatch(target: unknown, operations: readonly unknown[]): unknown {
  let result = copy(target)
  for (const entry of operations) {
    if (!isFields(entry)) throw new PatchFailure('an operation is not an object')
    result = operate(result, entry)
  }
  return result
}

function operate(root: unknown, operation: Operation): unknown {
  const path = pointer(operation.path)
  switch (operation.op) {
    case 'test':
      if (!same(valueAt(root, path) ?? null, operation.value ?? null))
        throw new PatchFailure(`test failed: ${operation.path}`)
      return root
    case 'add':
      return write(root, path, copy(operation.value), 'add')
    case 'replace':
      if (valueAt(root, path) === undefined) throw new PatchFailure(`missing path: ${operation.path}`)
      return write(root, path, copy(operation.value), 'replace')
    case 'remove':
      return remove(root, path)
    case 'copy':
      return write(root, path, copy(required(root, operation.from)), 'add')
    case 'move': {
      const value = copy(required(root, operation.from))
      return write(remove(root, pointer(operation.from)), path, value, 'add')
    }
    default:
      throw new PatchFailure(`unknown operation: ${operation.op}`)
  }
}

function required(root: unknown, from: unknown): unknown {
  const value = valueAt(root, pointer(from))
  if (value === undefined) throw new PatchFailure(`missing path: ${from}`)
  return value
}

function pointer(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw new PatchFailure('bad path')
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const part of path) {
    if (Array.isArray(value)) value = value[position(part, value.length)]
    else if (isFields(value)) value = Object.hasOwn(value, part) ? value[part] : undefined
    else return undefined
  }
  return value
}

function position(part: string, length: number): number {
  if (part === '-') return length
  if (!/^(0|[1-9][0-9]*)$/.test(part)) throw new PatchFailure(`not an index: ${part}`)
  return Number(part)
}

function write(root: unknown, path: readonly string[], value: unknown, mode: 'add' | 'replace'): unknown {
  const last = path.at(-1)
  if (last === undefined) return value
  const parent = valueAt(root, path.slice(0, -1))
  if (Array.isArray(parent)) {
    const at = position(last, parent.length)
    if (at > parent.length) throw new PatchFailure(`index out of bounds: ${last}`)
    parent.splice(at, mode === 'replace' ? 1 : 0, value)
  } else if (isFields(parent)) parent[last] = value
  else throw new PatchFailure(`missing path: /${path.join('/')}`)
  return root
}

function remove(root: unknown, path: readonly string[]): unknown {
  const last = path.at(-1)
  const parent = valueAt(root, path.slice(0, -1))
  if (last === undefined || valueAt(root, path) === undefined)
    throw new PatchFailure(`missing path: /${path.join('/')}`)
  if (Array.isArray(parent)) parent.splice(position(last, parent.length), 1)
  else if (isFields(parent)) delete parent[last]
  return root
}

/** Applies an RFC 7386 merge patch to a copy. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return copy(patch)
  const result = isFields(target) ? copy(target) : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}
