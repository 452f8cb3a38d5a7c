import type { Document } from '../domain/document.ts'
import { postmortemDocument, postmortemOf } from '../domain/postmortem.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { withApp } from './asking/app.ts'
import { namedIncident } from './asking/incident.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'postmortem',
  summary: 'the draft of a review of an incident, from the record',
  usage: '[INCIDENT] [--output json|markdown] [--to issue|pr]',
  examples: ['postmortem', 'postmortem i-0a1b2c3d4e --output markdown', 'postmortem --to issue'],
  flags: {
    output: { short: 'o', value: 'FORMAT', help: 'json, or markdown to paste into an issue' },
    to: { value: 'PLACE', help: 'issue or pr: write it to the Git host, once' },
  },
  where: 'app',
  run: (context, args) =>
    withApp(context, async (app) => {
      const output = args.flags.get('output') ?? 'text'
      if (output !== 'text' && output !== 'json' && output !== 'markdown')
        return refused('usage', '--output is json or markdown.')
      const to = args.flags.get('to')
      if (to !== undefined && to !== 'issue' && to !== 'pr') return refused('usage', '--to is issue or pr.')
      if (to !== undefined) return app.publishReview(to, namedIncident(args.words).incident)
      const story = await app.story(namedIncident(args.words).incident)
      if (isRefusal(story)) return story
      const draft = postmortemOf(story)
      const document = postmortemDocument(draft)
      if (output === 'text') return { status: 'ok', document }
      const written = output === 'json' ? JSON.stringify(draft, null, 2) : app.markdown(document)
      return { status: 'ok', document: parts(written) }
    }),
}

/** Whole, in pieces that a message can show: of one long piece only the end would be. */
const parts = (written: string): Document => {
  const pieces: string[] = ['']
  for (const line of written.trimEnd().split('\n')) {
    const last = pieces.at(-1) ?? ''
    if (last.length + line.length > longest) pieces.push(line)
    else pieces[pieces.length - 1] = last === '' ? line : `${last}\n${line}`
  }
  return pieces.map((piece) => ({ kind: 'code', text: piece }))
}

/** In characters, with room for what escaping adds. */
const longest = 2_400
