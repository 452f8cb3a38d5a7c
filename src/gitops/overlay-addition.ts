import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml'
import type { Named } from './candidates.ts'
import type { FieldChange, PathStep } from './field-changes.ts'

/**
 * A kustomization with an entry more that makes a change for this overlay alone: `images`, `replicas`, or a patch of the one
 * field. Undefined where the file is of a shape that nothing can be added to safely. Its other bytes stay.
 */
export const addToOverlay = (
  text: string,
  target: Named & { readonly apiVersion: string },
  change: FieldChange,
): string | undefined => {
  const [key, entry] = entryFor(target, change)
  const document = parseDocument(text, { keepSourceTokens: true })
  if (document.errors.length > 0 || !isMap(document.contents) || document.contents.flow === true) return undefined
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const written = stringify([entry], { lineWidth: 0, compat: 'yaml-1.1' }).trimEnd()
  const list = document.get(key, true)
  if (list === undefined) {
    const end = text === '' || text.endsWith('\n') ? '' : newline
    return `${text}${end}${key}:${newline}${written.split('\n').join(newline)}${newline}`
  }
  if (!isSeq(list) || list.flow === true || list.items.length === 0 || list.range === null || list.range === undefined)
    return undefined
  const lineStart = text.lastIndexOf('\n', list.range[0] - 1) + 1
  const indent = text.slice(lineStart, list.range[0])
  if (indent.trim() !== '') return undefined
  const after = list.range[1]
  const gap = text[after - 1] === '\n' ? '' : newline
  const lines = written.split('\n').map((line) => `${indent}${line}`)
  return `${text.slice(0, after)}${gap}${lines.join(newline)}${newline}${text.slice(after).replace(/^\r?\n/, '')}`
}

/**
 * A values file with one value more, which overrules the one of a file before it. Undefined where the way to it is there in a
 * shape that nothing can be added to safely. Its other bytes stay.
 */
export const addToValues = (text: string, keys: readonly string[], value: unknown): string | undefined => {
  const document = parseDocument(text, { keepSourceTokens: true })
  const top = document.contents
  if (document.errors.length > 0 || (top !== null && (!isMap(top) || top.flow === true))) return undefined
  let parent: unknown = top
  let depth = 0
  while (isMap(parent) && depth < keys.length - 1 && parent.has(keys[depth])) {
    parent = parent.get(keys[depth], true)
    depth += 1
  }
  const rest = keys.slice(depth)
  const nestedValue = rest.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
  const written = stringify(nestedValue, { lineWidth: 0, compat: 'yaml-1.1' }).trimEnd()
  if (depth === 0) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${written}\n`
  if (!isMap(parent) || parent.flow === true || parent.has(rest[0])) return undefined
  const last = parent.items.at(-1)
  const [first, end] = [isScalar(last?.key) ? last.key.range?.[0] : undefined, parent.range?.[1]]
  if (first === undefined || end === undefined) return undefined
  const indent = text.slice(text.lastIndexOf('\n', first - 1) + 1, first)
  if (indent.trim() !== '') return undefined
  const gap = text[end - 1] === '\n' ? '' : '\n'
  const lines = written.split('\n').map((line) => `${indent}${line}`)
  return `${text.slice(0, end)}${gap}${lines.join('\n')}\n${text.slice(end).replace(/^\r?\n/, '')}`
}

const entryFor = (target: Named & { readonly apiVersion: string }, change: FieldChange): readonly [string, unknown] => {
  const { path, before, after } = change
  const [old, now] = [imageParts(before), imageParts(after)]
  if (path.at(-1) === 'image' && old !== undefined && now !== undefined && old.name === now.name)
    return ['images', { name: now.name, newTag: now.tag }]
  if (path.length === 2 && path[0] === 'spec' && path[1] === 'replicas' && typeof after === 'number')
    return ['replicas', { name: target.name, count: after }]
  const patch = {
    apiVersion: target.apiVersion,
    kind: target.kind,
    metadata: { name: target.name },
    ...(nested(path, after ?? null) as object),
  }
  return ['patches', { patch: stringify(patch, { lineWidth: 0 }) }]
}

const imageParts = (image: unknown) => {
  const match = typeof image === 'string' ? /^(.+):([\w][\w.-]{0,127})$/.exec(image) : null
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], tag: match[2] }
}

const nested = (path: readonly PathStep[], value: unknown): unknown =>
  path.reduceRight<unknown>(
    (inner, step) =>
      typeof step === 'string' ? { [step]: inner } : [{ [step.key]: step.value, ...(inner as object) }],
    value,
  )
