const token = /[\s]*(?:([{}[\],:])|"(?:[^"\\\n\r\t]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y

/** What may come next: a value, a key, a colon, or what follows a value. `first` also lets the container end at once. */
type Expecting = 'value' | 'first-value' | 'key' | 'first-key' | 'colon' | 'after'

/**
 * Where a text stops being JSON: the offset of the first token that does not fit. The engine's own message names no place for
 * many faults. Linear; for texts that have failed to parse.
 */
export const jsonFault = (text: string): number => {
  const open: ('{' | '[')[] = []
  let expecting: Expecting = 'value'
  token.lastIndex = 0
  for (;;) {
    const from = token.lastIndex
    const match = token.exec(text)
    if (match === null) return skipSpace(text, from)
    const next = step(expecting, match[1] ?? match[0].trimStart(), open)
    if (next === undefined) return skipSpace(text, from)
    expecting = next
    if (open.length === 0 && expecting === 'after') return skipSpace(text, token.lastIndex)
  }
}

const skipSpace = (text: string, from: number): number => {
  let at = from
  while (at < text.length && ' \n\r\t'.includes(text[at] ?? '')) at++
  return at
}

const step = (expecting: Expecting, found: string, open: ('{' | '[')[]): Expecting | undefined => {
  const inside = open.at(-1)
  if (expecting === 'colon') return found === ':' ? 'value' : undefined
  if (expecting === 'after' && found === ',') return inside === '{' ? 'key' : 'value'
  const mayEnd = expecting === 'after' || expecting === 'first-value' || expecting === 'first-key'
  if (found === '}' || found === ']') {
    const fits = mayEnd && inside === (found === '}' ? '{' : '[')
    open.pop()
    return fits ? 'after' : undefined
  }
  if (expecting === 'after') return undefined
  if (expecting === 'key' || expecting === 'first-key') return found.startsWith('"') ? 'colon' : undefined
  if (found === ',' || found === ':') return undefined
  if (found !== '{' && found !== '[') return 'after'
  open.push(found)
  return found === '{' ? 'first-key' : 'first-value'
}
