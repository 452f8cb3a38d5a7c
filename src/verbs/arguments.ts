import { nearestName } from '../domain/near-name.ts'
import { type Refusal, refused } from '../domain/refusal.ts'

/** A parsed line: the words, the flags with their values (`true` where a flag has none), and a code block that came along. */
export type Arguments = {
  readonly words: readonly string[]
  readonly flags: ReadonlyMap<string, string | true>
  readonly block?: string
}

/** Which flags a verb takes: `value` flags need a value, others stand alone. Keys are long names; shorts map to them. */
export type FlagTable = Readonly<
  Record<string, { readonly short?: string; readonly value?: string; readonly help: string }>
>

const maxLength = 3_000

/**
 * Cleans what people and Slack put into a command: smart quotes and dashes, auto-links, bidirectional and zero-width
 * characters, escaped entities. Letters of other alphabets stay, so that look-alikes fail later by name, never silently match.
 */
export const cleanText = (raw: string): string =>
  raw
    .slice(0, maxLength)
    .replace(/<(?:https?:\/\/|mailto:)[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<((?:https?:\/\/)[^|>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/[\u2018\u2019\u201a]/g, "'")
    .replace(/(^|\s)[\u2013\u2014](?=[a-zA-Z])/g, '$1--')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .trim()

/** Splits a cleaned line into words; quotes keep spaces together, an open quote is a refusal. Nothing is ever expanded. */
export const splitWords = (line: string): readonly string[] | Refusal => {
  const words: string[] = []
  const pattern = /\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+(?:["'][^"']*["'][^\s"']*)*))/y
  let at = 0
  while (at < line.length) {
    pattern.lastIndex = at
    const match = pattern.exec(line)
    if (match === null) return line.slice(at).trim() === '' ? words : refused('usage', 'A quote is not closed.')
    words.push(match[1] ?? match[2] ?? (match[3] ?? '').replace(/["'`]/g, ''))
    at = pattern.lastIndex
  }
  return words
}

/** Sorts words and flags by a verb's table. An unknown flag, or one without its value, is a refusal with a suggestion. */
export const parseArguments = (words: readonly string[], table: FlagTable): Arguments | Refusal => {
  const rest: string[] = []
  const flags = new Map<string, string | true>()
  const byShort = new Map(
    Object.entries(table).flatMap(([name, flag]) => (flag.short === undefined ? [] : [[flag.short, name] as const])),
  )
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    if (word === '--') {
      rest.push(...words.slice(index + 1))
      break
    }
    const match = /^(--?)([a-zA-Z][a-zA-Z-]*)(?:=(.*))?$/.exec(word)
    if (match === null) {
      rest.push(word)
      continue
    }
    const name = match[1] === '--' ? (match[2] ?? '') : byShort.get(match[2] ?? '')
    const flag = name === undefined ? undefined : Object.hasOwn(table, name) ? table[name] : undefined
    if (name === undefined || flag === undefined)
      return refused('usage', `There is no option ${word.split('=')[0]}${nearestFlag(match[2] ?? '', table)}`)
    if (flag.value === undefined) {
      if (match[3] !== undefined) return refused('usage', `--${name} takes no value.`)
      flags.set(name, true)
      continue
    }
    if (match[3] === undefined) index += 1
    const value = match[3] ?? words[index]
    if (value === undefined || value === '')
      return refused('usage', `--${name} needs a value: --${name} ${flag.value}.`)
    flags.set(name, value)
  }
  return { words: rest, flags }
}

const nearestFlag = (typed: string, table: FlagTable): string => {
  const names = Object.keys(table)
  const near = nearest(typed, names)
  if (near !== undefined) return `; did you mean --${near}?`
  return names.length === 0
    ? '; this command takes none.'
    : `; there are ${names.map((name) => `--${name}`).join(', ')}.`
}

/** The name that was probably meant: the only one with this beginning, else the nearest by spelling. */
export const nearest = (typed: string, names: readonly string[]): string | undefined => {
  const low = typed.toLowerCase()
  const beginning = low.length >= 2 ? names.filter((name) => name.startsWith(low)) : []
  return beginning.length === 1 ? beginning[0] : nearestName(low, names)
}
