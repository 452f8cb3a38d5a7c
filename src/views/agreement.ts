import { type Document, note, table, text, title } from '../domain/document.ts'
import { refText } from '../domain/object.ts'
import type { Agreement, Observation } from '../domain/observation.ts'

const words: Readonly<Record<Agreement, string>> = {
  same: 'the same',
  different: 'something else',
  nothing: 'nothing',
  'could-not-tell': 'could not be told',
}

/** What the doctor would have done in observe mode beside what people did. The share counts only what could be told. */
export const agreementDocument = (observations: readonly Observation[]): Document => {
  if (observations.length === 0)
    return [text('Nothing was observed in the last 7 days: no rule of the policy says observe for what came up.')]
  const told = observations.filter(({ people }) => people !== undefined && people.did !== 'could-not-tell')
  const count = (did: Agreement) => observations.filter(({ people }) => people?.did === did).length
  const waiting = observations.filter(({ people }) => people === undefined).length
  const share =
    told.length === 0
      ? 'None of it can be compared yet.'
      : `People did the same in ${count('same')} of ${told.length} (${Math.round((100 * count('same')) / told.length)} %).`
  return [
    title('Observe mode: what I would have done, and what people did'),
    text(`${observations.length} in the last 7 days. ${share}`),
    table(
      ['When (UTC)', 'I would have', 'Object', 'People did'],
      observations.map((one) => [
        one.at.slice(0, 16).replace('T', ' '),
        one.action,
        `${one.cluster} · ${refText(one.target)}`,
        one.people === undefined ? 'not compared yet' : words[one.people.did],
      ]),
    ),
    note(
      `Something else: ${count('different')}, nothing: ${count('nothing')}, could not be told: ${count('could-not-tell')}, not compared yet: ${waiting}.`,
    ),
  ]
}
