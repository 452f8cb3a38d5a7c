import type { CaseStory } from './case-story.ts'
import { type Document, note, table, text, title } from './document.ts'
import { type Durations, partsText, spanText } from './durations.ts'
import { refText } from './object.ts'

/** The draft of a post-incident review, as JSON: what the record and the diagnosis say, with nothing made up between. */
export type Postmortem = {
  readonly version: 1
  readonly incident: string
  readonly title: string
  readonly cluster: string
  readonly namespace?: string
  readonly severity: string
  readonly state: string
  readonly openedAt: string
  readonly endedAt?: string
  readonly signals: number
  readonly seconds: Durations
  readonly summary: string
  readonly cause?: {
    readonly code: string
    readonly object: string
    readonly summary: string
    readonly confidence: number
    readonly explanation: readonly string[]
    readonly change?: { readonly what: string; readonly at?: string; readonly by?: string }
  }
  readonly affected: readonly string[]
  readonly contributing: readonly string[]
  readonly actions: readonly {
    readonly at: string
    readonly action: string
    readonly target: string
    readonly by: string
    readonly outcome: string
    readonly note: string
  }[]
  readonly prevention: readonly string[]
  readonly unread: readonly string[]
  readonly joined: readonly string[]
  readonly timeline: readonly { readonly at: string; readonly what: string; readonly by?: string }[]
}

/** The draft from a case's story. Pure and deterministic: equal stories give equal drafts. */
export const postmortemOf = ({ incident, lines, durations }: CaseStory): Postmortem => {
  const top = incident.diagnosis?.rootCauses[0]
  return {
    version: 1,
    incident: incident.id,
    title: incident.title,
    cluster: incident.cluster,
    ...(incident.namespace === undefined ? {} : { namespace: incident.namespace }),
    severity: incident.severity,
    state: incident.state,
    openedAt: incident.openedAt,
    ...(incident.endedAt === undefined ? {} : { endedAt: incident.endedAt }),
    signals: incident.seen,
    seconds: durations,
    summary: summaryOf({ incident, lines, durations }),
    ...(top === undefined
      ? {}
      : {
          cause: {
            code: top.code,
            object: refText(top.object),
            summary: top.summary,
            confidence: top.confidence,
            explanation: top.explanation,
            ...(top.change === undefined ? {} : { change: changeOf(top.change) }),
          },
        }),
    affected: (top?.affected ?? []).map(refText),
    contributing: top?.contributingFactors ?? [],
    actions: incident.attempts.map(({ at, action, target, by, outcome, note: words }) => ({
      at,
      action,
      target: refText(target),
      by,
      outcome,
      note: words,
    })),
    prevention: top?.prevention ?? [],
    unread: (incident.diagnosis?.coverage.unavailable ?? []).map(({ source, reason }) => `${source} (${reason})`),
    joined: (incident.joined ?? []).map((one) => one.title),
    timeline: lines.map(({ at, what, by }) => ({ at, what, ...(by === undefined ? {} : { by }) })),
  }
}

const changeOf = ({ what, at, by }: { readonly what: string; readonly at?: string; readonly by?: string }) => ({
  what,
  ...(at === undefined ? {} : { at }),
  ...(by === undefined ? {} : { by }),
})

const summaryOf = ({ incident, durations }: CaseStory): string => {
  const cause = incident.diagnosis?.rootCauses[0]?.summary
  const why = cause === undefined ? 'The cause is not known.' : `The cause: ${cause.replace(/\.$/, '')}.`
  const verified = incident.attempts.findLast(({ outcome }) => outcome === 'verified')
  const mend =
    verified === undefined ? '' : ` ${verified.action} of ${refText(verified.target)} mended it: ${verified.note}.`
  const long = durations.whole === undefined ? 'It has not ended.' : `It took ${spanText(durations.whole)}.`
  const what = incident.title.replace(/\.$/, '').replace(` on ${incident.cluster}`, '')
  return `${what} on ${incident.cluster}. ${why}${mend} ${long}`
}

const time = (at: string): string => at.replace('T', ' ').replace(/(?:\.\d+)?Z$/, '')

/** The timeline of a case, for every medium. Times are UTC. */
export const timelineDocument = ({ incident, lines, durations }: CaseStory): Document => [
  title(`Timeline of ${incident.id}: ${incident.title}`),
  table(
    ['Time (UTC)', 'What', 'By'],
    lines.map(({ at, what, by }) => [time(at), what, by ?? '']),
    200,
  ),
  note(tookText(durations)),
]

const tookText = (durations: Durations): string => {
  const parts = partsText(durations)
  const whole = durations.whole === undefined ? 'It has not ended' : `Took ${spanText(durations.whole)}`
  return parts === '' ? `${whole}.` : `${whole}: ${parts}.`
}

/** The draft as a document, for people to go on from. */
export const postmortemDocument = (draft: Postmortem): Document => {
  const { cause } = draft
  const section = (name: string, items: readonly string[]): Document =>
    items.length === 0 ? [] : [title(name), { kind: 'list', items }]
  return [
    title(`Postmortem draft: ${draft.title}`),
    {
      kind: 'fields',
      fields: [
        ['Incident', `${draft.incident} (${draft.severity}, ${draft.state})`],
        ['Where', [draft.cluster, draft.namespace].filter((part) => part !== undefined).join(', ')],
        ['From', `${time(draft.openedAt)} UTC`],
        ['To', draft.endedAt === undefined ? 'not ended' : `${time(draft.endedAt)} UTC`],
        ['Signals', String(draft.signals)],
      ],
    },
    title('Summary'),
    text(draft.summary),
    title('Root cause'),
    text(
      cause === undefined
        ? 'Not known. What could be read did not explain it.'
        : `${cause.summary} (${cause.code}, ${Math.round(cause.confidence * 100)} %, ${cause.object})`,
    ),
    ...(cause?.change === undefined
      ? []
      : [
          text(
            `What changed before: ${[cause.change.at === undefined ? '' : `${time(cause.change.at)} UTC`, cause.change.what, cause.change.by === undefined ? '' : `by ${cause.change.by}`].filter(Boolean).join(' ')}`,
          ),
        ]),
    ...section('How it came about', cause?.explanation ?? []),
    ...section('Hurt by it', draft.affected),
    ...section('Part of it', draft.joined),
    ...section(
      'What was done',
      draft.actions.map(
        (one) => `${time(one.at)} ${one.action} of ${one.target} by ${one.by}: ${one.outcome}, ${one.note}`,
      ),
    ),
    ...section('Contributing', draft.contributing),
    ...section('So that it does not come back', draft.prevention),
    ...section('Could not be read', draft.unread),
    title('Timeline'),
    table(
      ['Time (UTC)', 'What', 'By'],
      draft.timeline.map(({ at, what, by }) => [time(at), what, by ?? '']),
      200,
    ),
    note(tookText(draft.seconds)),
  ]
}
