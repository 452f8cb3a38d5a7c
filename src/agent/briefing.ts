import type { Diagnosis } from '../domain/diagnosis.ts'
import { refText } from '../domain/object.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import { type EvidenceBook, evidenceText } from './evidence-book.ts'

/** What a model is asked to look into. */
export type Task = {
  readonly diagnosis: Diagnosis
  /** What a person wants to know; absent: what the analyzers could not explain. */
  readonly question?: string
  /** The title of the incident, which somebody outside wrote. */
  readonly title?: string
  readonly namespace?: string
  readonly focus?: { readonly kind?: string; readonly name: string }
  /** What was asked and answered before in the same conversation, the oldest first. */
  readonly earlier?: readonly string[]
  /** What was tried in this incident and how it ended. */
  readonly attempts?: readonly string[]
}

/**
 * The first message of a consultation: what is known, with each piece of evidence under the id by which it can be cited. Only
 * the sentences between the evidence are ours; everything that came from outside is inside an item.
 */
export const briefing = (task: Task, view: ClusterView, book: EvidenceBook): string => {
  const { diagnosis, question, namespace, focus, title, attempts = [], earlier = [] } = task
  const evidence = [...diagnosis.rootCauses.flatMap((cause) => cause.evidence), ...(diagnosis.evidence ?? [])].slice(
    0,
    40,
  )
  const shown = evidence.map(({ id, kind, about, at, text }) =>
    book.add(`${kind} of ${refText(about)}${at === undefined ? '' : ` at ${at}`}`, text, id),
  )
  const told = (source: string, text: string, id?: string): string => evidenceText(book.add(source, text, id))
  return [
    `Cluster time: ${view.now}. Kubernetes ${view.kubernetesVersion ?? 'of unknown version'}.`,
    // Under an id that no citation can have: what somebody asks proves nothing.
    told('what is asked', asked(question, title, namespace, focus), 'q1'),
    ...(earlier.length === 0 ? [] : [told('what was said before in this conversation', earlier.join('\n'), 'q2')]),
    told('the analyzers', analyzersText(diagnosis)),
    ...shown.map(evidenceText),
    ...(attempts.length === 0 ? [] : [told('what was tried', attempts.slice(-8).join('\n'))]),
    told('kinds that were read', view.kinds.map((kind) => `${kind} ${view.list(kind).length}`).join(', ')),
    question === undefined
      ? 'Find out what the analyzers could not explain, then conclude.'
      : 'Find out what the person asks in “what is asked”, then conclude.',
  ].join('\n\n')
}

const asked = (
  question: string | undefined,
  title: string | undefined,
  namespace: string | undefined,
  focus: Task['focus'],
): string =>
  [
    ...(title === undefined ? [] : [`Incident: ${short(title, 300)}`]),
    ...(namespace === undefined ? [] : [`Namespace: ${namespace}`]),
    ...(focus === undefined ? [] : [`About: ${[focus.kind, focus.name].filter(Boolean).join('/')}`]),
    ...(question === undefined ? [] : [`Question: ${question.slice(0, 1_500)}`]),
  ].join('\n') || 'The whole cluster.'

const analyzersText = ({ verdict, rootCauses, findings, coverage, next }: Diagnosis): string => {
  const causes = rootCauses.slice(0, 8).map((cause) => {
    const change = cause.change === undefined ? '' : `; before it: ${cause.change.what}`
    const cited = cause.evidence.slice(0, 5).map(({ id }) => id)
    return `Explained: ${cause.code} on ${refText(cause.object)}: ${cause.summary}${change} (${Math.round(cause.confidence * 100)} %; ${cited.join(', ')})`
  })
  const alone = findings
    .filter(({ causedBy }) => causedBy === undefined)
    .slice(0, 20)
    .map(
      ({ code, object, summary, evidence }) =>
        `Not explained: ${code} on ${refText(object)}: ${summary} (${evidence.join(', ')})`,
    )
  const unread = coverage.unavailable.map(({ source, reason }) => `${source} (${reason})`)
  return [
    `Verdict: ${verdict}`,
    ...causes,
    ...alone,
    `Read: ${coverage.checked.join(', ')}`,
    `Could not be read: ${unread.join(', ') || 'nothing'}`,
    ...next.slice(0, 6).map((step) => `Would tell: ${step}`),
  ].join('\n')
}
