import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  stringify,
  type YAMLMap,
} from 'yaml'
import { type Refusal, refused } from '../domain/refusal.ts'
import { type FieldChange, type PathStep, pathText } from './field-changes.ts'

/** Which document of a file is meant: by kind and name, and by namespace where the file says one. */
export type Wanted = { readonly kind: string; readonly name: string; readonly namespace?: string }

const maxBytes = 1_000_000

/** Whether a text holds the object as plain YAML; undefined where the text is not YAML that can be read safely. */
export const holds = (text: string, wanted: Wanted): boolean =>
  documentsOf(text).some((document) => matches(document, wanted))

/**
 * Makes the changes in the text of a file by replacing just the bytes of the values: comments, order, quotes and white space
 * elsewhere stay as they are. Refuses, naming the field, where the file does not hold the value that was live, where a field
 * would need a new list entry or comes from an anchor, and where the result would not parse to exactly what was meant.
 */
export const editYaml = (text: string, wanted: Wanted, changes: readonly FieldChange[]): string | Refusal => {
  if (text.length > maxBytes) return refused('file-large', 'The file is too large to edit safely.')
  let current = text
  for (const change of changes) {
    const document = documentsOf(current).find((one) => matches(one, wanted))
    if (document === undefined) return refused('not-in-file', `The file does not hold ${wanted.kind} ${wanted.name}.`)
    const edited = editOne(current, document, change)
    if (typeof edited !== 'string') return edited
    current = edited
  }
  return proved(text, current, wanted, changes)
}

type Parsed = Document.Parsed

const documentsOf = (text: string): readonly Parsed[] => {
  const all = parseAllDocuments(text, { uniqueKeys: true, keepSourceTokens: true })
  return Array.isArray(all) ? (all as Parsed[]).filter((document) => document.errors.length === 0) : []
}

const matches = (document: Parsed, wanted: Wanted): boolean => {
  const namespace = document.getIn(['metadata', 'namespace'])
  return (
    document.get('kind') === wanted.kind &&
    document.getIn(['metadata', 'name']) === wanted.name &&
    (namespace === undefined || wanted.namespace === undefined || namespace === wanted.namespace)
  )
}

type Found = { readonly parent: YAMLMap; readonly pair: Pair<Node, Node | null> | undefined; readonly key: string }

const editOne = (text: string, document: Parsed, change: FieldChange): string | Refusal => {
  const where = pathText(change.path)
  const found = locate(document, change.path)
  if (found === undefined)
    return refused(
      'not-in-file',
      `The file does not say ${where}, so it comes from somewhere else (an overlay, a chart or a default).`,
    )
  const { parent, pair, key } = found
  const node = pair?.value ?? undefined
  if (node !== undefined && !isScalar(node))
    return refused('edit-complex', `${where} is not a single value in the file; a person has to edit it.`)
  const scalar = node as Scalar | undefined
  if (
    scalar !== undefined &&
    (scalar.anchor !== undefined || scalar.type === 'BLOCK_FOLDED' || scalar.type === 'BLOCK_LITERAL')
  )
    return refused('edit-complex', `${where} is an anchor or a block of text in the file; a person has to edit it.`)
  if (scalar !== undefined && !sameScalar(scalar.value, change.before))
    return refused(
      'git-differs',
      `The file says ${where}: ${String(scalar.value).slice(0, 80)}, but ${String(change.before).slice(0, 80)} was live. Somebody is changing it already.`,
    )
  if (typeof change.after === 'object' && change.after !== null)
    return refused('edit-complex', `${where} would need a whole block; a person has to edit it.`)
  if (scalar !== undefined && pair !== undefined)
    return change.after === undefined ? removeLine(text, pair, where) : replaceScalar(text, scalar, change.after)
  if (change.after === undefined) return text
  return insertKey(text, parent, key, change.after, where)
}

const locate = (document: Parsed, path: readonly PathStep[]): Found | undefined => {
  let node: unknown = document.contents
  for (const step of path.slice(0, -1)) {
    const next = child(node, step)
    if (next === undefined) return undefined
    node = next
  }
  const last = path.at(-1)
  if (typeof last !== 'string' || !isMap(node)) return undefined
  const pair = node.items.find((item) => isScalar(item.key) && item.key.value === last) as
    | Pair<Node, Node | null>
    | undefined
  return { parent: node as YAMLMap, pair, key: last }
}

const child = (node: unknown, step: PathStep): unknown => {
  if (typeof step === 'string') return isMap(node) ? (node.get(step, true) as unknown) : undefined
  return isSeq(node) ? node.items.find((item) => isMap(item) && item.get(step.key) === step.value) : undefined
}

/** Whether a value in a file reads as the live one: numbers and their texts are the same. */
export const sameScalar = (inFile: unknown, live: unknown): boolean =>
  inFile === live || String(inFile) === String(live ?? '')

/** The text with just the bytes of one value replaced; its quotes stay as they were. */
export const replaceScalar = (text: string, scalar: Scalar, value: unknown): string => {
  const [start, end] = scalar.range ?? [0, 0]
  return `${text.slice(0, start)}${written(value, scalar.type)}${text.slice(end)}`
}

/** A value as YAML on one line, in the quotes that the old one had; quoted also where plain would read as something else. */
const written = (value: unknown, style: string | undefined): string => {
  const scalar = new Scalar(value)
  if (typeof value === 'string' && (style === 'QUOTE_DOUBLE' || style === 'QUOTE_SINGLE')) scalar.type = style
  // Kubernetes reads YAML 1.1: `on`, `no` and `12:30` mean something else there, so they are quoted.
  return stringify(scalar, { lineWidth: 0, compat: 'yaml-1.1' }).trimEnd()
}

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1

const removeLine = (text: string, pair: Pair<Node, Node | null>, where: string): string | Refusal => {
  const start = lineStart(text, pair.key.range?.[0] ?? 0)
  const end = text.indexOf('\n', pair.value?.range?.[1] ?? start)
  const line = text.slice(start, end < 0 ? text.length : end)
  if (/^\s*- /.test(line) || /[{}]/.test(line))
    return refused('edit-complex', `${where} shares its line with other fields; a person has to remove it.`)
  return text.slice(0, start) + text.slice(end < 0 ? text.length : end + 1)
}

const insertKey = (text: string, parent: YAMLMap, key: string, value: unknown, where: string): string | Refusal => {
  const last = parent.items.at(-1) as Pair<Node, Node | null> | undefined
  const lastKey = last?.key.range?.[0]
  if (parent.flow || lastKey === undefined || !/^[A-Za-z][A-Za-z0-9-]*$/.test(key))
    return refused(
      'edit-complex',
      `${where} is not in the file yet and cannot be added safely; a person has to add it.`,
    )
  const indent = ' '.repeat(lastKey - lineStart(text, lastKey))
  const end = last?.value?.range?.[1] ?? lastKey
  const lineEnd = text[end - 1] === '\n' ? end - 1 : text.indexOf('\n', end)
  const at = lineEnd < 0 ? text.length : lineEnd
  return `${text.slice(0, at)}\n${indent}${key}: ${written(value, undefined)}${text.slice(at)}`
}

/** Parses the result again: the object differs in the fields that were meant and in nothing else, other documents not at all. */
const proved = (before: string, after: string, wanted: Wanted, changes: readonly FieldChange[]): string | Refusal => {
  const [old, now] = [documentsOf(before), documentsOf(after)]
  const same =
    old.length === now.length &&
    old.every((document, index) => {
      const other = now[index]
      if (other === undefined) return false
      const expected = document.toJS() as unknown
      if (matches(document, wanted)) for (const change of changes) put(expected, change.path, change.after)
      return JSON.stringify(sorted(expected)) === JSON.stringify(sorted(other.toJS()))
    })
  return same ? after : refused('edit-unproved', 'The edit would change more than was meant; a person has to make it.')
}

const put = (object: unknown, path: readonly PathStep[], value: unknown): void => {
  let node = object as Record<string, unknown> | unknown[] | undefined
  for (const step of path.slice(0, -1)) {
    node = (
      typeof step === 'string'
        ? (node as Record<string, unknown> | undefined)?.[step]
        : (node as Record<string, unknown>[] | undefined)?.find((item) => item[step.key] === step.value)
    ) as typeof node
  }
  const last = path.at(-1)
  if (node === undefined || typeof last !== 'string') return
  if (value === undefined) delete (node as Record<string, unknown>)[last]
  else (node as Record<string, unknown>)[last] = value
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
