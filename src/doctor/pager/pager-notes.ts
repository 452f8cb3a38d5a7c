import { storyOf } from '../../domain/case-story.ts'
import { partsText, spanText } from '../../domain/durations.ts'
import type { Incident } from '../../domain/incident.ts'
import { refText } from '../../domain/object.ts'
import { theDoctor } from '../../domain/principal.ts'
import type { Doctor } from '../doctor.ts'
import { pagesOf, type Teller, tellPager } from './pager.ts'

/** The most lines of the timeline that go into a note. */
const mostLines = 20

/** Puts a diagnosis on the pages of its incident as a note, once a round. Nothing waits for it, and its failure stops nothing. */
export const noteDiagnosis = async (doctor: Doctor, incident: Incident): Promise<void> => {
  const { diagnosis, thread } = incident
  if (doctor.pager === undefined || diagnosis === undefined || pagesOf(incident).length === 0) return
  const [cause, ...others] = diagnosis.rootCauses
  if (cause === undefined) return
  const link =
    thread === undefined ? undefined : await doctor.chat.permalink(thread.channel, thread.ts).catch(() => undefined)
  const lines = [
    `Cause: ${cause.summary} (${Math.round(cause.confidence * 100)} %, ${refText(cause.object)} on ${diagnosis.cluster})`,
    ...(cause.change === undefined ? [] : [`Before it: ${cause.change.what}`]),
    ...others.slice(0, 2).map((other) => `Also: ${other.summary}`),
    ...cause.fix.slice(0, 2).map((step) => `To do: ${step}`),
    ...(link === undefined ? [] : [`Thread: ${link}`]),
  ]
  await safely(doctor, () =>
    tellPager(
      doctor,
      incident,
      { kind: 'note', text: lines.join('\n') },
      { key: `diagnosis-${incident.rounds ?? 1}`, by: theDoctor.id },
    ),
  )
}

/** Resolves the pages of an incident that the doctor saw end, after a note that says how it went. */
export const endPages = async (doctor: Teller & Pick<Doctor, 'audit' | 'log'>, incident: Incident): Promise<void> => {
  if (incident.state !== 'resolved' || incident.mergedInto !== undefined || pagesOf(incident).length === 0) return
  const when = incident.endedAt ?? incident.updatedAt
  await safely(doctor, async () => {
    const text = await endText(doctor, incident)
    await tellPager(doctor, incident, { kind: 'note', text }, { key: `end-${when}`, by: theDoctor.id })
    await tellPager(doctor, incident, { kind: 'resolve' }, { key: `resolve-${when}`, by: theDoctor.id })
  })
}

const endText = async (doctor: Pick<Doctor, 'audit'>, incident: Incident): Promise<string> => {
  const { lines, durations } = storyOf(incident, await doctor.audit.read({ incident: incident.id }), [])
  const tried = incident.attempts.findLast(({ outcome }) => outcome === 'verified')
  const parts = partsText(durations)
  return [
    tried === undefined
      ? 'Resolved.'
      : `Verified: ${tried.action} of ${refText(tried.target)}, approved by ${tried.by}: ${tried.note}.`,
    ...(durations.whole === undefined ? [] : [`Took ${spanText(durations.whole)}${parts === '' ? '' : `: ${parts}`}.`]),
    ...lines
      .slice(-mostLines)
      .map(({ at, what, by }) => `${at.slice(11, 19)} ${what}${by === undefined ? '' : ` (${by})`}`),
  ].join('\n')
}

const safely = async (doctor: Pick<Doctor, 'log'>, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work()
  } catch (err) {
    doctor.log.warn({ err }, 'what the pager is to be told could not be kept')
  }
}
