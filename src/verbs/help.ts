import { type Answer, type Block, text, title } from '../domain/document.ts'
import { nearest } from './arguments.ts'
import type { Verb } from './verb.ts'

/** The verbs in groups, in the order in which help shows them. */
export type VerbGroups = readonly (readonly [title: string, verbs: readonly Verb[]])[]

/** The verb `help` over the others. */
export const helpVerb = (groups: VerbGroups): Verb => ({
  name: 'help',
  aliases: ['?', 'commands'],
  summary: 'this list, or the help of one command',
  usage: '[COMMAND]',
  examples: ['help', 'help logs'],
  flags: {},
  where: 'everywhere',
  run: async (context, args) => {
    const known = groups.flatMap(([, members]) => members)
    const name = args.words[0]?.toLowerCase()
    if (name !== undefined) {
      const found = known.find((verb) => verb.name === name || verb.aliases?.includes(name))
      return found === undefined ? unknownVerb(name, known) : helpOf(found)
    }
    const shown = groups.flatMap(([group, members]): Block[] => {
      const usable = members.filter((member) => member.where === 'everywhere' || context.app !== undefined)
      return usable.length === 0
        ? []
        : [title(group), { kind: 'list', items: usable.map((member) => `\`${member.name}\` ${member.summary}`) }]
    })
    const end = text('`help COMMAND` shows its options. Only buttons decide: no command changes a cluster.')
    return { status: 'ok', document: [...shown, end] }
  },
})

/** The help of one verb: usage, options, examples. */
export const helpOf = (verb: Verb): Answer => {
  const options = Object.entries(verb.flags).map(([name, flag]) => {
    const short = flag.short === undefined ? '' : `-${flag.short}, `
    return `\`${short}--${name}${flag.value === undefined ? '' : ` ${flag.value}`}\` ${flag.help}`
  })
  const also =
    verb.aliases === undefined || verb.aliases.length === 0 ? [] : [text(`Also: ${verb.aliases.join(', ')}.`)]
  return {
    status: 'ok',
    document: [
      text(`\`${[verb.name, verb.usage].filter(Boolean).join(' ')}\`: ${verb.summary}.`),
      ...(options.length === 0 ? [] : [{ kind: 'list', items: options } as const]),
      { kind: 'code', language: 'shell', text: verb.examples.join('\n') },
      ...also,
    ],
  }
}

/** What to say to a command that is none, with the nearest that is. */
export const unknownVerb = (typed: string, known: readonly Verb[]): Answer => {
  const near = nearest(
    typed,
    known.map((verb) => verb.name),
  )
  const hint = near === undefined ? '.' : `; did you mean \`${near}\`?`
  return {
    status: 'usage',
    document: [text(`There is no command “${typed.slice(0, 40)}”${hint} \`help\` lists them all.`)],
  }
}
