import { sha256 } from '../domain/canonical.ts'
import type { Incident } from '../domain/incident.ts'
import type { ReplyTo } from '../domain/job.ts'
import type { Principal } from '../domain/principal.ts'
import { type Refusal, refused } from '../domain/refusal.ts'
import { announce } from './announce.ts'
import { channelFor } from './channel.ts'
import type { Doctor } from './doctor.ts'
import { changeIncident, newIncidentId, readIncident } from './incident/incident-store.ts'
import { note, nowText } from './record.ts'

/** What a person wants to have looked into. */
export type Question = {
  readonly cluster: string
  readonly namespace?: string
  readonly focus?: { readonly kind?: string; readonly name: string }
  readonly question: string
}

/** Asking the same again within this time, in ms, leads to the thread that is there. */
const sameFor = 600_000

/**
 * Opens an investigation for a person, or joins the one that is running about the same: a parent message in their channel,
 * the answer in its thread. Inside an incident's thread it looks again at that incident. Returns the sentence for them.
 */
export const ask = async (
  doctor: Doctor,
  question: Question,
  user: Principal,
  replyTo: ReplyTo,
  inThread?: Incident,
): Promise<string | Refusal> => {
  if (inThread !== undefined && isAbout(inThread, question)) return lookAgain(doctor, inThread)
  const { cluster, namespace, focus } = question
  const fingerprint = sha256(JSON.stringify(['slack', cluster, namespace, focus?.name, question.question]))
  const running = await runningOf(doctor, fingerprint)
  const incident = running ?? (await open(doctor, question, user, replyTo, fingerprint))
  const told = await tellThem(doctor, incident, replyTo)
  if (told === undefined)
    return refused(
      'no-channel',
      'I can write neither in this channel nor in a default one. Invite me: /invite @Cluster Doctor.',
    )
  if (running === undefined)
    await doctor.jobs.add({ v: 1, kind: 'investigate', incident: incident.id }, { key: `investigate-${incident.id}` })
  const link = await doctor.chat.permalink(told.channel, told.ts)
  return link === undefined ? 'Looking into it; the answer comes in the thread.' : `Looking into it: ${link}`
}

const isAbout = (incident: Incident, question: Question): boolean =>
  incident.cluster === question.cluster &&
  (question.namespace === undefined || question.namespace === incident.namespace) &&
  (question.focus === undefined || question.focus.name === incident.focus?.name)

const lookAgain = async (doctor: Doctor, incident: Incident): Promise<string | Refusal> => {
  if (incident.state === 'executing' || incident.state === 'verifying')
    return refused('change-under-way', 'A change is under way here; its check will say how it ended.')
  if (incident.endedAt !== undefined)
    await changeIncident(doctor, incident.id, (now) => {
      const { endedAt: _, ...rest } = now
      return now.state === 'resolved' ? { ...rest, state: 'investigating', updatedAt: nowText(doctor) } : undefined
    })
  await doctor.jobs.add({ v: 1, kind: 'investigate', incident: incident.id }, { key: `investigate-${incident.id}` })
  return 'Looking again; the answer comes here.'
}

const runningOf = async (doctor: Doctor, fingerprint: string): Promise<Incident | undefined> => {
  const link = await doctor.store.get<{ readonly incident: string }>('fingerprint', fingerprint)
  const known = link === undefined ? undefined : (await readIncident(doctor, link.value.incident))?.value
  const fresh = known !== undefined && doctor.clock.now() - Date.parse(known.openedAt) < sameFor
  return fresh && known.endedAt === undefined ? known : undefined
}

const open = async (
  doctor: Doctor,
  question: Question,
  user: Principal,
  replyTo: ReplyTo,
  fingerprint: string,
): Promise<Incident> => {
  const at = nowText(doctor)
  const { cluster, namespace, focus } = question
  const what = [namespace, focus?.name].filter((part) => part !== undefined).join('/') || cluster
  const incident: Incident = {
    id: newIncidentId(),
    fingerprint,
    state: 'open',
    title: question.question === '' ? `What is wrong with ${what}?` : question.question.slice(0, 250),
    severity: 'info',
    cluster,
    ...(namespace === undefined ? {} : { namespace }),
    ...(focus === undefined ? {} : { focus }),
    ...(question.question === '' ? {} : { question: question.question }),
    source: 'slack',
    openedBy: user.id,
    openedAt: at,
    updatedAt: at,
    seen: 1,
    channel: replyTo.channel,
    plans: [],
    attempts: [],
  }
  await doctor.store.put('incident', incident.id, incident, 0)
  const link = await doctor.store.get('fingerprint', fingerprint)
  await doctor.store.put('fingerprint', fingerprint, { incident: incident.id }, link?.version ?? 0)
  await note(doctor, {
    kind: 'incident.opened',
    incident: incident.id,
    cluster,
    actor: user.id,
    data: { title: incident.title, severity: incident.severity },
  })
  return incident
}

/** Announces it where it was asked; where the doctor may not write there, in the channel that its place is routed to. */
const tellThem = async (doctor: Doctor, incident: Incident, replyTo: ReplyTo): Promise<Incident['thread']> => {
  try {
    return (await announce(doctor, incident.id))?.thread
  } catch (error) {
    const other = channelFor(doctor.config, incident)
    doctor.log.warn({ err: error, incident: incident.id }, 'an incident could not be announced where it was asked for')
    if (other === undefined || other === replyTo.channel) return undefined
    await changeIncident(doctor, incident.id, (now) => ({ ...now, channel: other }))
    return (await announce(doctor, incident.id))?.thread
  }
}
