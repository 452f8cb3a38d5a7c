import type { DiffLine } from './change.ts'
import { redactNamed } from './redact.ts'

const noise: readonly (readonly string[])[] = [
  ['status'],
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
  ['metadata', 'generation'],
  ['metadata', 'selfLink'],
]

/** One leaf of an object: where it stands, and its value as JSON. `name` is what the value is called, for redaction. */
type Leaf = { readonly path: string; readonly value: string; readonly name: string }

/**
 * What a dry run would change, as the fewest lines: one `-` and `+` per leaf that differs, in the order of the paths, without
 * what the server keeps for itself and, unless asked for, without the status. Entries of a list are told by their name, so
 * an insertion does not shift the rest. `raw` is for hashing only; `shown` is redacted.
 */
export const diffObjects = (
  before: unknown,
  after: unknown,
  { status = false }: { readonly status?: boolean } = {},
): { readonly raw: readonly DiffLine[]; readonly shown: readonly DiffLine[] } => {
  const [old, now] = [leavesOf(before, status), leavesOf(after, status)]
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort()
  const raw: DiffLine[] = []
  const shown: DiffLine[] = []
  for (const path of paths) {
    const [from, to] = [old.get(path), now.get(path)]
    if (from?.value === to?.value) continue
    for (const [op, leaf] of [['-', from] as const, ['+', to] as const]) {
      if (leaf === undefined) continue
      raw.push({ op, text: `${path}: ${leaf.value}` })
      shown.push({ op, text: `${path}: ${redactNamed(leaf.name, leaf.value)}` })
    }
  }
  return { raw, shown }
}

const leavesOf = (value: unknown, status: boolean): ReadonlyMap<string, Leaf> => {
  const leaves = new Map<string, Leaf>()
  const left = status ? noise.filter((drop) => drop[0] !== 'status') : noise
  walk(value, { keys: [], path: '', name: '', left }, leaves)
  return leaves
}

type Place = {
  readonly keys: readonly string[]
  readonly path: string
  readonly name: string
  readonly left: readonly (readonly string[])[]
}

const walk = (value: unknown, place: Place, into: Map<string, Leaf>): void => {
  const { keys, path, name, left } = place
  if (value === undefined || left.some((drop) => drop.length === keys.length && drop.every((k, i) => k === keys[i])))
    return
  if (Array.isArray(value)) {
    const labels = labelsOf(value)
    if (value.length === 0) into.set(path, { path, value: '[]', name })
    value.forEach((item, index) => {
      const below = { keys: [...keys, String(index)], path: `${path}[${labels[index]}]`, name: nameOf(item) ?? name }
      walk(item, { ...below, left }, into)
    })
    return
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
    if (entries.length === 0) into.set(path, { path, value: '{}', name })
    for (const [key, item] of entries) {
      const step = /^[A-Za-z][\w-]*$/.test(key) ? `${path === '' ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`
      const below = { keys: [...keys, key], path: `${path}${step}`, name: key === 'value' ? name : key }
      walk(item, { ...below, left }, into)
    }
    return
  }
  into.set(path, { path, value: typeof value === 'string' ? value : JSON.stringify(value), name })
}

const nameOf = (item: unknown): string | undefined => {
  const name = typeof item === 'object' && item !== null ? (item as { readonly name?: unknown }).name : undefined
  return typeof name === 'string' ? name : undefined
}

/** How the entries of a list are told apart: by name, mount path or port where each has its own, else by number. */
const labelsOf = (items: readonly unknown[]): readonly string[] => {
  for (const key of ['name', 'mountPath', 'containerPort', 'key', 'type'] as const) {
    const labels = items.map((item) =>
      typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[key] : undefined,
    )
    const texts = labels.map(String)
    if (labels.every((label) => label !== undefined) && new Set(texts).size === texts.length) return texts
  }
  return items.map((_, index) => String(index))
}

/** The lines of a text edit: the changed middle with up to `context` equal lines around it. For files in pull requests. */
export const diffText = (before: string, after: string, context = 2): readonly DiffLine[] => {
  const [old, now] = [before.split('\n'), after.split('\n')]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1
  let tail = 0
  while (tail < old.length - start && tail < now.length - start && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1
  const line = (op: DiffLine['op']) => (text: string) => ({
    op,
    text: redactNamed(/^\s*([\w.-]+):/.exec(text)?.[1] ?? '', text),
  })
  return [
    ...old.slice(Math.max(0, start - context), start).map(line(' ')),
    ...old.slice(start, old.length - tail).map(line('-')),
    ...now.slice(start, now.length - tail).map(line('+')),
    ...old.slice(old.length - tail, old.length - tail + context).map(line(' ')),
  ]
}
