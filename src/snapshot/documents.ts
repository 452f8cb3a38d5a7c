import { isMap, LineCounter, parseDocument, visit } from 'yaml'
import { jsonFault } from './json-fault.ts'

/** One document of a file: its value, or what is wrong with it. Lines count from 1 in the file. */
export type ParsedDocument = { readonly line: number } & ({ readonly value: unknown } | { readonly error: string })

const deepest = 100
const largestYamlDocument = 16 * 1024 * 1024

/**
 * The documents of a text: one JSON value, several in a row, or a YAML stream. A document that does not parse is an error of
 * its own and hides no other. Aliases, depth and size are bounded; duplicate keys are refused.
 */
export function* parseDocuments(text: string): Generator<ParsedDocument> {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  const first = body.match(/^\s*[[{]/)
  if (first !== null) {
    const whole = parseJson(body)
    if ('value' in whole) {
      yield { line: 1, ...checked(whole) }
      return
    }
    const values = splitJson(body)
    if (values.length > 1) {
      for (const one of values) yield { line: one.line, ...checked(parseJson(one.text)) }
      return
    }
    // YAML in flow style looks like JSON but rarely quotes its keys; what is neither keeps the clearer error, of JSON.
    const yaml = /^\s*(?:\[\s*)?\{\s*"/.test(body) ? [] : [...parseYamlStream(body)]
    if (yaml.length > 0 && yaml.every((one) => 'value' in one)) yield* yaml
    else yield { line: whole.line ?? 1, error: whole.error }
    return
  }
  yield* parseYamlStream(body)
}

type Parsed = { readonly value: unknown } | { readonly error: string; readonly line?: number }

const parseJson = (text: string): Parsed => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    // The engine's message quotes the input and often names no place; only the place is passed on.
    const position = jsonFault(text)
    const early = position >= text.length ? ': it ends too early' : ''
    return { error: `is not valid JSON${early}`, line: lineAt(text, position) }
  }
}

const lineAt = (text: string, position: number): number => {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** Splits JSON values that stand one after the other (`kubectl cluster-info dump` to standard output). Linear. */
const splitJson = (text: string): readonly { readonly text: string; readonly line: number }[] => {
  const values: { text: string; line: number }[] = []
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]\n]/gs
  let depth = 0
  let start = 0
  let line = 1
  let startLine = 1
  for (const token of text.matchAll(tokens)) {
    const one = token[0]
    if (one === '\n') line++
    else if (one === '{' || one === '[') {
      if (depth === 0) [start, startLine] = [token.index, line]
      depth++
    } else if (one === '}' || one === ']') {
      depth--
      if (depth === 0) values.push({ text: text.slice(start, token.index + 1), line: startLine })
    }
  }
  return values
}

function* parseYamlStream(text: string): Generator<ParsedDocument> {
  let line = 1
  for (const part of text.split(/^(?=---(?:\s|$))/m)) {
    const lines = part.split('\n').length - 1
    const parsed = parseYaml(part)
    if (!('value' in parsed) || parsed.value !== null) {
      const at = 'error' in parsed ? line + (parsed.line ?? 1) - 1 : line
      yield { line: at, ...checked(parsed) }
    }
    line += lines
  }
}

const parseYaml = (text: string): Parsed => {
  if (text.length > largestYamlDocument) return { error: 'is a YAML document of more than 16 MiB; use JSON' }
  if (/^(?:---)?\s*$/.test(text)) return { value: null }
  const counter = new LineCounter()
  try {
    const document = parseDocument(text, {
      lineCounter: counter,
      prettyErrors: false,
      uniqueKeys: false,
      resolveKnownTags: false,
      logLevel: 'silent',
      stringKeys: true,
    })
    const error = document.errors[0]
    if (error !== undefined) {
      return { error: `is not valid YAML: ${firstLine(error.message)}`, line: counter.linePos(error.pos[0]).line }
    }
    const twice = duplicateKey(document, counter)
    if (twice !== undefined) return twice
    return { value: document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    if (error instanceof ReferenceError) return { error: 'has too many aliases', line: 1 }
    if (error instanceof RangeError) return { error: `is nested more than ${deepest} levels deep`, line: 1 }
    return { error: 'is not valid YAML', line: 1 }
  }
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

/** Two equal keys in one map, by a set for each map: the parser's own check is quadratic. */
const duplicateKey = (
  document: ReturnType<typeof parseDocument>,
  counter: LineCounter,
): { readonly error: string; readonly line: number } | undefined => {
  let found: { error: string; line: number } | undefined
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>()
      for (const pair of isMap(map) ? map.items : []) {
        const key = pair.key as { value?: unknown; range?: readonly number[] } | null
        const name = String(key?.value ?? '')
        if (seen.has(name)) {
          found = { error: `has the key ${name.slice(0, 80)} twice`, line: counter.linePos(key?.range?.[0] ?? 0).line }
          return visit.BREAK
        }
        seen.add(name)
      }
      return undefined
    },
  })
  return found
}

const checked = (parsed: Parsed): { readonly value: unknown } | { readonly error: string } => {
  if ('error' in parsed) return { error: parsed.error }
  return tooDeep(parsed.value) ? { error: `is nested more than ${deepest} levels deep` } : parsed
}

const tooDeep = (value: unknown): boolean => {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one).filter((item) => typeof item === 'object') : [],
    )
  }
  return false
}
