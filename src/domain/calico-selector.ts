import type { Labels } from './kubernetes.ts'

type Test = (labels: Labels) => boolean

const token =
  /\s*(?:(\|\||&&|==|!=|!|\(|\)|\{|\}|,)|(not\s+in|in|contains|starts\s+with|ends\s+with)(?![\w./-])|(has|all|global)\s*\(|("[^"]*"|'[^']*')|([A-Za-z0-9_./-]+))/y

const tokensOf = (text: string): readonly string[] | undefined => {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.trimEnd().length) {
    const match = token.exec(text)
    if (match === null) return undefined
    tokens.push(match[3] === undefined ? (match[2]?.replace(/\s+/g, ' ') ?? (match[0] ?? '').trim()) : `${match[3]}(`)
  }
  return tokens
}

const unquoted = (text: string | undefined): string | undefined =>
  text !== undefined && /^(["']).*\1$/s.test(text) ? text.slice(1, -1) : undefined

type Reader = { readonly peek: () => string | undefined; readonly next: () => string | undefined }

const readerOf = (tokens: readonly string[]): Reader => {
  let at = 0
  return { peek: () => tokens[at], next: () => tokens[at++] }
}

const listIn = (reader: Reader): readonly string[] | undefined => {
  if (reader.next() !== '{') return undefined
  const values: string[] = []
  while (reader.peek() !== '}') {
    const value = unquoted(reader.next())
    if (value === undefined) return undefined
    values.push(value)
    if (reader.peek() === ',') reader.next()
  }
  reader.next()
  return values
}

const labelOf = (labels: Labels, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined

const comparison = (reader: Reader, key: string): Test | undefined => {
  const operator = reader.next()
  if (operator === 'in' || operator === 'not in') {
    const values = listIn(reader)
    if (values === undefined) return undefined
    return (labels) => values.includes(labelOf(labels, key) ?? '\0') === (operator === 'in')
  }
  const wanted = unquoted(reader.next())
  if (wanted === undefined) return undefined
  switch (operator) {
    case '==':
      return (labels) => labelOf(labels, key) === wanted
    case '!=':
      return (labels) => labelOf(labels, key) !== wanted
    case 'contains':
      return (labels) => labelOf(labels, key)?.includes(wanted) === true
    case 'starts with':
      return (labels) => labelOf(labels, key)?.startsWith(wanted) === true
    case 'ends with':
      return (labels) => labelOf(labels, key)?.endsWith(wanted) === true
    default:
      return undefined
  }
}

const deepest = 40

const term = (reader: Reader, depth: number): Test | undefined => {
  const first = reader.next()
  if (first === undefined || depth > deepest) return undefined
  if (first === '!') {
    const inner = term(reader, depth + 1)
    return inner === undefined ? undefined : (labels) => !inner(labels)
  }
  if (first === '(') {
    const inner = either(reader, depth + 1)
    return inner !== undefined && reader.next() === ')' ? inner : undefined
  }
  if (first === 'all(') return reader.next() === ')' ? () => true : undefined
  // Whatever stands in a namespace is not global.
  if (first === 'global(') return reader.next() === ')' ? () => false : undefined
  if (first === 'has(') {
    const key = reader.next() ?? ''
    return reader.next() === ')' ? (labels) => labelOf(labels, key) !== undefined : undefined
  }
  return comparison(reader, first)
}

const both = (reader: Reader, depth: number): Test | undefined => {
  let left = term(reader, depth)
  while (left !== undefined && reader.peek() === '&&') {
    reader.next()
    const [a, b]: readonly [Test, Test | undefined] = [left, term(reader, depth)]
    left = b === undefined ? undefined : (labels) => a(labels) && b(labels)
  }
  return left
}

const either = (reader: Reader, depth: number): Test | undefined => {
  let left = both(reader, depth)
  while (left !== undefined && reader.peek() === '||') {
    reader.next()
    const [a, b]: readonly [Test, Test | undefined] = [left, both(reader, depth)]
    left = b === undefined ? undefined : (labels) => a(labels) || b(labels)
  }
  return left
}

/**
 * Whether a Calico selector (`app == 'web' && tier in {'a','b'} && has(team)`) holds for labels; an empty one holds for all.
 * Undefined where it cannot be read: then nothing may be concluded from it.
 */
export const calicoSelects = (selector: string, labels: Labels): boolean | undefined => {
  if (selector.trim() === '') return true
  const tokens = selector.length > 4096 ? undefined : tokensOf(selector)
  if (tokens === undefined) return undefined
  const reader = readerOf(tokens)
  const test = either(reader, 0)
  return test === undefined || reader.peek() !== undefined ? undefined : test(labels)
}
