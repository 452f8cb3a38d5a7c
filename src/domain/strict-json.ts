/** Text that is not JSON as we accept it: broken, too deep, or with a key that is there twice or is not for data. */
export class StrictJsonError extends Error {
  constructor(why: string) {
    super(why)
    this.name = 'StrictJsonError'
  }
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Parses JSON, and refuses with StrictJsonError what JSON.parse lets through: two equal keys in one object (two readers
 * could see two messages), keys that reach a prototype, nesting deeper than `maxDepth`. One pass over the text.
 */
export const parseStrictJson = (text: string, maxDepth = 64): unknown => {
  checkKeys(text, maxDepth)
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new StrictJsonError(cause instanceof SyntaxError ? 'is not JSON' : 'cannot be parsed')
  }
}

const checkKeys = (text: string, maxDepth: number): void => {
  const open: (Set<string> | undefined)[] = []
  let expectsKey = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at)
    if (char === 0x22) {
      const end = endOfString(text, at)
      const keys = open.at(-1)
      if (expectsKey && keys !== undefined) {
        remember(keys, text.slice(at, end + 1))
        expectsKey = false
      }
      at = end
    } else if (char === 0x7b || char === 0x5b) {
      if (open.length >= maxDepth) throw new StrictJsonError(`is nested deeper than ${maxDepth}`)
      open.push(char === 0x7b ? new Set() : undefined)
      expectsKey = char === 0x7b
    } else if (char === 0x7d || char === 0x5d) {
      open.pop()
      expectsKey = false
    } else if (char === 0x2c) {
      expectsKey = open.at(-1) !== undefined
    }
  }
}

const endOfString = (text: string, start: number): number => {
  let at = start + 1
  while (at < text.length) {
    const char = text.charCodeAt(at)
    if (char === 0x22) return at
    at += char === 0x5c ? 2 : 1
  }
  throw new StrictJsonError('is not JSON')
}

const remember = (keys: Set<string>, quoted: string): void => {
  let key: unknown
  try {
    key = JSON.parse(quoted)
  } catch {
    throw new StrictJsonError('is not JSON')
  }
  const name = String(key)
  if (forbidden.has(name)) throw new StrictJsonError(`has the key ${name}`)
  if (keys.has(name)) throw new StrictJsonError(`has the key ${JSON.stringify(name.slice(0, 60))} twice`)
  keys.add(name)
}
