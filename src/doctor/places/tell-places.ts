import { newsOf, type PlaceId } from '../../domain/incident-news.ts'
import type { Job } from '../../domain/job.ts'
import { channelFor } from '../channel.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { story } from '../incident/story.ts'
import { note } from '../record.ts'

/** How long it is kept what a place was told about an incident, in seconds. */
const keep = 90 * 86_400

/** What a place was last told about an incident, and what it calls it. `begun`: since when, in ms, it may have been made there without our knowing. */
export type Told = { readonly id: string; readonly ref?: string; readonly begun?: number }

/** Asks for other places to be told where there is news. Never waits for one, and never fails whoever calls it. */
export const tellPlaces = async (doctor: Doctor, incident: string): Promise<void> => {
  if (doctor.places === undefined || doctor.places.size === 0) return
  try {
    const known = (await readIncident(doctor, incident))?.value
    // Who waits in a maintenance window, or went on in a storm, is not told here either.
    const untold = known?.thread === undefined && known !== undefined && channelFor(doctor.config, known) !== undefined
    if (known === undefined || untold) return
    const { id } = newsOf(known)
    for (const place of doctor.places.keys()) {
      const told = await doctor.store.get<Told>('told', `${place}-${incident}`)
      if (told?.value.id === id) continue
      await doctor.jobs.add({ v: 1, kind: 'elsewhere', incident, place }, { key: `elsewhere-${place}-${incident}` })
    }
  } catch (err) {
    doctor.log.warn({ err, incident }, 'other places could not be told')
  }
}

/**
 * The `elsewhere` job: tells one place how an incident stands now. A throw is tried again; what the place refuses for good is on
 * the record. What was told already is not told again.
 */
export const tellPlace = async (
  doctor: Doctor,
  { incident: id, place: where }: Extract<Job, { kind: 'elsewhere' }>,
  signal: AbortSignal,
): Promise<void> => {
  const place = doctor.places?.get(where)
  if (place === undefined) return
  const done = await doctor.store.lock(`told-${where}-${id}`, 30, async () => {
    const incident = (await readIncident(doctor, id))?.value
    if (incident === undefined) return true
    const news = newsOf(incident)
    const key = `${where}-${id}`
    const before = await doctor.store.get<Told>('told', key)
    if (before?.value.id === news.id) return true
    let version = before?.version ?? 0
    const keepTold = async (told: Told): Promise<void> => {
      if (!(await doctor.store.put<Told>('told', key, told, version, keep))) throw new Error('it is told elsewhere')
      version += 1
    }
    const answer = await place.tell(news, {
      ...(before === undefined ? {} : { before: before.value }),
      begin: () => keepTold({ id: '', begun: doctor.clock.now() }),
      evidence: () => story(doctor, incident),
      signal,
    })
    const ref = answer.kind === 'done' ? answer.ref : before?.value.ref
    await keepTold({ id: news.id, ...(ref === undefined ? {} : { ref }) })
    if (answer.kind === 'refused') await refused(doctor, id, where, answer.message)
    return true
  })
  if (done === undefined) throw new Error('another process tells it right now')
}

/** A place that takes nothing is on the record and in the log; the case goes on. */
export const refused = (doctor: Doctor, incident: string, place: PlaceId, reason: string): Promise<void> => {
  doctor.log.warn({ incident, place, reason }, 'another place takes no news')
  return note(doctor, { kind: 'place.refused', incident, data: { place, reason: reason.slice(0, 300) } })
}
