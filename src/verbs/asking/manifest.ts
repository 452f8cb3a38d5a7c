import { isAlias, isMap, isScalar, parseAllDocuments, visit } from 'yaml'
import { type Refusal, refused } from '../../domain/refusal.ts'

const maxChars = 15_000
const maxDepth = 30
const neverKeys = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * One object from YAML or JSON as a person pasted it: YAML 1.2, one document, no anchors, aliases or tags, no key twice, no
 * number that loses digits. Anything else is a refusal with its line: what is applied must be what is read.
 */
export const parseManifest = (text: string): Readonly<Record<string, unknown>> | Refusal => {
  if (text.length > maxChars) return no(`it is longer than ${maxChars / 1000},000 characters`)
  const deep = text.split('\n').findIndex((line) => /^ {80}|(?:[[{]\s*){30}|(?:-\s+){30}/.test(line))
  if (deep >= 0) return no(`line ${deep + 1} is nested too deep`)
  const documents = parsed(text)
  if (documents === undefined) return no('it cannot be parsed')
  if (documents.length !== 1)
    return no(documents.length === 0 ? 'it is empty' : 'it holds more than one object; one card is for one object')
  const [document] = documents
  const wrong = document === undefined ? undefined : [...document.errors, ...document.warnings][0]
  if (document === undefined || wrong !== undefined) return no((wrong?.message ?? 'it is empty').split('\n')[0] ?? '')
  if (!isMap(document.contents)) return no('it is not an object')
  const odd = oddity(document)
  if (odd !== undefined) return no(odd)
  return document.toJS() as Readonly<Record<string, unknown>>
}

const parsed = (text: string) => {
  try {
    const documents = parseAllDocuments(text, { version: '1.2', schema: 'core', uniqueKeys: true, intAsBigInt: false })
    return Array.isArray(documents) ? documents : []
  } catch {
    return undefined
  }
}

type Parsed = NonNullable<ReturnType<typeof parsed>>[number]

const oddity = (document: Parsed): string | undefined => {
  let odd: string | undefined
  visit(document, (key, node, path) => {
    if (odd !== undefined) return visit.BREAK
    if (isAlias(node)) odd = 'it has an alias (*…)'
    else if (typeof node === 'object' && node !== null && 'anchor' in node && node.anchor !== undefined)
      odd = 'it has an anchor (&…)'
    else if (
      typeof node === 'object' &&
      node !== null &&
      'tag' in node &&
      typeof node.tag === 'string' &&
      node.tag.startsWith('!')
    )
      odd = 'it has a tag (!…)'
    else if (path.length > maxDepth * 2) odd = 'it is nested too deep'
    else if (isScalar(node))
      odd = key === 'key' && neverKeys.has(String(node.value)) ? `it has the key ${node.value}` : oddScalar(node.value)
    return undefined
  })
  return odd
}

const oddScalar = (value: unknown): string | undefined =>
  typeof value === 'number' && (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    ? `it has the number ${value}, which does not keep its digits; quote it`
    : undefined

const no = (why: string): Refusal => refused('manifest-invalid', `This is not one object in plain YAML: ${why}.`)

/** What stands between the first pair of code fences of a message, as Slack hands it over, and the line around it. */
export const withoutBlock = (raw: string): { readonly line: string; readonly block?: string } | Refusal => {
  const start = raw.indexOf('```')
  if (start < 0) return { line: raw }
  const end = raw.indexOf('```', start + 3)
  if (end < 0) return refused('usage', 'The code block is not closed, or the message was too long to come whole.')
  const block = raw
    .slice(start + 3, end)
    .replace(/^(?:ya?ml|json)?[ \t]*\r?\n/, '')
    .replace(/<((?:https?:\/\/|mailto:)[^|>]*)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
  return { line: `${raw.slice(0, start)} ${raw.slice(end + 3)}`, block }
}
