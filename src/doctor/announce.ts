import { canonicalHash } from '../domain/canonical.ts'
import type { Incident } from '../domain/incident.ts'
import { NoLongerWanted } from '../ports.ts'
import { incidentMessage } from '../views/incident.ts'
import { channelFor } from './channel.ts'
import type { Doctor } from './doctor.ts'
import { changeIncident, readIncident } from './incident/incident-store.ts'
import { waitsOut } from './incident/maintenance.ts'
import { goesOnInStorm, stormPrefix } from './incident/storm.ts'
import { story } from './incident/story.ts'
import { tellPlaces } from './places/tell-places.ts'

/** Keeps a thread's link for as long as people answer in old threads, in seconds. */
const keepThread = 90 * 86_400

/**
 * Posts the parent message of an incident, once, or edits it to what the incident is now; an edit that would change nothing
 * is not sent. Safe to repeat. Returns the incident with its thread; undefined where there is no channel for it, or it ended
 * before anybody was told. Waits `patienceMs` for another that is at it: in a storm that one waits for the channel's turn.
 */
export const announce = async (doctor: Doctor, id: string, patienceMs = 10_000): Promise<Incident | undefined> => {
  let waited = 0
  for (let pause = 100; waited <= patienceMs; pause = Math.min(1_000, pause * 1.5)) {
    const told = await doctor.store.lock(`announce-${id}`, 20, () => tell(doctor, id))
    if (told !== undefined) {
      await tellPlaces(doctor, id)
      return told.incident
    }
    await doctor.clock.sleep(pause)
    waited += pause
  }
  throw new Error('the incident could not be announced: another process holds it')
}

const tell = async (doctor: Doctor, id: string): Promise<{ readonly incident: Incident | undefined }> => {
  const incident = (await readIncident(doctor, id))?.value
  if (incident === undefined) return { incident: undefined }
  const { thread } = incident
  if (thread !== undefined) {
    const whole = await withTimes(doctor, incident)
    await edit(doctor, whole, thread)
    return { incident: whole }
  }
  if ((await waitsOut(doctor, incident)) || (await goesOnInStorm(doctor, incident))) return { incident: undefined }
  const channel = incident.endedAt === undefined ? (incident.channel ?? channelFor(doctor.config, incident)) : undefined
  if (channel === undefined) return { incident: undefined }
  let message = incidentMessage(incident)
  // In a storm the channel's turn comes late, and more is known by then.
  const latest = async () => {
    const now = (await readIncident(doctor, id))?.value ?? incident
    if (await goesOnInStorm(doctor, now)) throw new NoLongerWanted()
    message = incidentMessage(now)
    return message
  }
  const urgent = incident.fingerprint.startsWith(stormPrefix)
  const posted = await doctor.chat
    .post(channel, message, { key: `parent-${id}`, urgent, latest })
    .catch((error: unknown) => {
      if (error instanceof NoLongerWanted) return undefined
      throw error
    })
  if (posted === undefined) return { incident: undefined }
  await remember(doctor, id, message)
  await linkThread(doctor, posted, id)
  return { incident: await changeIncident(doctor, id, (now) => ({ ...now, thread: posted })) }
}

/** An incident that ended says how long its parts took, as the record has it. Without the record it says nothing of that. */
const withTimes = async (doctor: Doctor, incident: Incident): Promise<Incident> => {
  const { id, endedAt, took, source, mergedInto } = incident
  if (endedAt === undefined || took?.endedAt === endedAt || source === 'slack' || mergedInto !== undefined)
    return incident
  try {
    const { durations } = await story(doctor, incident)
    const seconds = { endedAt, seconds: durations }
    return (await changeIncident(doctor, id, (now) => ({ ...now, took: seconds }))) ?? incident
  } catch (err) {
    doctor.log.warn({ err, incident: id }, 'the record could not be read for an end')
    return incident
  }
}

type Shown = { readonly hash: string }

const edit = async (doctor: Doctor, incident: Incident, thread: NonNullable<Incident['thread']>): Promise<void> => {
  const { id } = incident
  let message = incidentMessage(incident)
  if (await isShown(doctor, id, message)) return
  const latest = async () => {
    message = incidentMessage((await readIncident(doctor, id))?.value ?? incident)
    return (await isShown(doctor, id, message)) ? undefined : message
  }
  await doctor.chat.update(thread.channel, thread.ts, message, { latest })
  await remember(doctor, id, message)
}

const isShown = async (doctor: Doctor, id: string, message: unknown): Promise<boolean> =>
  (await doctor.store.get<Shown>('shown', id))?.value.hash === canonicalHash(message)

const remember = async (doctor: Doctor, id: string, message: unknown): Promise<void> => {
  const before = await doctor.store.get<Shown>('shown', id)
  await doctor.store.put<Shown>('shown', id, { hash: canonicalHash(message) }, before?.version ?? 0, keepThread)
}

const linkThread = async (
  doctor: Doctor,
  thread: { readonly channel: string; readonly ts: string },
  incident: string,
): Promise<void> => {
  await doctor.store.put('thread', `${thread.channel}:${thread.ts}`, { incident }, 0, keepThread)
}
