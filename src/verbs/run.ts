import { type Answer, text } from '../domain/document.ts'
import { InvalidName } from '../domain/name.ts'
import { isRefusal } from '../domain/refusal.ts'
import { verbNamed, verbs } from './all.ts'
import { cleanText, parseArguments, splitWords } from './arguments.ts'
import { withoutBlock } from './asking/manifest.ts'
import { helpOf, unknownVerb } from './help.ts'
import { refusalAnswer } from './reading/place.ts'
import type { VerbContext } from './verb.ts'

/** Runs a line as people type it, in Slack or in a thread. Never throws for what a person typed; empty means help. */
export const runLine = async (context: VerbContext, line: string): Promise<Answer> => {
  const parts = takesBlock(line) ? withoutBlock(line) : { line }
  if (isRefusal(parts)) return refusalAnswer(parts)
  const words = splitWords(cleanText(parts.line).replace(/^`+|`+$/g, ''))
  return isRefusal(words) ? refusalAnswer(words) : runWords(context, words, parts.block)
}

/** A line in a code block is still a line; only what starts outside one brings a block along. */
const takesBlock = (line: string): boolean => /^\s*[^\s`]/.test(line)

/** Runs words that are already split, as a shell hands them over. */
export const runWords = async (context: VerbContext, words: readonly string[], block?: string): Promise<Answer> => {
  const [first = 'help', ...rest] = words
  const verb = verbNamed(first.toLowerCase())
  if (verb === undefined) return unknownVerb(first, verbs)
  if (rest.some((word) => word === '--help' || word === '-h')) return helpOf(verb)
  const args = parseArguments(rest, verb.flags)
  if (isRefusal(args))
    return { status: 'usage', document: [text(args.reason), text(`Usage: \`${verb.name} ${verb.usage}\``)] }
  try {
    return await verb.run(context, block === undefined ? args : { ...args, block })
  } catch (error) {
    if (error instanceof InvalidName) return { status: 'usage', document: [text(`${error.message}.`)] }
    throw error
  }
}
