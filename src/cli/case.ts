import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dataDir } from '../config.ts'
import { type CaseStory, storyOf } from '../domain/case-story.ts'
import type { Document } from '../domain/document.ts'
import { postmortemDocument, postmortemOf, timelineDocument } from '../domain/postmortem.ts'
import { recordedIncident } from '../domain/recorded-case.ts'
import { readRecord } from '../memory/audit-log.ts'
import { verifyAudit } from '../memory/verify-audit.ts'
import { documentMarkdown } from '../views/document-markdown.ts'
import { documentText } from '../views/document-text.ts'
import { exit, type Io } from './io.ts'

type Verb = 'timeline' | 'postmortem'

const usages: Readonly<Record<Verb, string>> = {
  timeline: `doctor timeline INCIDENT [--record PATH] [--output text|markdown|json]

  What happened in an incident and when, from the record on disk. Needs no app, no cluster and no network.
`,
  postmortem: `doctor postmortem INCIDENT [--record PATH] [--output text|markdown|json]

  The draft of a review of an incident, from the record on disk. Needs no app, no cluster and no network. Names of people are ids here.
`,
}

/**
 * `doctor timeline` and `doctor postmortem`: the story of an incident from the record on disk. A record that is not sound is
 * said on standard error, and exits 2: what it tells may not be what happened. Exits 1 where it holds no such incident.
 */
export const runCase = async (verb: Verb, argv: readonly string[], io: Io): Promise<number> => {
  const asked = parse(argv)
  if (asked?.help === true) {
    io.out(usages[verb])
    return exit.ok
  }
  if (asked === undefined) {
    io.err(usages[verb])
    return exit.usage
  }
  const path = asked.record ?? join(dataDir(), 'audit')
  if (!existsSync(path)) {
    io.err(`doctor ${verb}: there is no record at ${path}\n`)
    return exit.found
  }
  const story = await storyAt(path, asked.incident)
  if (story === undefined) {
    io.err(`doctor ${verb}: the record at ${path} holds no incident ${asked.incident}\n`)
    return exit.found
  }
  io.out(written(verb, story, asked.output))
  const { sound } = await verifyAudit(path)
  if (!sound) io.err(`doctor ${verb}: the record is not sound; doctor audit verify names the first bad entry\n`)
  return sound ? exit.ok : exit.unknown
}

const storyAt = async (path: string, id: string): Promise<CaseStory | undefined> => {
  const entries = await readRecord(path, { incident: id })
  const incident = recordedIncident(id, entries)
  return incident === undefined ? undefined : storyOf(incident, entries, [])
}

const written = (verb: Verb, story: CaseStory, output: string): string => {
  const draft = postmortemOf(story)
  if (output === 'json') {
    const { incident, lines, durations } = story
    const data = verb === 'postmortem' ? draft : { version: 1, incident: incident.id, lines, seconds: durations }
    return `${JSON.stringify(data, null, 2)}\n`
  }
  const document: Document = verb === 'postmortem' ? postmortemDocument(draft) : timelineDocument(story)
  return output === 'markdown' ? documentMarkdown(document) : documentText(document)
}

type Asked =
  | { readonly help: true }
  | { readonly help: false; readonly incident: string; readonly record: string | undefined; readonly output: string }

const parse = (argv: readonly string[]): Asked | undefined => {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        record: { type: 'string' },
        output: { type: 'string', short: 'o', default: 'text' },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowPositionals: true,
    })
    if (values.help) return { help: true }
    const [incident, ...more] = positionals
    if (incident === undefined || more.length > 0 || !['text', 'markdown', 'json'].includes(values.output))
      return undefined
    return { help: false, incident, record: values.record, output: values.output }
  } catch {
    return undefined
  }
}
