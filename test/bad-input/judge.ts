import type { Printed, Reply, Try } from './site.ts'

// What only a program that did not expect this says: a place in its code, or a library's own words.
const insides =
  /\.(?:ts|js|mjs):\d+|node:internal|node_modules|\bat (?:async )?[\w.<>]+ \(|TypeError|ReferenceError|RangeError|SyntaxError|ZodError|\[object Object\]|\bundefined\b is not|Cannot read propert/

/** What is wrong with words that people read: none at all, or the insides of a program. */
export const words = (text: string): string | undefined => {
  if (text.trim() === '') return 'nothing was said'
  const found = insides.exec(text)
  return found === null
    ? undefined
    : `it says ${JSON.stringify(text.slice(Math.max(0, found.index - 40), found.index + 60))}`
}

/** Hidden or steering characters that must never be passed on. */
export const hidden = (text: string): string | undefined =>
  /(?![\n\t])[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u.test(text) ||
  /\\u(00[01][0-9a-f]|200[b-f]|202[a-e]|206[6-9])/i.test(text)
    ? 'hidden characters are passed on'
    : undefined

/** What is wrong with an answer that must have one of these statuses. */
export const status = (reply: Reply, ...wanted: readonly number[]): string | undefined => {
  if (!wanted.includes(reply.status))
    return `answered ${reply.status} ${reply.text.slice(0, 120)}, not ${wanted.join(' or ')}`
  return insides.test(reply.text) ? `the answer shows insides: ${reply.text.slice(0, 120)}` : undefined
}

/** What is wrong with what a verb printed: its exit code, no words where it failed, or the insides of the program. */
export const code = ({ code: got, out, err }: Printed, ...wanted: readonly number[]): string | undefined =>
  wanted.includes(got) ? words(`${out}${err}`) : `exit ${got}, not ${wanted.join(' or ')}: ${err.slice(-300)}`

/** What is wrong where this text must be in an answer. */
export const says = (text: string, wanted: RegExp): string | undefined =>
  words(text) ?? (wanted.test(text) ? undefined : `it says ${JSON.stringify(text.slice(0, 200))}, not ${wanted}`)

/** The first of several problems. */
export const first = (...problems: readonly (string | undefined)[]): string | undefined =>
  problems.find((problem) => problem !== undefined)

/** One try for each of several inputs. */
export const each = <T>(
  inputs: readonly (readonly [what: string, input: T])[],
  run: (input: T, site: Parameters<Try['run']>[0]) => Promise<string | undefined>,
): readonly Try[] => inputs.map(([what, input]) => ({ what, run: (site) => run(input, site) }))
